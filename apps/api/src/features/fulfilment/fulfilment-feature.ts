import { WorkflowEngine } from "@effect/workflow"
import { ClusterError } from "@tessera/infra/cluster/cluster-error"
import { JobService } from "@tessera/infra/jobs/job-service"
import { Tenancy } from "@tessera/infra/tenancy"
import { Saga } from "@tessera/infra/workflows/saga"
import { Effect, Layer } from "effect"
import { ApprovalProgress } from "./approval/approval-progress.ts"
import { ApprovalRepo } from "./approval/approval-repo.ts"
import { FulfilOrder } from "./fulfil-order.ts"
import { FulfilOrderJob } from "./fulfil-order-job.ts"
import { FulfilmentSteps } from "./fulfilment-steps.ts"
import { OrderProgress } from "./order-progress.ts"
import { OrderProgressRepo } from "./order-progress-repo.ts"
import { StockRepo } from "./stock-repo.ts"
import { StuckStepHttpLive } from "./stuck/stuck-step-http-live.ts"
import { StuckSteps } from "./stuck/stuck-steps.ts"

/**
 * An undone order is a normal end of the job: the customer was told no, and everything is given back. So is
 * one that waits for somebody: its saga goes on by itself.
 */
const _job = Layer.effectDiscard(
  Effect.gen(function* () {
    const jobs = yield* JobService
    const engine = yield* WorkflowEngine.WorkflowEngine
    yield* jobs.handle(FulfilOrderJob, ({ orderId, run }) =>
      Effect.flatMap(Tenancy.Current, (actor) =>
        Saga.run(FulfilOrder, { actor, subject: { id: orderId, run } }).pipe(
          ClusterError.refine,
          Effect.catchTag("Saga.Undone", ({ reason }) => Effect.logInfo(`the order was undone: ${reason}`)),
          Effect.provideService(WorkflowEngine.WorkflowEngine, engine)
        )
      )
    )
  })
)

const _saga = Saga.layer(FulfilOrder, FulfilmentSteps).pipe(
  Layer.provide(ApprovalProgress.layer),
  Layer.provide(ApprovalRepo.layer),
  Layer.provide(OrderProgress.layer),
  Layer.provide(OrderProgressRepo.layer),
  Layer.provide(StockRepo.layer)
)

/**
 * The saga behind every order, and the door to those of its steps that are stuck. What it still requires
 * (Payments, Carrier) is bound in `wiring/`.
 */
const FulfilmentFeature = Layer.mergeAll(_job, _saga, StuckStepHttpLive.pipe(Layer.provide(StuckSteps.layer)))

export { FulfilmentFeature }
