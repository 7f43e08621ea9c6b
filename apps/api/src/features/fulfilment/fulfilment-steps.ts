import { Database } from "@tessera/infra/tenancy/database"
import { type Saga } from "@tessera/infra/workflows/saga"
import { Effect } from "effect"
import { ApproveStep } from "./approval/approve-step.ts"
import { AuthoriseStep } from "./authorise-step.ts"
import { BookStep } from "./book-step.ts"
import { CaptureStep } from "./capture-step.ts"
import { OrderProgress } from "./order-progress.ts"
import { OrderProgressRepo } from "./order-progress-repo.ts"
import { StepTools } from "./step-tools.ts"
import { StockRepo } from "./stock-repo.ts"

/**
 * The saga's steps and what undoes each, in order: reserve, authorise, approve (where the order needs it),
 * capture, book, confirm. Every write re-checks what it assumes, so each may be repeated. Stock comes last in
 * its transaction: everybody who wants the product waits for whoever holds its row.
 */
const FulfilmentSteps = Effect.gen(function* () {
  const database = yield* Database
  const repo = yield* OrderProgressRepo
  const progress = yield* OrderProgress
  const stock = yield* StockRepo

  const reserve = (subject: Saga.Subject) => {
    const move = StepTools.of(subject)
    const reserved = Effect.filterOrFail(
      stock.reserve(move),
      (enough) => enough,
      () => StepTools.refuse("out of stock")
    )
    return database.transaction(Effect.zipRight(progress.advance({ ...move, event: "reserve" }), reserved))
  }

  const confirm = (subject: Saga.Subject) => {
    const move = StepTools.of(subject)
    return database.transaction(
      Effect.zipRight(progress.advance({ ...move, event: "confirm" }), stock.sell(move))
    )
  }

  const guard = (subject: Saga.Subject) => {
    const { id, run } = StepTools.of(subject)
    return repo.facts(id, run).pipe(
      database.transaction,
      Effect.flatMap(({ cancelRequested }) =>
        Effect.when(StepTools.refuse("cancelled on request"), () => cancelRequested)
      ),
      Effect.asVoid
    )
  }

  const first: Saga.Step = {
    name: "reserve",
    run: reserve,
    undo: (subject) => database.transaction(stock.release(StepTools.of(subject))),
    maxAttempts: StepTools.attempts,
    local: true
  }
  const last: Saga.Step = {
    name: "confirm",
    run: confirm,
    undo: () => Effect.void,
    maxAttempts: Number.MAX_SAFE_INTEGER,
    local: true
  }
  const definition: Saga.Definition = {
    guard,
    steps: [first, yield* AuthoriseStep, yield* ApproveStep, yield* CaptureStep, yield* BookStep, last],
    undoing: (subject, reason) => database.transaction(progress.undoing(StepTools.of(subject), reason)),
    undone: (subject, reason) => database.transaction(progress.undone(StepTools.of(subject), reason))
  }
  return definition
})

export { FulfilmentSteps }
