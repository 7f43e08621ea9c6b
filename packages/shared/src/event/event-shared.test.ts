import { DateTime, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Event } from "./event.ts"
import { EventShared } from "./event-shared.ts"

const event = Event.Model.make({
  seq: 7,
  id: "01890000-0000-7000-8000-00000000000a",
  type: "product.restocked",
  aggregateId: "01890000-0000-7000-8000-00000000000b",
  version: 1,
  occurredAt: DateTime.unsafeMake("2026-01-02T03:04:05.678Z"),
  payload: Schema.decodeUnknownSync(Event.Payload)({
    _tag: "product.restocked",
    productId: "01890000-0000-7000-8000-00000000000b",
    sku: "TEA-1",
    quantity: 3
  })
})

describe("an event for many readers", () => {
  it("is on the wire what it is for one", () => {
    const wire = Schema.encodeSync(EventShared)(event)

    expect(wire).toEqual(Schema.encodeSync(Event.Model)(event))
    expect(Schema.decodeUnknownSync(EventShared)(wire)).toEqual(event)
  })

  it("is encoded once", () => {
    const encode = Schema.encodeSync(Schema.Array(EventShared))

    expect(encode([event])[0]).toBe(encode([event])[0])
  })

  it("is refused where it is none", () => {
    expect(() => Schema.decodeUnknownSync(EventShared)({ seq: "seven" })).toThrow()
  })
})
