import { WorkflowEngine } from "@effect/workflow"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Saga } from "@tessera/infra/workflows/saga"
import { type Approval } from "@tessera/shared/approval/approval"
import { type Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer } from "effect"
import { FulfilOrder } from "../fulfil-order.ts"
import { ApprovalProgress } from "./approval-progress.ts"

declare namespace Approvals {
  type Run = ApprovalProgress.Run
  type Shape = {
    /** Decides in the name of the current actor, once, and has the saga go on if and only if that commits. */
    readonly decide: (
      run: Approvals.Run,
      verdict: Approval.Verdict,
      note: string | null
    ) => Effect.Effect<void, Order.NotAwaitingApproval, Tenancy.Current>
    /** Has the saga look at the order at once, or not wait at all; in the caller's transaction. */
    readonly wake: (run: Approvals.Run) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/** What people say to orders that wait for approval. */
class Approvals extends Context.Tag("api/fulfilment/Approvals")<Approvals, Approvals.Shape>() {
  static readonly layer = Layer.effect(
    Approvals,
    Effect.gen(function* () {
      const progress = yield* ApprovalProgress
      const database = yield* Database
      const engine = yield* WorkflowEngine.WorkflowEngine

      const wake: Approvals.Shape["wake"] = (subject) =>
        Effect.flatMap(Tenancy.Current, (actor) => Saga.wake(FulfilOrder, { actor, subject }, _place)).pipe(
          Effect.provideService(WorkflowEngine.WorkflowEngine, engine)
        )

      const decide: Approvals.Shape["decide"] = Effect.fn("Approvals.decide")(
        function* (run, verdict, note) {
          yield* progress.decide(run, verdict, note)
          yield* wake(run)
        },
        (deciding) => database.transaction(deciding)
      )

      return Approvals.of({ decide, wake })
    })
  ).pipe(Layer.provide(ApprovalProgress.layer))
}

/** Of the wait of `ApproveStep`. */
const _place = { direction: "forward", step: "approve", attempt: 0 } as const

export { Approvals }
