import { CloseButton, TextInput } from "@mantine/core"
import { useDebouncedCallback } from "@mantine/hooks"
import { Search } from "lucide-react"
import { type Ref, useState } from "react"

/** A search that tells its words 250 ms after the last key, `undefined` when empty; it follows `value`. */
const SearchBox = ({
  label,
  value,
  inputRef,
  onChange
}: {
  readonly label: string
  readonly value: string | undefined
  /** For a key that leads here. */
  readonly inputRef?: Ref<HTMLInputElement>
  readonly onChange: (value: string | undefined) => void
}) => {
  const [text, setText] = useState(value ?? "")
  const [told, setTold] = useState(value)
  const [seen, setSeen] = useState(value)
  const tell = useDebouncedCallback((typed: string) => {
    const words = typed.trim() === "" ? undefined : typed.trim()
    setTold(words)
    onChange(words)
  }, 250)
  // A value that is not the echo of what was typed here: somebody has gone back, or to another view.
  const adopt = () => {
    setSeen(value)
    value === told ? undefined : setText(value ?? "")
    setTold(value)
  }
  seen === value ? undefined : adopt()
  const change = (words: string) => {
    setText(words)
    tell(words)
  }
  return (
    <TextInput
      ref={inputRef}
      type="search"
      size="xs"
      w={{ base: "100%", xs: 240 }}
      aria-label={label}
      placeholder={label}
      value={text}
      leftSection={<Search size={14} aria-hidden />}
      rightSection={
        text !== "" && <CloseButton size="xs" aria-label="Clear search" onClick={() => change("")} />
      }
      onChange={(event) => change(event.currentTarget.value)}
    />
  )
}

export { SearchBox }
