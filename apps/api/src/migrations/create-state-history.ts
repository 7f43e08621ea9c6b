import { SqlClient } from "@effect/sql"
import { MachineTables } from "@tessera/infra/machines/machine-tables"
import { Effect } from "effect"

/**
 * 0011. What every order, payment and shipment went through. Versions have a default, because replicas of the
 * version before go on writing their rows while this one is rolled out.
 */
const CreateStateHistory = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* MachineTables.create
  yield* sql`ALTER TABLE payments ADD COLUMN version int NOT NULL DEFAULT 1`
  yield* sql`ALTER TABLE shipments ADD COLUMN version int NOT NULL DEFAULT 1`
})

export { CreateStateHistory }
