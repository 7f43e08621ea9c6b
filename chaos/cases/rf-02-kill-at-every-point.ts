import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"

interface Path {
  readonly points: ReadonlyArray<string>
  readonly placing: Bed.Placing
  readonly end: string
  /** What the provider may hold of one order in the end. */
  readonly money: ReadonlyArray<string>
}

const sides = ["before", "after"] as const
const pointsOf = (direction: string, steps: ReadonlyArray<string>) =>
  steps.flatMap((step) => sides.map((side) => `saga.${step}.${direction}.${side}`))

/** The carrier takes it: every step forward. */
const goes: Path = {
  points: pointsOf("forward", ["reserve", "authorise", "capture", "book", "confirm"]),
  placing: { postcode: "10115" },
  end: "fulfilled",
  money: ["captured"]
}

/** The carrier refuses it: up to the booking, and everything back; a refused step has no after. */
const returns: Path = {
  points: [
    ...pointsOf("forward", ["reserve", "authorise", "capture"]),
    "saga.book.forward.before",
    ...pointsOf("compensate", ["capture", "authorise", "reserve"])
  ],
  placing: { postcode: "00000" },
  end: "cancelled",
  money: ["refunded", "voided"]
}

interface Ledger {
  readonly authorisations: ReadonlyArray<{ readonly reference: string; readonly status: string }>
  readonly shipments: ReadonlyArray<{ readonly reference: string; readonly status: string }>
}

/** Holds an order's saga at the point, kills its replica, and sees the order to its end elsewhere. */
const kill = async (bed: Bed, path: Path, point: string): Promise<number> => {
  let order = ""
  const victim = await bed.caught(point, "pause", async () => {
    order = await bed.place(path.placing)
  })
  const killedAt = performance.now()
  await bed.fault("SIGKILL", { replica: victim.name, point }, () => victim.kill())
  victim.failpoints({})
  const status = await bed.ended(order)
  const endedMillis = Math.round(performance.now() - killedAt)
  bed.expect(status === path.end, `killed at ${point}: the order is ${status}`)
  const url = bed.fleet.envOf("SANDBOX_URL")
  const ledger = (await (await fetch(`${url}/ledger`)).json()) as Ledger
  const held = ledger.authorisations.filter(({ reference }) => reference.includes(`/${order}/`))
  const sent = ledger.shipments.filter(({ reference }) => reference.includes(`/${order}/`))
  bed.expect(
    held.length === 1 && path.money.includes(held[0]?.status ?? ""),
    `killed at ${point}: the provider holds ${JSON.stringify(held)}`
  )
  bed.expect(
    sent.length === (path.end === "fulfilled" ? 1 : 0),
    `killed at ${point}: the carrier has ${JSON.stringify(sent)}`
  )
  await bed.untilWhole()
  return endedMillis
}

const run = (path: Path) => async (bed: Bed) => {
  const millis: Array<number> = []
  for (const point of path.points) {
    const ended = await kill(bed, path, point)
    bed.say(`  ${point}: ${path.end} after ${ended} ms`)
    millis.push(ended)
  }
  const sorted = millis.toSorted((one, other) => one - other)
  return {
    kills: millis.length,
    endedMillisMedian: sorted[Math.floor(sorted.length / 2)] ?? -1,
    endedMillisMax: sorted.at(-1) ?? -1
  }
}

/** Places no orders: whoever comes to a failpoint carries the case's own. */
const workload = {
  clients: 2,
  pauseMillis: 150,
  mix: {
    ...{ place: 0, cancel: 0, retry: 0, reserve: 0, refund: 0, restock: 5 },
    ...{ import: 0, list: 30, detail: 0, dashboard: 10 }
  }
} as const

/** SIGKILL at every failpoint of the saga, one after the other, on the way forward and on the way back. */
const rf02: ReadonlyArray<ChaosCase> = [
  {
    id: "RF-02",
    title: "kill -9 at every point of a saga that goes through",
    does: "For each step, before it and after it: a saga is held there and its replica gets SIGKILL.",
    expected: "Every order is fulfilled, charged once and shipped once.",
    workload,
    run: run(goes)
  },
  {
    id: "RF-02-undo",
    title: "kill -9 at every point of a saga that is undone",
    does: "The carrier refuses; for each step and each undo, before it and after it, a replica gets SIGKILL.",
    expected: "Every order is cancelled, its money is back once, and nothing is shipped.",
    workload,
    run: run(returns)
  }
]

export { rf02 }
