import { Database } from "@tessera/infra/tenancy/database"
import { type Saga } from "@tessera/infra/workflows/saga"
import { Effect } from "effect"
import { Carrier } from "./carrier.ts"
import { OrderProgress } from "./order-progress.ts"
import { OrderProgressRepo } from "./order-progress-repo.ts"
import { StepTools } from "./step-tools.ts"

type _Step = Saga.Step<OrderProgressRepo.Facts>

/** Books a shipment with the carrier; undone by cancelling it. */
const BookStep = Effect.gen(function* () {
  const database = yield* Database
  const repo = yield* OrderProgressRepo
  const progress = yield* OrderProgress
  const carrier = yield* Carrier

  const ask = (subject: Saga.Subject, { postcode }: OrderProgressRepo.Facts) =>
    Effect.flatMap(StepTools.call(subject, "book"), (call) => carrier.book({ ...call, postcode }))

  const book: _Step["run"] = (subject, order) =>
    Effect.gen(function* () {
      const { id: providerId, trackingCode } = yield* ask(subject, order).pipe(
        Effect.catchTag("Carrier.Rejected", ({ code }) => StepTools.refuse(`carrier: ${code}`))
      )
      const move = StepTools.of(subject)
      yield* database.transaction(
        Effect.zipRight(
          repo.booked({ ...move, providerId, trackingCode }),
          progress.advance({ ...move, order, event: "book" })
        )
      )
    })

  /** Asks once more with the same key: whatever became of the booking, the answer names it. */
  const unbook = (subject: Saga.Subject) =>
    Effect.gen(function* () {
      const { id, run } = StepTools.of(subject)
      const { key } = yield* StepTools.call(subject, "unbook")
      const order = yield* database.transaction(repo.facts(id, run))
      yield* ask(subject, order).pipe(
        Effect.flatMap((shipment) => carrier.cancel(shipment.id, key)),
        Effect.zipRight(database.transaction(repo.unbooked(id, run))),
        Effect.catchTag("Carrier.Rejected", () => Effect.void)
      )
    })

  const step: _Step = { name: "book", run: book, undo: unbook, maxAttempts: StepTools.attempts }
  return step
})

export { BookStep }
