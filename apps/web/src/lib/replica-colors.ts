import { Store } from "./store.ts"

const _colors = Array.from({ length: 8 }, (_, index) => index)

type _Colors = ReadonlyMap<string, number>

const _store = Store.make<_Colors>(new Map())

/** `replica-2` has the second colour, whichever page names it first; one without a number has a free one. */
const _wanted = (id: string) =>
  [...id.matchAll(/(\d{1,3})$/g)].map(([digits]) => (Number(digits) + _colors.length - 1) % _colors.length)

const _with = (colors: _Colors, id: string): _Colors => {
  const taken = new Set(colors.values())
  const free = [..._wanted(id), ..._colors].find((color) => !taken.has(color))
  return new Map([...colors, [id, free ?? colors.size % _colors.length]])
}

/** Which colour a replica has on every page, from 0 to 7: it keeps it when others come and go. */
const ReplicaColors = {
  get: _store.get,
  subscribe: _store.subscribe,
  see: (ids: ReadonlyArray<string>): void =>
    _store.update((colors) =>
      [...new Set(ids)]
        .filter((id) => !colors.has(id))
        .toSorted()
        .reduce(_with, colors)
    )
} as const

export { ReplicaColors }
