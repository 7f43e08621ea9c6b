import { type HistoryEntry } from "../../history/history-entry.ts"
import { SampleOrder } from "./sample-order.ts"
import { SamplePlans } from "./sample-plans.ts"
import { SampleReservation } from "./sample-reservation.ts"

type Line = Omit<HistoryEntry.Line, "at">

const placed = (plan: SampleOrder.Plan): ReadonlyArray<Line> => {
  const line = {
    process: `${plan.tenant}-1`,
    operation: "place",
    tenant: plan.tenant,
    key: plan.key
  } as const
  const args: HistoryEntry.PlaceArgs = {
    lines: [{ sku: `${plan.tenant.toUpperCase()}-1`, quantity: plan.quantity }],
    customerReference: `CANARY-${plan.tenant}-7`,
    paymentToken: "tok_ok",
    postcode: "10115",
    reservationId: plan.name === "first" ? SampleReservation.id("ordered") : undefined
  }
  const result: HistoryEntry.PlaceResult = {
    id: SampleOrder.ids.order(plan.name),
    number: plan.number,
    totalMinor: plan.quantity * SampleOrder.priceMinor
  }
  return [
    { ...line, phase: "invoke", args },
    // The first answer was lost, the second came from a replica that was leaving.
    { ...line, phase: "info", result: { status: 0, text: "fetch failed" } },
    { ...line, phase: "refused", result: { status: 503 } },
    { ...line, phase: "ok", result }
  ]
}

const held = ({ name }: SampleReservation.Plan): ReadonlyArray<Line> => {
  const line = { ...acme, operation: "hold", key: `hold-${name}` } as const
  const args: HistoryEntry.HoldArgs = {
    lines: [{ sku: "ACME-1", quantity: SampleReservation.quantity }],
    seconds: 5
  }
  return [
    { ...line, phase: "invoke", args },
    { ...line, phase: "ok", result: { id: SampleReservation.id(name) } satisfies HistoryEntry.HoldResult }
  ]
}

const refunded = ({ back, name, tenant }: SampleOrder.Plan): ReadonlyArray<Line> => {
  if (back === undefined) return []
  const { amountMinor, key, quantity } = back
  const line = { process: `${tenant}-1`, operation: "refund", tenant, key } as const
  const args: HistoryEntry.RefundArgs = {
    orderId: SampleOrder.ids.order(name),
    amountMinor,
    returns: [{ sku: `${tenant.toUpperCase()}-1`, quantity }]
  }
  return [
    { ...line, phase: "invoke", args },
    { ...line, phase: "info", result: { status: 0, text: "fetch failed" } },
    { ...line, phase: "ok", result: { id: SampleOrder.ids.refund(name), amountMinor } }
  ]
}

const streamed = (tenant: "acme" | "globex"): ReadonlyArray<Line> => {
  const process = `${tenant}-stream-1`
  const events = SamplePlans.of(tenant).flatMap(SampleOrder.events)
  const seen = events.map(({ aggregateId, id, type, version }, index) => ({
    seq: index + 1,
    id,
    type,
    aggregateId,
    version
  }))
  const connection = (number: number) =>
    ({ process, operation: "stream", tenant, key: `${process}#${number}` }) as const
  return [
    { ...connection(1), phase: "invoke", args: { after: 0 } },
    { ...connection(1), phase: "ok", result: { events: seen.slice(0, 2) } },
    { ...connection(1), phase: "info", result: { why: "terminated" } },
    { ...connection(2), phase: "invoke", args: { after: 2 } },
    { ...connection(2), phase: "ok", result: { events: seen.slice(2) } }
  ]
}

const acme = { process: "acme-2", tenant: "acme" } as const
const observed = (owner: string, fence: number): Line => ({
  process: "observer",
  operation: "fence",
  tenant: "",
  key: "lane/1",
  phase: "ok",
  result: { name: "lane/1", owner, fence }
})
const cancel = {
  ...acme,
  operation: "cancel",
  key: "cancel-1",
  args: { id: SampleOrder.ids.order("second") }
} as const
const restock = {
  ...acme,
  operation: "restock",
  key: "restock-1",
  args: { productId: SampleOrder.ids.product("acme"), quantity: SamplePlans.restocked }
} as const
const release = {
  ...acme,
  operation: "release",
  key: "release-1",
  args: { id: SampleReservation.id("returned") } satisfies HistoryEntry.ReleaseArgs
} as const
const upload = {
  ...acme,
  operation: "import",
  key: "import-1",
  args: { fileName: "CANARY-acme-7-1.csv", numbers: ["91", "92"], rows: 3, wrong: 1 }
} as const

/** What the clients of the clean state saw: lost answers, a broken stream and a fault among it, and nothing wrong. */
const CleanHistory = {
  lines: (startedAt: number): ReadonlyArray<HistoryEntry.Line> => {
    const canaries = { acme: "CANARY-acme-7", globex: "CANARY-globex-7" }
    const lines: ReadonlyArray<Line> = [
      {
        process: "observer",
        operation: "run",
        tenant: "",
        key: "chaos-7",
        phase: "invoke",
        args: { seed: 7, prefix: "chaos-7", canaries }
      },
      observed("", 0),
      ...SampleReservation.plans.flatMap(held),
      ...SamplePlans.plans.filter(({ key }) => key.startsWith("chaos-")).flatMap(placed),
      ...SamplePlans.plans.flatMap(refunded),
      { ...cancel, phase: "invoke" },
      { ...cancel, phase: "ok", result: { status: 200 } },
      { ...release, phase: "invoke" },
      { ...release, phase: "ok", result: { status: 200 } },
      { ...restock, phase: "invoke" },
      { ...restock, phase: "ok", result: { status: 200 } },
      { ...upload, phase: "invoke" },
      { ...upload, phase: "ok", result: { id: SamplePlans.importId } },
      observed("replica-1", 1),
      { process: "nemesis", operation: "fault", tenant: "", key: "SIGKILL", phase: "invoke" },
      observed("replica-2", 2),
      { process: "nemesis", operation: "fault", tenant: "", key: "SIGKILL", phase: "ok" },
      ...streamed("acme"),
      ...streamed("globex"),
      {
        process: "observer",
        operation: "drain",
        tenant: "",
        key: "drain",
        phase: "ok",
        result: { millis: 900, left: [] }
      }
    ]
    return lines.map((line, index) => ({ at: startedAt + index * 10, ...line }))
  }
} as const

export { CleanHistory }
