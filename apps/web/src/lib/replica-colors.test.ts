import { describe, expect, it } from "vitest"
import { ReplicaColors } from "./replica-colors.ts"

describe("ReplicaColors", () => {
  it("gives a replica the colour of its number, or a free one, and lets it keep it", () => {
    ReplicaColors.see(["replica-3"])
    ReplicaColors.see(["pod-x", "replica-1", "replica-3"])
    const before = ReplicaColors.get()
    ReplicaColors.see(["replica-1"])

    expect(Object.fromEntries(before)).toEqual({ "replica-3": 2, "pod-x": 0, "replica-1": 1 })
    expect(ReplicaColors.get()).toBe(before)
  })
})
