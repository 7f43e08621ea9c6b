import { Event } from "@tessera/shared/event/event"
import { DateTime, Option, Schema } from "effect"
import { beforeEach, describe, expect, it } from "vitest"
import { LiveStore } from "./live-store.ts"

const id = "01890000-0000-7000-8000-000000000001"
const payload = Schema.decodeSync(Event.Payload)({ _tag: "product.created", productId: id, sku: "A-1" })
const event = (seq: number) =>
  Event.Model.make({
    seq,
    id,
    type: "product.created",
    aggregateId: id,
    version: 1,
    occurredAt: DateTime.unsafeMake(0),
    payload
  })

describe("LiveStore", () => {
  beforeEach(() => {
    LiveStore.hold("hidden", false)
    LiveStore.hold("offline", false)
    LiveStore.reset()
    LiveStore.update((state) => ({ ...state, status: "connecting" }))
  })

  it("lets only a person end a pause: a late answer of the old connection does not", () => {
    LiveStore.togglePause()

    LiveStore.setStatus("live")

    expect(LiveStore.get().status).toBe("paused")
  })

  it("keeps its place in the log during a pause, so that nothing is missed after it", () => {
    LiveStore.append(Option.some(7), [])

    LiveStore.togglePause()
    LiveStore.togglePause()

    expect(LiveStore.get()).toMatchObject({ status: "connecting", position: Option.some(7) })
  })

  it("forgets the place when another person signs in: another tenant has another log", () => {
    LiveStore.append(Option.some(7), [])

    LiveStore.reset()

    expect(LiveStore.get().position).toEqual(Option.none())
  })

  it("stays paused while anything holds it: a page that is looked at again is not what a person paused", () => {
    LiveStore.hold("hidden", true)
    LiveStore.togglePause()

    LiveStore.hold("hidden", false)
    const looked = LiveStore.get().status
    LiveStore.togglePause()

    expect([looked, LiveStore.get().status]).toEqual(["paused", "connecting"])
  })

  it("tells since when it is away, why, and when it tries again; a second failure is the same absence", () => {
    const next = DateTime.unsafeMake("2026-03-04T10:00:00Z")
    LiveStore.setStatus("live")
    LiveStore.servedBy("replica-2")

    LiveStore.lose("leaving", next)
    const { since, replica } = LiveStore.get()
    LiveStore.attempt()
    LiveStore.lose("unreachable", next)

    expect(replica).toEqual(Option.none())
    expect(LiveStore.get()).toMatchObject({
      status: "reconnecting",
      since,
      losses: 2,
      loss: Option.some("unreachable"),
      nextAttempt: Option.some(next)
    })
  })

  it("is not lost while it is paused: its socket was closed on purpose", () => {
    LiveStore.hold("offline", true)

    LiveStore.lose("closed", DateTime.unsafeNow())

    expect(LiveStore.get()).toMatchObject({ status: "paused", losses: 0, nextAttempt: Option.none() })
  })

  it("believes a person who says that there is a network, and leaves a pause alone", () => {
    LiveStore.hold("offline", true)
    LiveStore.retryNow()
    const tried = LiveStore.get().status
    LiveStore.togglePause()
    LiveStore.retryNow()

    expect([tried, LiveStore.get().status]).toEqual(["connecting", "paused"])
  })

  it("begins its list anew after a hole, and keeps at most 500 rows", () => {
    LiveStore.append(Option.some(2), [event(1), event(2)])
    LiveStore.append(Option.some(3), [event(3)])
    const before = LiveStore.get().events.map(({ seq }) => seq)

    LiveStore.append(Option.some(900), [], true)
    const after = LiveStore.get().events
    LiveStore.append(
      Option.some(1500),
      Array.from({ length: 600 }, (_, index) => event(901 + index))
    )

    expect([before, after]).toEqual([[3, 2, 1], []])
    expect(LiveStore.get().events.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 500 }, (_, index) => 1500 - index)
    )
  })
})
