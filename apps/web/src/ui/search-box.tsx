import { CloseButton, TextInput } from "@mantine/core"
import { useDebouncedCallback } from "@mantine/hooks"
import { Search } from "lucide-react"
import { useState } from "react"

/** A search that tells its words 250 ms after the last key; an emptied box tells `undefined`. */
const SearchBox = ({
  label,
  value,
  onChange
}: {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
}) => {
  const [text, setText] = useState(value ?? "")
  const tell = useDebouncedCallback(
    (words: string) => onChange(words.trim() === "" ? undefined : words.trim()),
    250
  )
  const change = (words: string) => {
    setText(words)
    tell(words)
  }
  return (
    <TextInput
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
