import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { ProviderBooks } from "../bed/provider-books.ts"
import { quietMix } from "../workload/quiet-mix.ts"
import { SagaPaths } from "./saga-paths.ts"

interface Kill {
  readonly path: SagaPaths.Path
  readonly point: string
}

/** Holds an order's saga at the point, kills its replica, and sees the order to its end elsewhere. */
const kill = async (bed: Bed, { path, point }: Kill): Promise<number> => {
  let order = ""
  const send = await path.ready(bed)
  const victim = await bed.caught(point, "pause", async () => {
    order = await send()
  })
  const killedAt = performance.now()
  await bed.fault("SIGKILL", { replica: victim.name, point }, () => victim.kill())
  victim.failpoints({})
  const status = await bed.ended(order)
  const endedMillis = Math.round(performance.now() - killedAt)
  const { payments, shipments } = (await ProviderBooks.read(bed.fleet)).of(order)
  bed.expect(status === path.end, `killed at ${point}: the order is ${status}`)
  bed.expect(
    payments.length === 1 && path.money.includes(payments[0] ?? ""),
    `killed at ${point}: the provider holds ${JSON.stringify(payments)}`
  )
  bed.expect(
    shipments.join() === path.shipments.join(),
    `killed at ${point}: the carrier has ${JSON.stringify(shipments)}`
  )
  bed.say(`  ${point}: ${status} after ${endedMillis} ms`)
  await bed.untilWhole()
  return endedMillis
}

const killsOf = (paths: ReadonlyArray<SagaPaths.Path>): ReadonlyArray<Kill> =>
  paths.flatMap((path) => path.points.map((point) => ({ path, point })))

const figures = (millis: ReadonlyArray<number>) => {
  const sorted = millis.toSorted((one, other) => one - other)
  return {
    kills: millis.length,
    endedMillisMedian: sorted[Math.floor(sorted.length / 2)] ?? -1,
    endedMillisMax: sorted.at(-1) ?? -1
  }
}

const run =
  (...paths: ReadonlyArray<SagaPaths.Path>) =>
  async (bed: Bed) => {
    const millis: Array<number> = []
    for (const one of killsOf(paths)) millis.push(await kill(bed, one))
    return figures(millis)
  }

/** So many of a hundred calls: six attempts do not run out by it. */
const worst = { errorRatePercent: 15, latencyMillis: 500 }

const shuffled = <A>(bed: Bed, all: ReadonlyArray<A>): ReadonlyArray<A> =>
  all
    .map((one) => ({ one, at: bed.random() }))
    .toSorted((left, right) => left.at - right.at)
    .map(({ one }) => one)

/** Another trouble at the providers for each kill. */
const runInTrouble = async (bed: Bed) => {
  const millis: Array<number> = []
  for (const one of shuffled(bed, killsOf(Object.values(SagaPaths)))) {
    const trouble = {
      errorRatePercent: Math.floor(bed.random() * worst.errorRatePercent),
      latencyMillis: Math.floor(bed.random() * worst.latencyMillis)
    }
    await bed.fleet.panel(trouble)
    millis.push(await bed.fault("provider trouble", trouble, () => kill(bed, one)))
  }
  return figures(millis)
}

const workload = { clients: 2, pauseMillis: 150, mix: quietMix } as const

/** SIGKILL at every failpoint of the saga, one after the other, on the way forward and on the way back. */
const rf02: ReadonlyArray<ChaosCase> = [
  {
    id: "RF-02",
    title: "kill -9 at every point of a saga that goes through",
    does: "For each step, before it and after it: a saga is held there and its replica gets SIGKILL.",
    expected: "Every order is fulfilled, charged once and shipped once.",
    workload,
    run: run(SagaPaths.goes)
  },
  {
    id: "RF-02-undo",
    title: "kill -9 at every point of a saga that is undone",
    does: "The carrier refuses; for each step and each undo, before it and after it, a replica gets SIGKILL.",
    expected: "Every order is cancelled, its money is back once, and nothing is shipped.",
    workload,
    run: run(SagaPaths.returns)
  },
  {
    id: "RF-02-cancel",
    title: "kill -9 at every point where a cancelled saga is undone, and where one is approved",
    does: "Orders are cancelled before the capture, before the last step or while they wait for approval, others are approved; before and after each undo that only these have, and each approval, a replica gets SIGKILL.",
    expected:
      "The cancelled ones are voided or refunded once and the booking is cancelled, the approved ones go through.",
    workload,
    run: run(SagaPaths.unbooked, SagaPaths.voided, SagaPaths.approved, SagaPaths.unapproved)
  },
  {
    id: "RF-02-trouble",
    title: "kill -9 at every point of every saga while the providers have trouble",
    does: "All points of the three before, in an order that the seed picks; meanwhile up to 15 % of the calls to payment provider and carrier fail, and each takes up to 500 ms longer.",
    expected: "Every order ends as it does without trouble, at the providers, too.",
    workload,
    run: runInTrouble
  }
]

export { rf02 }
