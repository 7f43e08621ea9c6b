import { Database } from "@tessera/infra/tenancy/database"
import { type Saga } from "@tessera/infra/workflows/saga"
import { Effect } from "effect"
import { OrderProgress } from "./order-progress.ts"
import { OrderProgressRepo } from "./order-progress-repo.ts"
import { Payments } from "./payments.ts"
import { StepTools } from "./step-tools.ts"

type _Step = Saga.Step<OrderProgressRepo.Facts>

/** Holds the money at the provider; undone by a void of whatever was authorised under the step's key. */
const AuthoriseStep = Effect.gen(function* () {
  const database = yield* Database
  const repo = yield* OrderProgressRepo
  const progress = yield* OrderProgress
  const payments = yield* Payments

  /** The same at every repetition, and when it is undone. */
  const asked = (subject: Saga.Subject, order: OrderProgressRepo.Facts) =>
    Effect.map(StepTools.call(subject, "authorise"), (call) => ({
      ...call,
      amountMinor: order.totalMinor,
      currency: order.currency,
      token: order.paymentToken
    }))

  const run: _Step["run"] = (subject, order) =>
    Effect.gen(function* () {
      const move = StepTools.of(subject)
      const providerId = yield* payments
        .authorise(yield* asked(subject, order))
        .pipe(Effect.catchTag("Payments.Declined", ({ code }) => StepTools.refuse(`payment: ${code}`)))
      yield* database.transaction(
        Effect.zipRight(
          repo.authorised({ ...move, providerId }),
          progress.advance({ ...move, order, event: "authorise" })
        )
      )
    })

  const undo = (subject: Saga.Subject) =>
    Effect.gen(function* () {
      const { id, run: attempt } = StepTools.of(subject)
      const order = yield* database.transaction(repo.facts(id, attempt))
      const held = { ...(yield* asked(subject, order)), id: order.paymentId }
      const call = yield* StepTools.call(subject, "void")
      // A capture that came after its refund was refused: the money is there now, so it goes back.
      const late = yield* StepTools.call(subject, "refund-late")
      const refunded = Effect.orDie(payments.refund(order.paymentId ?? "", late))
      const back = payments.voidByKey(held, call).pipe(
        Effect.as("void" as const),
        Effect.catchTag("Payments.Declined", () => Effect.as(refunded, "refund" as const)),
        Effect.flatMap((how) => database.transaction(repo.returned(id, attempt, how)))
      )
      yield* Effect.unless(back, () => order.paymentStatus === "refunded")
    })

  const step: _Step = { name: "authorise", run, undo, maxAttempts: StepTools.attempts }
  return step
})

export { AuthoriseStep }
