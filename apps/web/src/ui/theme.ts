import { type CSSVariablesResolver, createTheme } from "@mantine/core"

const _sans = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
const _mono = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace'

/** Cool greys, so that the dark scheme is calm and every text on it keeps a contrast of at least 4.5. */
const _dark = [
  "#d7d9e0",
  "#b5b9c4",
  "#9196a5",
  "#6c7180",
  "#3a3d49",
  "#2a2d37",
  "#20232c",
  "#16181f",
  "#111318",
  "#0b0c10"
] as const

const _indigo = [
  "#edf2ff",
  "#dbe4ff",
  "#bac8ff",
  "#91a7ff",
  "#748ffc",
  "#5c7cfa",
  "#4263eb",
  "#3b5bdb",
  "#364fc7",
  "#2b3f9e"
] as const

/** The heading of a dialog is no banner of the page, and its close button needs a name. */
const _dialog = {
  closeButtonProps: { "aria-label": "Close" },
  attributes: { header: { role: "none" } },
  transitionProps: { duration: 120 }
}

/** The list itself scrolls, driven by the keys of its field: a scroll area around it wants a tab stop. */
const _dropdown = {
  withScrollArea: false,
  styles: { options: { maxHeight: 240, overflowY: "auto" } }
} as const

const _options = createTheme({
  primaryColor: "indigo",
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  respectReducedMotion: true,
  cursorType: "pointer",
  defaultRadius: "md",
  fontFamily: _sans,
  fontFamilyMonospace: _mono,
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  radius: { xs: "3px", sm: "4px", md: "6px", lg: "10px", xl: "16px" },
  headings: { fontFamily: _sans, fontWeight: "600" },
  colors: { dark: [..._dark], indigo: [..._indigo] },
  components: {
    Button: { defaultProps: { size: "xs" } },
    Modal: { defaultProps: { ..._dialog, centered: true } },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } } },
    Select: { defaultProps: _dropdown },
    MultiSelect: { defaultProps: _dropdown },
    Drawer: { defaultProps: _dialog },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250 } }
  }
})

/** Mantine's own dimmed text, placeholders and errors are too pale for WCAG AA. */
const _variables: CSSVariablesResolver = () => ({
  variables: { "--tessera-mono": _mono },
  light: {
    "--mantine-color-body": "#ffffff",
    "--mantine-color-text": "#1b1d23",
    "--mantine-color-dimmed": "#5b6270",
    "--mantine-color-placeholder": "#6b7280",
    "--mantine-color-error": "#c92a2a",
    "--mantine-color-default-border": "#dfe2e8",
    "--mantine-color-anchor": "#3b5bdb",
    "--tessera-canvas": "#f7f8fa",
    "--tessera-hover": "#f3f5f9",
    "--tessera-chosen": "#edf2ff",
    "--tessera-line": "#e6e8ee",
    "--tessera-good": "#0b7a4b",
    "--tessera-warn": "#a35200",
    "--tessera-bad": "#c92a2a",
    "--tessera-busy": "#3b5bdb",
    "--tessera-quiet": "#5b6270"
  },
  dark: {
    "--mantine-color-dimmed": "#9aa0b0",
    "--mantine-color-placeholder": "#8b91a1",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-default-border": "#30333f",
    "--mantine-color-anchor": "#91a7ff",
    "--tessera-canvas": "#0f1116",
    "--tessera-hover": "#1c1f28",
    "--tessera-chosen": "#1d2440",
    "--tessera-line": "#262933",
    "--tessera-good": "#51cf91",
    "--tessera-warn": "#ffb35c",
    "--tessera-bad": "#ff8787",
    "--tessera-busy": "#91a7ff",
    "--tessera-quiet": "#9aa0b0"
  }
})

/** Colours, sizes and fonts of the app; system fonts only, nothing is fetched. */
const Theme = { options: _options, variables: _variables } as const

export { Theme }
