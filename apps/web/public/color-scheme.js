// The key is the default of Mantine's localStorageColorSchemeManager: both must read the same choice.
;(() => {
  let choice = "auto"
  try {
    choice = localStorage.getItem("mantine-color-scheme-value") || "auto"
  } catch {
    // Storage can be forbidden; then the system decides.
  }
  const dark = choice === "dark" || (choice === "auto" && matchMedia("(prefers-color-scheme: dark)").matches)
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light")
})()
