import { SqlClient } from "@effect/sql"
import { Effect } from "effect"

/** Under the list of stuck steps: few rows of `saga_steps` ever come so far, and the rest is not read. */
const SagaIndexes = {
  add: Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE INDEX saga_steps_stuck ON saga_steps (tenant_id, saga)
      WHERE attempt >= 8 AND outcome = 'failed'`
  })
} as const

export { SagaIndexes }
