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

type _Step = Saga.Step<OrderProgressRepo.Facts>

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

  const reserve: _Step["run"] = (subject, order) => {
    const move = StepTools.of(subject)
    const reserved = Effect.filterOrFail(
      stock.reserve(move),
      (enough) => enough,
      () => StepTools.refuse("out of stock")
    )
    const advanced = progress.advance({ ...move, order, event: "reserve" })
    return database.transaction(Effect.zipRight(advanced, reserved))
  }

  const confirm: _Step["run"] = (subject, order) => {
    const move = StepTools.of(subject)
    const advanced = progress.advance({ ...move, order, event: "confirm" })
    return database.transaction(Effect.zipRight(advanced, stock.sell(move)))
  }

  const reads = (subject: Saga.Subject) => {
    const { id, run } = StepTools.of(subject)
    return repo.facts(id, run)
  }

  const guard = ({ cancelRequested }: OrderProgressRepo.Facts) =>
    Effect.asVoid(Effect.when(StepTools.refuse("cancelled on request"), () => cancelRequested))

  const first: _Step = {
    name: "reserve",
    run: reserve,
    undo: (subject) => database.transaction(stock.release(StepTools.of(subject))),
    maxAttempts: StepTools.attempts,
    local: true
  }
  const last: _Step = {
    name: "confirm",
    run: confirm,
    undo: () => Effect.void,
    maxAttempts: Number.MAX_SAFE_INTEGER,
    local: true
  }
  const definition: Saga.Definition<OrderProgressRepo.Facts> = {
    reads,
    guard,
    steps: [first, yield* AuthoriseStep, yield* ApproveStep, yield* CaptureStep, yield* BookStep, last],
    undoing: (subject, reason) => database.transaction(progress.undoing(StepTools.of(subject), reason)),
    undone: (subject, reason) => database.transaction(progress.undone(StepTools.of(subject), reason))
  }
  return definition
})

export { FulfilmentSteps }
