import { EventBus } from "@tessera/infra/events/event-bus"
import { Database } from "@tessera/infra/tenancy/database"
import { type Saga } from "@tessera/infra/workflows/saga"
import { OrderEvent } from "@tessera/shared/order/order-event"
import { Refund } from "@tessera/shared/refund/refund"
import { Effect, Option } from "effect"
import { Payments } from "../payments.ts"
import { StepTools } from "../step-tools.ts"
import { StockRepo } from "../stock-repo.ts"
import { RefundProgressRepo } from "./refund-progress-repo.ts"

type _Step = Saga.Step<RefundProgressRepo.Facts>

/** Money that is paid back stays so: there is nothing to undo, and nobody can call it off. */
const _lasting = { undo: () => Effect.void, maxAttempts: Number.MAX_SAFE_INTEGER } as const

/**
 * The saga of a refund, in order: pay-back at the provider, note. It is refused or goes through: a provider
 * that gives no answer is asked until it does, under one key, so it pays once.
 */
const RefundSteps = Effect.gen(function* () {
  const database = yield* Database
  const repo = yield* RefundProgressRepo
  const payments = yield* Payments
  const events = yield* EventBus
  const stock = yield* StockRepo

  const payBack: _Step["run"] = (_subject, refund) =>
    Effect.gen(function* () {
      const { amountMinor, id, orderId, paymentId, run } = refund
      const { reference } = yield* StepTools.call({ id: orderId, run }, "refund")
      const known = yield* Effect.mapError(Effect.fromNullable(paymentId), () =>
        StepTools.refuse("payment: the provider does not know it")
      )
      yield* payments
        .refund(known, { key: `refund:${id}`, reference, amountMinor })
        .pipe(Effect.catchTag("Payments.Declined", ({ code }) => StepTools.refuse(`payment: ${code}`)))
    })

  const announce = (refund: RefundProgressRepo.Facts, { refundedMinor, version }: RefundProgressRepo.Paid) =>
    events.emit(
      EventBus.emission(
        OrderEvent.Refunded,
        OrderEvent.Refunded.make({ ..._common(refund), refundedMinor }),
        {
          aggregateId: refund.orderId,
          version
        }
      )
    )

  /** Stock comes last: everybody who wants the product waits for whoever holds its row. */
  const note: _Step["run"] = (_subject, refund) =>
    Effect.flatMap(
      repo.paid(refund),
      Option.match({
        onNone: () => Effect.void,
        onSome: (paid) => Effect.zipRight(announce(refund, paid), stock.takeBack(refund.id))
      })
    )

  const definition: Saga.Definition<RefundProgressRepo.Facts> = {
    reads: ({ id }) => repo.facts(Refund.Id.make(id)),
    guard: () => Effect.void,
    steps: [
      { name: "pay-back", run: payBack, ..._lasting, pivot: true },
      { name: "note", run: note, ..._lasting, local: true }
    ],
    undoing: () => Effect.void,
    undone: ({ id }, reason) => database.transaction(repo.refused(Refund.Id.make(id), reason))
  }
  return definition
})

const _common = ({ amountMinor, currency, number, orderId, totalMinor }: RefundProgressRepo.Facts) => ({
  orderId,
  number,
  totalMinor,
  currency,
  amountMinor
})

export { RefundSteps }
