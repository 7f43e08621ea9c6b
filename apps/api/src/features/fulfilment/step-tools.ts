import { Tenancy } from "@tessera/infra/tenancy"
import { Saga } from "@tessera/infra/workflows/saga"
import { Order } from "@tessera/shared/order/order"
import { Effect } from "effect"

declare namespace StepTools {
  type Step = "authorise" | "void" | "capture" | "refund" | "refund-late" | "book" | "unbook"
}

/** What every step that talks to a provider needs. */
const StepTools = {
  /** Stable for ever, `(order, run, step, parcel)`: a provider acts once however often it is asked. */
  call: (subject: Saga.Subject, step: StepTools.Step, parcel = 1) =>
    Effect.map(Tenancy.Current, ({ tenantId }) => ({
      key: `${subject.id}:${subject.run}:${step}${_further(":", parcel)}`,
      reference: `${tenantId}/${subject.id}/${subject.run}${_further("/", parcel)}`
    })),
  of: ({ id, run }: Saga.Subject) => ({ id: Order.Id.make(id), run }),
  refuse: (reason: string) => new Saga.Refused({ reason, uncertain: false }),
  /** Attempts with a provider that gives no answer; the pauses between add up to about 15 s. */
  attempts: 6
} as const

/** The first parcel is called as the whole order was before there were others. */
const _further = (sign: string, parcel: number): string => (parcel > 1 ? `${sign}${parcel}` : "")

export { StepTools }
