import { describe, expect, it } from "@effect/vitest"
import { DateTime } from "effect"
import { Cluster } from "./cluster.ts"
import { Replica } from "./replica.ts"

const replica = (id: string, seconds: number, reporting: boolean, shardIds: ReadonlyArray<number>) =>
  Replica.Model.make({
    id,
    address: `${id}:1`,
    version: "1",
    phase: "serving",
    reporting,
    healthy: reporting,
    shards: shardIds.length,
    shardIds,
    entities: 0,
    jobsRunning: 0,
    rssBytes: 0,
    heapBytes: 0,
    lagP50Millis: 0,
    lagP99Millis: 0,
    memoryTrend: [],
    lagTrend: [],
    startedAt: DateTime.unsafeMake(0),
    seenAt: DateTime.unsafeMake(seconds * 1000),
    self: false
  })

describe("Cluster.holders", () => {
  it("has one place for each shard, empty where nobody ever claimed it", () => {
    const holders = Cluster.holders([replica("a", 1, true, [1, 300])])

    expect(holders.length).toBe(300)
    expect([holders[0], holders[1], holders[299]]).toEqual([
      { replica: "a", owned: true },
      null,
      { replica: "a", owned: true }
    ])
  })

  it("believes the later word when two replicas claim a shard", () => {
    const [later, earlier] = [replica("a", 9, true, [1, 2]), replica("b", 8, true, [2, 3])]
    const owners = [Cluster.holders([later, earlier]), Cluster.holders([earlier, later])].map((holders) =>
      holders.slice(0, 3).map((holder) => holder?.replica)
    )

    expect(owners).toEqual([
      ["a", "a", "b"],
      ["a", "a", "b"]
    ])
  })

  it("leaves a silent replica only what nobody who reports has taken, however late its last word was", () => {
    const holders = Cluster.holders([replica("dead", 9, false, [1, 2]), replica("b", 8, true, [2])])

    expect(holders.slice(0, 2)).toEqual([
      { replica: "dead", owned: false },
      { replica: "b", owned: true }
    ])
  })
})

describe("Cluster.isLate", () => {
  const tick = (outcome: Cluster.Outcome, delayMillis: number) =>
    Cluster.Tick.make({
      scheduledAt: DateTime.unsafeMake(0),
      outcome,
      ranOn: null,
      fence: 1,
      attempts: 1,
      startedAt: DateTime.unsafeMake(delayMillis),
      endedAt: null
    })

  it("is more than 5 s after its time, or never", () => {
    const late = [tick("done", 5000), tick("done", 5001), tick("skipped", 0), tick("failed", 10)]

    expect(late.map(Cluster.isLate)).toEqual([false, true, true, false])
  })
})
