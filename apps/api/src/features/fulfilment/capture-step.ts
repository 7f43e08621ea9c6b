import { Database } from "@tessera/infra/tenancy/database"
import { type Saga } from "@tessera/infra/workflows/saga"
import { Effect } from "effect"
import { OrderProgress } from "./order-progress.ts"
import { OrderProgressRepo } from "./order-progress-repo.ts"
import { Payments } from "./payments.ts"
import { StepTools } from "./step-tools.ts"

type _Step = Saga.Step<OrderProgressRepo.Facts>

/** Takes the money that is held; undone by a refund. */
const CaptureStep = Effect.gen(function* () {
  const database = yield* Database
  const repo = yield* OrderProgressRepo
  const progress = yield* OrderProgress
  const payments = yield* Payments

  const run: _Step["run"] = (subject, order) =>
    Effect.gen(function* () {
      const move = StepTools.of(subject)
      const call = yield* StepTools.call(subject, "capture")
      yield* payments
        .capture(order.paymentId ?? "", call)
        .pipe(Effect.catchTag("Payments.Declined", ({ code }) => StepTools.refuse(`capture: ${code}`)))
      yield* database.transaction(
        Effect.zipRight(
          repo.captured(move.id, move.run),
          progress.advance({ ...move, order, event: "capture" })
        )
      )
    })

  const undo = (subject: Saga.Subject) =>
    Effect.gen(function* () {
      const { id, run: attempt } = StepTools.of(subject)
      const order = yield* database.transaction(repo.facts(id, attempt))
      const call = yield* StepTools.call(subject, "refund")
      // Declined means that the capture never happened; the void of the authorisation comes next.
      yield* payments.refund(order.paymentId ?? "", call).pipe(
        Effect.zipRight(database.transaction(repo.returned(id, attempt, "refund"))),
        Effect.catchTag("Payments.Declined", () => Effect.void)
      )
    })

  const step: _Step = { name: "capture", run, undo, maxAttempts: StepTools.attempts }
  return step
})

export { CaptureStep }
