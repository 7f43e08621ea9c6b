import { WorkflowEngine } from "@effect/workflow"
import { JobService } from "@tessera/infra/jobs/job-service"
import { Tenancy } from "@tessera/infra/tenancy"
import { Saga } from "@tessera/infra/workflows/saga"
import { Effect, Layer } from "effect"
import { FulfilOrder } from "./fulfil-order.ts"
import { FulfilOrderJob } from "./fulfil-order-job.ts"
import { OrderHttpLive } from "./order-http-live.ts"
import { OrderLinesRepo } from "./order-lines-repo.ts"
import { OrderProgress } from "./order-progress.ts"
import { OrderProgressRepo } from "./order-progress-repo.ts"
import { OrderRepo } from "./order-repo.ts"
import { OrderSteps } from "./order-steps.ts"
import { Orders } from "./orders.ts"
import { StockRepo } from "./stock-repo.ts"

/** An undone order is a normal end of the job: the customer was told no, and everything is given back. */
const _job = Layer.effectDiscard(
  Effect.gen(function* () {
    const jobs = yield* JobService
    const engine = yield* WorkflowEngine.WorkflowEngine
    yield* jobs.handle(FulfilOrderJob, ({ orderId, run }) =>
      Effect.flatMap(Tenancy.Current, (actor) =>
        FulfilOrder.execute({ actor, subject: { id: orderId, run } }).pipe(
          Effect.catchTag("Saga.Undone", ({ reason }) => Effect.logInfo(`the order was undone: ${reason}`)),
          Effect.provideService(WorkflowEngine.WorkflowEngine, engine)
        )
      )
    )
  })
)

const _saga = Saga.layer(FulfilOrder, OrderSteps).pipe(
  Layer.provide(OrderProgress.layer),
  Layer.provide(OrderProgressRepo.layer),
  Layer.provide(StockRepo.layer)
)

/** All `app.ts` knows of this folder. Its unmet requirements (Payments, Carrier …) are the feature's shopping list. */
const OrderFeature = Layer.mergeAll(OrderHttpLive, _job, _saga).pipe(
  Layer.provide(Orders.layer),
  Layer.provide(OrderLinesRepo.layer),
  Layer.provide(OrderRepo.layer)
)

export { OrderFeature }
