import { Store } from "./store.ts"

const _store = Store.make<ReadonlyMap<string, number>>(new Map())

/** Which colour a replica has, by order of appearance on any page: it keeps it when others come and go. */
const ReplicaColors = {
  get: _store.get,
  subscribe: _store.subscribe,
  see: (ids: ReadonlyArray<string>): void =>
    _store.update((colors) => {
      const fresh = [...new Set(ids)].filter((id) => !colors.has(id)).toSorted()
      return fresh.length === 0
        ? colors
        : new Map([...colors, ...fresh.map((id, index) => [id, colors.size + index] as const)])
    })
} as const

export { ReplicaColors }
