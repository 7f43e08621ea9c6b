import { Option } from "effect"
import { beforeEach, describe, expect, it } from "vitest"
import { LiveStore } from "./live-store.ts"

describe("LiveStore", () => {
  beforeEach(() => {
    LiveStore.update((state) => ({ ...state, status: "connecting" }))
    LiveStore.reset()
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
})
