import { assert, layer } from "@effect/vitest"
import { DurableDeferred, Workflow } from "@effect/workflow"
import { Effect, Layer, Schema } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { MessageCare } from "./message-care.ts"

const Answer = DurableDeferred.make("answer", { success: Schema.String })
const Waiting = Workflow.make({
  name: "Waiting",
  payload: { id: Schema.String },
  success: Schema.String,
  idempotencyKey: ({ id }) => id
})
const live = Waiting.toLayer(() => DurableDeferred.await(Answer))

const run = (executionId: string) =>
  Effect.flatMap(
    InfraSql,
    (sql) => sql<{ readonly tag: string; readonly processed: boolean; readonly payload: string | null }>`
      SELECT m.tag, m.processed, r.payload FROM cluster_messages m
      LEFT JOIN cluster_replies r ON r.request_id = m.id WHERE m.entity_id = ${executionId} ORDER BY m.id`
  )

const until = (
  executionId: string,
  holds: (rows: Effect.Effect.Success<ReturnType<typeof run>>) => boolean
) =>
  run(executionId).pipe(
    Effect.delay("50 millis"),
    Effect.repeat({ until: holds }),
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => "the state did not come" })
  )

/** As if the reply that says `Suspended` came to the database after the signal had been handled. */
const hidden = (executionId: string, by: number) =>
  Effect.flatMap(
    InfraSql,
    (sql) => sql`UPDATE cluster_replies SET request_id = ${by} * request_id WHERE abs(request_id) IN (
      SELECT id FROM cluster_messages WHERE entity_id = ${executionId} AND tag = 'run')`
  )

layer(live.pipe(Layer.provideMerge(TestCluster.layer)), { timeout: "60 seconds", excludeTestServices: true })(
  "MessageCare",
  (it) => {
    it.scoped("wakes a workflow whose signal came while it was falling asleep", () =>
      Effect.gen(function* () {
        const executionId = yield* Waiting.execute({ id: "one" }, { discard: true })
        yield* until(executionId, ([row]) => row?.payload?.includes("Suspended") === true)
        yield* hidden(executionId, -1)
        const token = DurableDeferred.tokenFromExecutionId(Answer, { workflow: Waiting, executionId })
        yield* DurableDeferred.succeed(Answer, { token, value: "yes" })
        yield* until(executionId, (rows) =>
          rows.some(({ processed, tag }) => tag === "deferred" && processed)
        )
        yield* hidden(executionId, -1)
        const asleep = yield* run(executionId)

        yield* until(executionId, ([row]) => row?.payload?.includes("Complete") === true).pipe(
          Effect.provide(MessageCare.layer)
        )
        const result = yield* Waiting.execute({ id: "one" })

        assert.include(String(asleep[0]?.payload), "Suspended")
        assert.strictEqual(result, "yes")
      })
    )
  }
)
