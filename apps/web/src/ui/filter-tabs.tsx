import { Box } from "@mantine/core"

declare namespace FilterTabs {
  interface Choice<Value extends string> {
    readonly value: Value | undefined
    readonly label: string
  }
}

/** One filter of a list as a row of buttons; `undefined` is "all". The page keeps the choice in the URL. */
function FilterTabs<Value extends string>({
  label,
  choices,
  value,
  onChange
}: {
  readonly label: string
  readonly choices: ReadonlyArray<FilterTabs.Choice<Value>>
  readonly value: Value | undefined
  readonly onChange: (value: Value | undefined) => void
}) {
  return (
    <Box role="group" aria-label={label} className="tessera-tabs">
      {choices.map((choice) => (
        <button
          key={choice.label}
          type="button"
          className="tessera-tab"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </Box>
  )
}

export { FilterTabs }
