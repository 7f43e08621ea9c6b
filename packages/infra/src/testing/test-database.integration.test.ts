import { SqlClient } from "@effect/sql"
import { expect, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestDatabase } from "./test-database.ts"

layer(TestDatabase.layer)("a test's database", (it) => {
  it.effect("lets the application role in, which may bypass nothing", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const rows =
        yield* sql`SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user`

      expect(rows).toEqual([{ rolname: "tessera_app", rolsuper: false, rolbypassrls: false }])
    }).pipe(Effect.provide(TestDatabase.as("tessera_app")))
  )

  it.effect("is empty, and the owner's to fill", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      yield* sql`CREATE TABLE things (id int)`

      expect(
        yield* sql`SELECT schemaname, tablename FROM pg_tables WHERE tableowner LIKE 'tessera_%'`
      ).toEqual([{ schemaname: "app", tablename: "things" }])
    }).pipe(Effect.provide(TestDatabase.as("tessera_owner")))
  )
})
