import { useHotkeys } from "@mantine/hooks"
import { type RefObject, useRef } from "react"

declare namespace useRowKeys {
  interface Keys {
    /** Where the rows are: each has one `.tessera-row-link`, and Enter follows it by itself. */
    readonly rows: RefObject<HTMLDivElement | null>
    /** `x` on the focused row; its place among the rows, from 0. */
    readonly onSelect: (index: number) => void
    readonly onEscape: () => void
    /** `/` */
    readonly onSearch: () => void
    /** `?` */
    readonly onHelp: () => void
  }
}

/** Letters typed into a field are text; a box that is ticked by a key is none. */
const _isTyping = ({ target }: KeyboardEvent) =>
  target instanceof HTMLInputElement && target.type !== "checkbox" && target.type !== "radio"

/** While a dialog is open its keys are its own. */
const _isInDialog = () => document.querySelector('[aria-modal="true"]') !== null

const _unlessTyped = ["TEXTAREA", "SELECT"]

/** Moves through a list by keyboard: j and k, or the arrows once a row has the focus. */
const useRowKeys = ({ rows, onEscape, onHelp, onSearch, onSelect }: useRowKeys.Keys): void => {
  const last = useRef(-1)
  const links = () => [...(rows.current?.querySelectorAll<HTMLElement>("tr .tessera-row-link") ?? [])]
  const focused = (all: ReadonlyArray<HTMLElement>) =>
    all.findIndex((link) => link.closest("tr")?.contains(document.activeElement) === true)
  const free = (run: () => void) => (event: KeyboardEvent) => {
    const mine = !_isTyping(event) && !_isInDialog()
    mine && event.preventDefault()
    mine && run()
  }
  const move = (by: number) => () => {
    const all = links()
    const at = focused(all)
    const next = Math.max(0, Math.min(all.length - 1, (at === -1 ? last.current : at) + by))
    last.current = next
    all[next]?.focus()
    all[next]?.scrollIntoView({ block: "nearest" })
  }
  const arrow = (by: number) => (event: KeyboardEvent) =>
    focused(links()) === -1 ? undefined : free(move(by))(event)
  const select = () => {
    const at = focused(links())
    at === -1 ? undefined : onSelect(at)
  }
  useHotkeys(
    [
      ["j", free(move(1)), _calm],
      ["k", free(move(-1)), _calm],
      ["ArrowDown", arrow(1), _calm],
      ["ArrowUp", arrow(-1), _calm],
      ["x", free(select), _calm],
      ["Escape", free(onEscape), _calm],
      ["/", free(onSearch), _calm],
      ["shift+?", free(onHelp), _calm],
      ["?", free(onHelp), _calm]
    ],
    _unlessTyped
  )
}

/** Whether a key is ours is known only when it comes. */
const _calm = { preventDefault: false }

export { useRowKeys }
