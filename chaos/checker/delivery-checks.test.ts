import { describe, expect, it } from "vitest"
import { DeliveryChecks } from "./delivery-checks.ts"

type Evidence = DeliveryChecks.Evidence
type Event = DeliveryChecks.Event

const event = (slug: string, seq: number, tx: number, place: number, version = seq): Event => ({
  seq,
  id: `${slug}-${seq}`,
  aggregateId: `${slug}-thing`,
  version,
  sku: `${slug.toUpperCase()}-R-${tx}/${place}`
})

/** Three transactions of each tenant: one, two and three events; a fourth was rolled back. */
const clean = (): Evidence => {
  const slugs = ["a", "b"]
  const events = (slug: string) =>
    [
      [1, 1],
      [2, 1],
      [2, 2],
      [3, 1],
      [3, 2],
      [3, 3]
    ].map(([tx = 0, place = 0], index) => event(slug, index + 1, tx, place))
  return {
    prefixes: { a: "A-R-", b: "B-R-" },
    logs: slugs.map((slug) => ({ slug, events: events(slug), withoutNumber: 0, head: 6 })),
    emitted: slugs.flatMap((slug) =>
      events(slug).map(({ aggregateId, sku, version }) => ({ slug, sku, aggregateId, version }))
    ),
    told: slugs.flatMap((slug) =>
      [1, 2, 3, 4].map((n) => ({
        slug,
        tx: `${slug.toUpperCase()}-R-${n}`,
        count: n,
        isRolledBack: n === 4
      }))
    ),
    readers: slugs.flatMap((slug) =>
      ["sse", "socket", "durable"].map((door) => ({
        name: `${door} of ${slug}`,
        slug,
        after: door === "durable" ? 0 : 1,
        seen: events(slug).slice(door === "durable" ? 0 : 1)
      }))
    )
  }
}

/** The second reader of tenant a is shown something else. */
const shown = (change: (seen: ReadonlyArray<Event>) => ReadonlyArray<Event>): Evidence => {
  const evidence = clean()
  const readers = evidence.readers.map((reader, index) =>
    index === 1 ? { ...reader, seen: change(reader.seen) } : reader
  )
  return { ...evidence, readers }
}

/** The log of tenant a is another one, and every reader of it sees just that. */
const logged = (change: (events: ReadonlyArray<Event>) => ReadonlyArray<Event>, head?: number): Evidence => {
  const evidence = clean()
  const [a, b] = evidence.logs
  if (a === undefined || b === undefined) throw new Error("There are two logs.")
  const events = change(a.events)
  const readers = evidence.readers.map((reader) =>
    reader.slug === "a" ? { ...reader, seen: events.filter(({ seq }) => seq > reader.after) } : reader
  )
  return { ...evidence, logs: [{ ...a, events, head: head ?? events.length }, b], readers }
}

const at = (seen: ReadonlyArray<Event>, index: number): Event => {
  const found = seen[index]
  if (found === undefined) throw new Error("There is no such event.")
  return found
}

const planted: ReadonlyArray<readonly [string, Evidence, RegExp]> = [
  ["an event that is shown twice", shown((seen) => [...seen, at(seen, 4)]), /was shown event 6 twice/],
  ["a batch that is shown again", shown((seen) => [...seen, ...seen]), /twice/],
  ["an event that is left out", shown((seen) => seen.toSpliced(1, 1)), /event 4 after 2: a hole/],
  ["two in the wrong order", shown((seen) => [at(seen, 1), at(seen, 0), ...seen.slice(2)]), /out of order/],
  [
    "a stream that stops before the end",
    shown((seen) => seen.slice(0, 3)),
    /never shown 2 events, the first is 5/
  ],
  ["a stream that shows nothing", shown(() => []), /never shown 5 events/],
  [
    "an event that the log does not have",
    shown((seen) => [...seen, event("a", 7, 4, 1)]),
    /an event 7 that the log does not have/
  ],
  [
    "another event under a known number",
    shown((seen) => [{ ...at(seen, 0), id: "other" }, ...seen.slice(1)]),
    /an event 2 that the log does not have/
  ],
  [
    "an event of another tenant",
    shown((seen) => [event("b", 2, 2, 1), ...seen.slice(1)]),
    /B-R-2\/1 of another/
  ],
  [
    "a hole in the numbers",
    logged((events) => events.map((one) => (one.seq > 3 ? { ...one, seq: one.seq + 1 } : one))),
    /event 5 stands where 4 belongs/
  ],
  ["a head that is ahead", logged((events) => events, 9), /the head is 9/],
  [
    "a committed event that is not in the log",
    logged((events) => events.slice(0, 5)),
    /A-R-3\/3 was committed and is not/
  ],
  [
    "a committed event that is in the log twice",
    logged((events) => [...events, { ...at(events, 5), seq: 7, version: 7 }]),
    /A-R-3\/3 is in the log 2 times/
  ],
  [
    "an event that was rolled back",
    logged((events) => [...events, event("a", 7, 4, 1)]),
    /A-R-4\/1 is in the log and was never committed/
  ],
  [
    "versions of a thing in another order",
    logged((events) =>
      events.map((one) => ({ ...one, version: one.seq === 2 ? 3 : one.seq === 3 ? 2 : one.seq }))
    ),
    /version 3 of a-thing is event 2, right after version 1/
  ]
]

describe("the checks of deliveries", () => {
  it("find nothing in what is right", () => {
    expect(DeliveryChecks.check(clean())).toEqual([])
  })

  it.each(planted)("find %s", (_, evidence, says) => {
    expect(DeliveryChecks.check(evidence).join("\n")).toMatch(says)
  })

  it("find an event without a number", () => {
    const evidence = clean()
    const logs = evidence.logs.map((log) => ({ ...log, withoutNumber: 1 }))

    expect(DeliveryChecks.check({ ...evidence, logs }).join("\n")).toMatch(/1 events have no number/)
  })

  it("find half a transaction, one that was lost after its answer and one that came back", () => {
    const { told, ...evidence } = clean()
    const changed = told.map((one) => ({ ...one, isRolledBack: one.tx === "A-R-1", count: 3 }))
    const found = DeliveryChecks.check({ ...evidence, told: changed })

    expect(found).toContain("A-R-1 was rolled back, and 1 of its rows are there")
    expect(found).toContain("A-R-2 was answered as committed, and has 2 rows of 3")
    expect(found).toContain("A-R-4 was answered as committed, and has 0 rows of 3")
  })
})
