import { until } from "../../tests/support/until.ts"
import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { DearOrder } from "../bed/dear-order.ts"
import { Deploys } from "../bed/deploys.ts"
import { ProviderBooks } from "../bed/provider-books.ts"

type Fate = "approve" | "reject" | "nobody"

interface Waiting {
  readonly order: string
  readonly fate: Fate
}
interface Timer {
  readonly pending: boolean
  readonly dueAt: number
  /** Of the decision after the time was over. */
  readonly lateMillis: number
}

const daySeconds = 86_400
/** Of orders that nobody decides, in seconds: over while both releases are up, after the kill, while nobody runs. */
const days = { mixed: 25, killed: 120, down: 8, back: 60 } as const

const ends = {
  approve: { status: "fulfilled", payments: "captured", shipments: "booked" },
  reject: { status: "cancelled", payments: "voided", shipments: "" },
  nobody: { status: "cancelled", payments: "voided", shipments: "" }
} as const satisfies Record<Fate, unknown>

const pending = async (bed: Bed, fates: ReadonlyArray<Fate>, seconds = daySeconds) => {
  await DearOrder.wait(bed, seconds)
  const waiting = await Promise.all(
    fates.map(async (fate, index): Promise<Waiting> => {
      const at = bed.fleet.replicas[index % bed.fleet.replicas.length]
      return { fate, order: await DearOrder.pending(bed, 1, at) }
    })
  )
  await DearOrder.wait(bed, daySeconds)
  return waiting
}

/** All of them at once, each through a replica that the seed picks; milliseconds until each has ended. */
const decide = (bed: Bed, all: ReadonlyArray<Waiting>): Promise<ReadonlyArray<number>> =>
  Promise.all(
    all.map(async ({ fate, order }) => {
      const at = bed.pick(bed.fleet.replicas)
      const startedAt = performance.now()
      const answer = await bed.answered({ method: "POST", path: `/v1/orders/${order}/${fate}`, body: {}, at })
      bed.expect(
        answer.status === 200,
        `${fate} of ${order}: ${answer.status} ${JSON.stringify(answer.body)}`
      )
      await bed.ended(order)
      return Math.round(performance.now() - startedAt)
    })
  )

const timerOf = async (bed: Bed, order: string): Promise<Timer> => {
  const [row] = await bed.fleet.sql<Timer>(
    `SELECT status = 'pending' AS pending, extract(epoch FROM due_at)::float8 * 1000 AS "dueAt",
       coalesce(extract(epoch FROM decided_at - due_at) * 1000, 0)::float8 AS "lateMillis"
     FROM approvals WHERE order_id = $1`,
    [order]
  )
  if (row === undefined) throw new Error(`The order ${order} has no approval.`)
  return row
}

/** How late the latest of their timers was; it must not be early. */
const expired = async (bed: Bed, all: ReadonlyArray<Waiting>): Promise<number> => {
  for (const { order } of all) await bed.ended(order, 150_000)
  const late: Array<number> = []
  for (const { order } of all) late.push((await timerOf(bed, order)).lateMillis)
  bed.expect(Math.min(...late) >= 0, `a timer fired ${-Math.min(...late)} ms before it was due`)
  return Math.round(Math.max(...late))
}

const stillWait = async (bed: Bed, all: ReadonlyArray<Waiting>, when: string) => {
  for (const { order } of all) {
    bed.expect((await timerOf(bed, order)).pending, `${when} the order ${order} does not wait any more`)
  }
}

/** Both books, and the step that only runs of the next release have: whoever ends them, the payload says it. */
const settled = async (bed: Bed, all: ReadonlyArray<Waiting>, hasSeal: boolean) => {
  const books = await ProviderBooks.read(bed.fleet)
  for (const { fate, order } of all) {
    const [row] = await bed.fleet.sql<{ readonly status: string; readonly seals: number }>(
      `SELECT status, (SELECT count(*)::int FROM saga_steps WHERE key = $1 || '/1' AND step = 'seal') AS seals
       FROM orders WHERE id::text = $1`,
      [order]
    )
    const { payments, shipments } = books.of(order)
    const seen = `${row?.status} ${payments.join()} ${shipments.join()} ${row?.seals}`
    const { payments: money, shipments: parcels, status } = ends[fate]
    const wanted = `${status} ${money} ${parcels} ${fate === "approve" && hasSeal ? 1 : 0}`
    bed.expect(seen === wanted, `${fate} of ${order}: ${seen} instead of ${wanted}`)
  }
}

const killAll = async (bed: Bed, down: ReadonlyArray<Waiting>) => {
  const { replicas } = bed.fleet
  for (const replica of replicas) replica.isHeld = true
  await bed.fault("SIGKILL of all", {}, () => Promise.all(replicas.map((replica) => replica.kill())))
  const isDue = async () => {
    const rows = await bed.fleet.sql("SELECT 1 FROM approvals WHERE order_id = ANY ($1) AND due_at > now()", [
      down.map(({ order }) => order)
    ])
    return rows.length === 0
  }
  await until("their time is over", isDue, 30_000, 100)
  await stillWait(bed, down, "while nobody ran")
  for (const replica of replicas) replica.isHeld = false
  await bed.untilWhole()
}

const rf08: ChaosCase = {
  id: "RF-08",
  title: "a rolling upgrade and back while sagas wait for approval",
  does: "Orders wait for approval; replica by replica the next release is deployed, whose sagas have another payload and one step more, and orders are placed through both; SIGKILL to all; some are approved, some rejected, some left to their timer; then back, with orders of the next release that wait.",
  expected:
    "Each saga ends as it was decided, at the providers once, with the steps of the release that began it; no timer fires early; while a release is rolled, every request has an answer.",
  workload: { clients: 2, pauseMillis: 150 },
  run: async (bed) => {
    const deploys = new Deploys(bed)
    const placed: Array<string> = []
    let unknown = 0
    const roll = async (release: "this" | "next", meanwhile: (done: number) => Promise<void>) => {
      const before = bed.workload.stats().unknown
      await deploys.roll(release, async (done) => {
        for (const at of bed.fleet.replicas) placed.push(await bed.place({ at }), await bed.place({ at }))
        await meanwhile(done)
      })
      unknown += bed.workload.stats().unknown - before
    }

    const old = await pending(bed, ["approve", "reject", "approve", "reject", "approve", "approve"])
    const killed = await pending(bed, ["nobody", "nobody"], days.killed)
    const mixed = await pending(bed, ["nobody", "nobody"], days.mixed)
    let mixedLate = -1
    await roll("next", async (done) => {
      if (done === 2) mixedLate = await expired(bed, mixed)
    })
    await stillWait(bed, [...old, ...killed], "after the upgrade")
    for (const { order } of mixed) {
      const { dueAt } = await timerOf(bed, order)
      bed.expect(deploys.wasMixed(dueAt), `the order ${order} was not due while both releases were up`)
    }

    const down = await pending(bed, ["nobody", "nobody"], days.down)
    const beforeKill = bed.workload.stats().unknown
    await killAll(bed, down)
    const downLate = await expired(bed, down)
    const killUnknown = bed.workload.stats().unknown - beforeKill
    await stillWait(bed, [...old, ...killed], "after the kill")
    const oldMillis = await decide(bed, old)

    const fresh = await pending(bed, ["approve"])
    const freshMillis = await decide(bed, fresh)
    const next = await pending(bed, ["approve", "reject", "approve", "reject"])
    const killedLate = await expired(bed, killed)
    const back = await pending(bed, ["nobody", "nobody"], days.back)
    await roll("this", async () => {})
    await stillWait(bed, next, "after the way back")
    const nextMillis = await decide(bed, next)
    const backLate = await expired(bed, back)
    await bed.allEnded(placed)

    await settled(bed, [...old, ...killed, ...mixed, ...down, ...next, ...back], false)
    await settled(bed, fresh, true)
    const crossed = await deploys.crossed()
    bed.expect(crossed.newRunsOnOld > 0, "no run of the next release was met by this one while both were up")
    bed.expect(crossed.oldRunsOnNew > 0, "no run of this release was met by the next one while both were up")
    bed.expect(unknown === 0, `${unknown} requests had no clear answer while a release was rolled`)
    return {
      slowestDecisionMillis: Math.max(...oldMillis, ...freshMillis, ...nextMillis),
      timerLateWhileMixedMillis: mixedLate,
      timerLateAfterKillMillis: killedLate,
      timerLateOnWayBackMillis: backLate,
      timerLateOverOutageMillis: downLate,
      placedWhileMixed: placed.length,
      stepsOfNewRunsOnOld: crossed.newRunsOnOld,
      stepsOfOldRunsOnNew: crossed.oldRunsOnNew,
      withoutAnswerInRolls: unknown,
      withoutAnswerInKill: killUnknown
    }
  }
}

export { rf08 }
