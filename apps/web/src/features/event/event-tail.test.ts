import { Event } from "@tessera/shared/event/event"
import { DateTime, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { EventTail } from "./event-tail.ts"

const id = "01890000-0000-7000-8000-000000000001"
const payloads = {
  "product.created": { _tag: "product.created", productId: id, sku: "A-1" },
  "product.restocked": { _tag: "product.restocked", productId: id, sku: "A-1", quantity: 1 }
} as const
const event = (seq: number, type: keyof typeof payloads = "product.created") =>
  Event.Model.make({
    seq,
    id,
    type,
    aggregateId: id,
    version: seq,
    occurredAt: DateTime.unsafeMake(0),
    payload: Schema.decodeSync(Event.Payload)(payloads[type])
  })
const shown = (parts: Partial<EventTail.Parts>) => {
  const { rows, waiting } = EventTail.of({ live: [], read: [], type: undefined, until: undefined, ...parts })
  return { seqs: rows.map(({ seq }) => seq), waiting }
}

describe("EventTail", () => {
  it("shows each number once, the newest first, though both sources have it", () => {
    const tail = shown({ live: [event(5), event(4), event(3)], read: [event(3), event(2)] })

    expect(tail).toEqual({ seqs: [5, 4, 3, 2], waiting: 0 })
  })

  it("takes from the live events only the type that is asked for", () => {
    const tail = shown({
      live: [event(5), event(4, "product.restocked")],
      read: [event(1, "product.restocked")],
      type: "product.restocked"
    })

    expect(tail.seqs).toEqual([4, 1])
  })

  it("stands still at a number and counts what came after it", () => {
    const tail = shown({ live: [event(6), event(5), event(4)], read: [event(3)], until: 4 })

    expect(tail).toEqual({ seqs: [4, 3], waiting: 2 })
  })

  it("is bounded, and keeps the newest", () => {
    const read = Array.from({ length: 700 }, (_, index) => event(index + 1))

    const { seqs } = shown({ read })

    expect([seqs.length, seqs[0], seqs.at(-1)]).toEqual([500, 700, 201])
  })
})
