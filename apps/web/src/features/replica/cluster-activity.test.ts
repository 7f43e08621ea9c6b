import { Cluster } from "@tessera/shared/replica/cluster"
import { Replica } from "@tessera/shared/replica/replica"
import { DateTime } from "effect"
import { describe, expect, it } from "vitest"
import { ClusterActivity } from "./cluster-activity.ts"

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

const replica = (
  name: number,
  shardIds: ReadonlyArray<number>,
  more: Partial<Pick<Replica.Model, "phase" | "reporting">> & { seen?: number; started?: number } = {}
) =>
  Replica.Model.make({
    id: `replica-${name}`,
    address: `127.0.0.1:${name}`,
    version: "1",
    phase: more.phase ?? "serving",
    reporting: more.reporting ?? true,
    healthy: true,
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
    startedAt: DateTime.unsafeMake((more.started ?? 1) * 1000),
    seenAt: DateTime.unsafeMake((more.seen ?? 100) * 1000),
    self: false
  })

const leader = (owner: string, fence: number) =>
  Cluster.Leader.make({
    name: "purge",
    kind: "cron",
    owner,
    fence,
    everyMillis: 1000,
    startedAt: DateTime.unsafeMake(103_000),
    lastRunAt: null,
    runs: 0,
    failures: 0,
    late: false,
    ticks: []
  })

const at = (
  seconds: number,
  replicas: ReadonlyArray<Replica.Model>,
  leaders: ReadonlyArray<Cluster.Leader> = []
) =>
  Cluster.Snapshot.make({ at: DateTime.unsafeMake(seconds * 1000), seenBy: "replica-1", replicas, leaders })

const told = (...snapshots: ReadonlyArray<Cluster.Snapshot>) =>
  snapshots.reduce(ClusterActivity.next, ClusterActivity.start as ClusterActivity.State).changes

const [one, two, three] = [range(1, 100), range(101, 200), range(201, 300)]
const whole = at(100, [replica(1, one), replica(2, two), replica(3, three)])
const dead = replica(2, two, { reporting: false, seen: 99 })
const half = replica(1, [...one, ...range(101, 150)])
const rest = replica(3, [...range(151, 200), ...three])

describe("ClusterActivity", () => {
  it("says nothing about the first picture, nor while nothing moves", () => {
    expect(told(whole, at(101, whole.replicas))).toEqual([])
  })

  it("counts a killed replica's shards until the last one has a new owner, from its last report on", () => {
    const [open] = told(whole, at(104, [replica(1, one), dead, replica(3, three)]))
    const [partly] = told(
      whole,
      at(104, [replica(1, one), dead, replica(3, three)]),
      at(105, [half, dead, replica(3, three)])
    )
    const [closed] = told(whole, at(104, [half, dead, replica(3, three)]), at(105.5, [half, dead, rest]))

    expect(open).toMatchObject({ kind: "left", replica: "replica-2", how: "silent", until: null, moved: {} })
    expect(open?.shards).toEqual(two)
    expect(partly).toMatchObject({ until: null, moved: { "replica-1": 50 }, shards: range(151, 200) })
    expect(closed).toMatchObject({
      since: 99_000,
      until: 105_500,
      shards: [],
      moved: { "replica-1": 50, "replica-3": 50 }
    })
  })

  it("counts what was taken before the replica was known to be silent", () => {
    const stillThere = replica(2, two, { seen: 99 })
    const [change] = told(whole, at(103, [half, stillThere, rest]), at(104.5, [half, dead, rest]))

    expect(change).toMatchObject({ until: 104_500, moved: { "replica-1": 50, "replica-3": 50 } })
  })

  it("follows a drained replica over the end of its row, and counts its own shards as waiting", () => {
    const draining = replica(2, two, { phase: "draining" })
    const changes = told(
      whole,
      at(101, [replica(1, one), draining, replica(3, three)]),
      at(102, [replica(1, one), replica(3, three)]),
      at(102.5, [half, rest])
    )

    expect(changes).toMatchObject([
      { kind: "left", how: "draining", since: 101_000, until: 102_500, moved: { "replica-1": 50 } }
    ])
  })

  it("knows that a silent replica came back with everything", () => {
    const [change] = told(whole, at(104, [replica(1, one), dead, replica(3, three)]), at(105, whole.replicas))

    expect(change).toMatchObject({ until: 105_000, moved: { "replica-2": 100 } })
  })

  it("tells what a new replica got from whom, and closes when no more comes", () => {
    const born = { started: 102 }
    const pair = at(102, [half, rest])
    const changes = told(
      pair,
      at(103, [half, replica(2, [], { ...born, phase: "booting" }), rest]),
      at(104, [replica(1, one), replica(2, range(101, 150), born), rest]),
      at(105, [replica(1, one), replica(2, two, born), replica(3, three)]),
      at(110, [replica(1, one), replica(2, two, born), replica(3, three)])
    )

    expect(changes).toMatchObject([
      {
        kind: "joined",
        replica: "replica-2",
        since: 102_000,
        movedAt: 105_000,
        until: 105_000,
        moved: { "replica-1": 50, "replica-3": 50 }
      }
    ])
  })

  it("knows who had a shard before, although nobody had it in between", () => {
    const changes = told(
      at(102, [half, rest]),
      at(103, [half, replica(2, [], { started: 102 }), rest]),
      at(104, [replica(1, one), replica(2, [], { started: 102 }), rest]),
      at(105, [replica(1, one), replica(2, range(101, 150), { started: 102 }), rest])
    )

    expect(changes).toMatchObject([{ kind: "joined", moved: { "replica-1": 50 } }])
  })

  it("says that a killed replica was started again before anybody took its shards", () => {
    const again = replica(2, two, { started: 104 })
    const silent = at(104, [replica(1, one), dead, replica(3, three)])
    const changes = told(whole, silent, at(106, [replica(1, one), again, replica(3, three)]))

    expect(changes).toMatchObject([
      { kind: "joined", moved: { "replica-2": 100 } },
      { kind: "left", how: "restarted", until: 106_000, moved: { "replica-2": 100 } }
    ])
  })

  it("takes a restart that nobody saw as an end and a beginning", () => {
    const changes = told(
      whole,
      at(103, [replica(1, one), replica(2, [], { started: 102 }), replica(3, three)])
    )

    expect(changes.map(({ kind, replica }) => `${replica} ${kind}`).sort()).toEqual([
      "replica-2 joined",
      "replica-2 left"
    ])
  })

  it("names a new leader once, with its fence and the one before", () => {
    const with1 = at(100, whole.replicas, [leader("replica-2", 7)])
    const with2 = at(103, whole.replicas, [leader("replica-3", 8)])

    expect(told(with1, with2, at(104, whole.replicas, [leader("replica-3", 8)]))).toMatchObject([
      { kind: "leader", replica: "replica-3", note: "purge, fence 8, before replica-2" }
    ])
  })

  it("claims nothing about a time that it did not see, and takes no older picture for a newer one", () => {
    const later = at(200, [replica(1, one), replica(3, three)])

    expect(told(whole, later)).toEqual([])
    expect(told(later, whole)).toEqual([])
  })
})
