import { Option } from "effect"
import { describe, expect, it } from "vitest"
import { LiveCursor } from "./live-cursor.ts"

const rows = (...seqs: ReadonlyArray<number>) => seqs.map((seq) => ({ seq }))
const seqsOf = (accepted: LiveCursor.Accepted<LiveCursor.Numbered>) => accepted.fresh.map(({ seq }) => seq)

describe("LiveCursor", () => {
  it("starts at the head when the first batch is empty", () => {
    const first = LiveCursor.accept(LiveCursor.start, { head: 41, events: [] })
    const second = LiveCursor.accept(first.position, { head: 42, events: rows(42) })

    expect(first).toEqual({ position: Option.some(41), fresh: [], gap: false, missed: false })
    expect(seqsOf(second)).toEqual([42])
  })

  it("takes the rows of a first batch as news even when the head already counts them", () => {
    const accepted = LiveCursor.accept(LiveCursor.start, { head: 9, events: rows(8, 9) })

    expect(seqsOf(accepted)).toEqual([8, 9])
    expect(accepted.position).toEqual(Option.some(9))
  })

  it("drops what it has seen: a resumed stream may overlap", () => {
    const accepted = LiveCursor.accept(Option.some(5), { head: 7, events: rows(4, 5, 6, 6, 7) })

    expect(seqsOf(accepted)).toEqual([6, 7])
    expect(accepted.gap).toBe(false)
  })

  it("stops before a hole and says so, so that nothing is skipped", () => {
    const accepted = LiveCursor.accept(Option.some(5), { head: 9, events: rows(6, 8, 9) })

    expect(seqsOf(accepted)).toEqual([6])
    expect(accepted).toMatchObject({ gap: true, position: Option.some(6) })
  })

  it("goes on after rows that the log no longer has, and says that they were missed", () => {
    const accepted = LiveCursor.accept(Option.some(5), { head: 90, events: rows(80, 81) }, true)

    expect(seqsOf(accepted)).toEqual([80, 81])
    expect(accepted).toMatchObject({ gap: false, missed: true, position: Option.some(81) })
  })

  it("keeps its place on an empty batch with a newer head: those rows are still to come", () => {
    const accepted = LiveCursor.accept(Option.some(5), { head: 9, events: [] })

    expect(accepted.position).toEqual(Option.some(5))
  })

  it("goes on at the head instead of replaying thousands, and says that rows were missed", () => {
    const page = rows(...Array.from({ length: 500 }, (_, index) => index + 6))
    const far = LiveCursor.accept(Option.some(5), { head: 1006, events: page }, true)
    const near = LiveCursor.accept(Option.some(5), { head: 1005, events: page }, true)
    const next = LiveCursor.accept(far.position, { head: 1007, events: rows(1007) }, true)

    expect(far).toEqual({ position: Option.some(1006), fresh: [], gap: true, missed: true })
    expect(near).toMatchObject({ position: Option.some(505), gap: false, missed: false })
    expect(next).toMatchObject({ fresh: rows(1007), gap: false, missed: false })
  })

  it("shows every number once and in order, however the connection is cut", () => {
    const log = Array.from({ length: 200 }, (_, index) => ({ seq: index + 1 }))
    const step = (seed: number) => (seed * 1103515245 + 12345) % 2147483648
    const shown: Array<number> = []
    let position: LiveCursor.Position = Option.some(0)
    let seed = 7
    for (let served = 0; Option.getOrElse(position, () => 0) < 200; ) {
      seed = step(seed)
      const resumed = seed % 4 === 0
      const from = resumed ? Option.getOrElse(position, () => 0) : Math.max(0, served - (seed % 3))
      const batch = log.slice(from, from + 1 + (seed % 9))
      const accepted = LiveCursor.accept(position, { head: 200, events: batch })
      shown.push(...seqsOf(accepted))
      position = accepted.position
      served = accepted.gap ? Option.getOrElse(position, () => 0) : from + batch.length
    }

    expect(shown).toEqual(log.map(({ seq }) => seq))
  })
})
