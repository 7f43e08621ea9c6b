import { Effect, Layer } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { HealthService } from "./health-service.ts"

/** Without PostgreSQL a process can serve nothing: the one critical check. */
const PostgresHealth = Layer.effectDiscard(
  Effect.gen(function* () {
    const health = yield* HealthService
    const sql = yield* InfraSql
    yield* health.register({ name: "postgresql", critical: true, check: Effect.asVoid(sql`SELECT 1`) })
  })
)

export { PostgresHealth }
