import { type Effect } from "effect"

declare namespace BatchLobby {
  type Item<Row, A, E> = {
    readonly row: Row
    /** Characters that it takes. */
    readonly size: number
    readonly resume: (result: Effect.Effect<A, E>) => void
  }
  type Shape<Row, A, E> = {
    /** Everything whose writer has had no result yet. */
    readonly held: ReadonlySet<BatchLobby.Item<Row, A, E>>
    /** Rows that have come in and are in no statement yet. */
    readonly waiting: () => number
    readonly enter: (item: BatchLobby.Item<Row, A, E>) => void
    /** The rows of the next statement, the oldest first. */
    readonly take: () => ReadonlyArray<BatchLobby.Item<Row, A, E>>
    readonly leave: (items: ReadonlyArray<BatchLobby.Item<Row, A, E>>) => void
    /** Only who is still outside goes without a trace. */
    readonly giveUp: (item: BatchLobby.Item<Row, A, E>) => void
  }
}

/** Characters that wait or are being written; above it a writer waits, however few rows they are. */
const _room = 16 * 1_048_576

/** Statements' worth of rows that wait; then writers do. */
const _batches = 4

/** What is handed over and not answered yet: rows for the next statements, and writers who wait for room. */
const BatchLobby = {
  room: _room,
  make: <Row, A, E>(maxSize: number): BatchLobby.Shape<Row, A, E> => {
    const inside: Array<BatchLobby.Item<Row, A, E>> = []
    const outside: Array<BatchLobby.Item<Row, A, E>> = []
    const held = new Set<BatchLobby.Item<Row, A, E>>()
    let room = _room

    const admit = (): void => {
      while (inside.length < maxSize * _batches) {
        const [first] = outside
        // What needs more room than there is at all goes alone.
        if (first === undefined || (first.size > room && room < _room)) return
        outside.shift()
        room -= first.size
        inside.push(first)
      }
    }

    return {
      held,
      waiting: (): number => inside.length,
      enter: (item: BatchLobby.Item<Row, A, E>): void => {
        held.add(item)
        outside.push(item)
        admit()
      },
      take: (): ReadonlyArray<BatchLobby.Item<Row, A, E>> => {
        const items = inside.splice(0, maxSize)
        admit()
        return items
      },
      leave: (items: ReadonlyArray<BatchLobby.Item<Row, A, E>>): void => {
        for (const item of items) {
          held.delete(item)
          room += item.size
        }
        admit()
      },
      giveUp: (item: BatchLobby.Item<Row, A, E>): void => {
        const place = outside.indexOf(item)
        if (place < 0) return
        outside.splice(place, 1)
        held.delete(item)
      }
    }
  }
} as const

export { BatchLobby }
