import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { BootGuard } from "@tessera/infra/tenancy/boot-guard"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Effect, Layer } from "effect"
import { MigratedDatabase } from "../testing/migrated-database.ts"

const live = MigratedDatabase.layer.pipe(Layer.provideMerge(TestDatabase.layer))

const foundBy = (role: TestDatabase.Role) =>
  BootGuard.check.pipe(Effect.flip, Effect.map(String), Effect.provide(TestDatabase.as(role)))

const asOwner = (statement: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)).pipe(
    Effect.provide(TestDatabase.as("tessera_owner"))
  )

layer(live, { timeout: "60 seconds" })("the migrations", (it) => {
  it.effect("leave a database on which replicas start", () =>
    Effect.gen(function* () {
      yield* BootGuard.check.pipe(Effect.provide(TestDatabase.as("tessera_app")))
      yield* BootGuard.check.pipe(Effect.provide(TestDatabase.as("tessera_infra")))
    })
  )

  it.effect("leave one on which nobody serves as its owner", () =>
    Effect.gen(function* () {
      assert.include(yield* foundBy("tessera_owner"), "role tessera_owner owns table orders")
    })
  )

  it.effect("must not open a table or leave it without row-level security: no replica would start", () =>
    Effect.gen(function* () {
      yield* asOwner("CREATE POLICY everybody ON products USING (true) WITH CHECK (true)")
      const opened = yield* foundBy("tessera_app")
      yield* asOwner("DROP POLICY everybody ON products")
      yield* asOwner("ALTER TABLE orders NO FORCE ROW LEVEL SECURITY")
      const unforced = yield* foundBy("tessera_app")

      assert.include(opened, "policy everybody on products is open")
      assert.include(unforced, "table orders lacks forced row-level security")
    })
  )
})
