import { SqlClient, type SqlConnection } from "@effect/sql"
import { Context, Effect, FiberRef, Layer, MutableRef, Option, Scope } from "effect"
import pg from "pg"
import { Tenancy } from "./tenancy.ts"

type _Open = {
  readonly tenantId: Tenancy.Id
  readonly hooks: MutableRef.MutableRef<ReadonlyArray<Effect.Effect<unknown>>>
}

declare namespace Database {
  type Shape = {
    /**
     * Runs the effect in one transaction as `tessera_app` with the current tenant set for row-level security.
     * Inside another transaction of this service it joins it; a lost database is a defect, and so is a second
     * tenant inside the transaction of a first.
     */
    readonly transaction: <A, E, R>(
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E, R | Tenancy.Current>
    /** Forks the effect once the surrounding transaction has committed; at once where there is none. */
    readonly afterCommit: (effect: Effect.Effect<unknown>) => Effect.Effect<void>
  }
}

const _open = FiberRef.unsafeMake<Option.Option<_Open>>(Option.none())

/** The only door to tenant data: without it the policies show zero rows. */
class Database extends Context.Tag("infra/tenancy/Database")<Database, Database.Shape>() {
  static readonly layer = Layer.effect(
    Database,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const afterCommit = (effect: Effect.Effect<unknown>) =>
        FiberRef.get(_open).pipe(
          Effect.flatMap(
            Option.match({
              onNone: () => Effect.asVoid(_detached(effect)),
              onSome: ({ hooks }) =>
                Effect.sync(() => {
                  MutableRef.update(hooks, (effects) => [...effects, effect])
                })
            })
          )
        )

      const begin = <A, E, R>(effect: Effect.Effect<A, E, R>, tenantId: Tenancy.Id) =>
        Effect.gen(function* () {
          const hooks: _Open["hooks"] = MutableRef.make<ReadonlyArray<Effect.Effect<unknown>>>([])
          const result = yield* effect.pipe(
            Effect.locally(_open, Option.some({ tenantId, hooks })),
            Effect.mapError((refusal) => ({ _tag: "Refused" as const, refusal })),
            _transaction(sql, tenantId),
            Effect.catchTags({
              SqlError: (error) => Effect.die(error),
              Refused: ({ refusal }) => Effect.fail(refusal)
            })
          )
          yield* Effect.forEach(MutableRef.get(hooks), _detached, { discard: true })
          return result
        })

      const transaction = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const open = yield* FiberRef.get(_open)
          return yield* Option.match(open, {
            onNone: () => begin(effect, tenantId),
            onSome: (outer) =>
              outer.tenantId === tenantId
                ? effect
                : Effect.dieMessage("a transaction of one tenant cannot be joined by another")
          })
        })

      return Database.of({ transaction, afterCommit })
    })
  )
}

const _run = (connection: SqlConnection.Connection, statements: string) =>
  Effect.asVoid(connection.executeUnprepared(statements, [], undefined))

/** As the client's own, but the tenant is set on the way of the statement that begins it. */
const _transaction = (sql: SqlClient.SqlClient, tenantId: Tenancy.Id) => {
  const tenant = `SELECT set_config('app.tenant', ${pg.escapeLiteral(tenantId)}, true)`
  return SqlClient.makeWithTransaction({
    transactionTag: SqlClient.TransactionConnection,
    spanAttributes: [],
    acquireConnection: Effect.flatMap(Scope.make(), (scope) =>
      Effect.map(Scope.extend(sql.reserve, scope), (connection) => [scope, connection] as const)
    ),
    begin: (connection) => _run(connection, `BEGIN; ${tenant}`),
    savepoint: (connection, id) => _run(connection, `SAVEPOINT tenant_${id}; ${tenant}`),
    commit: (connection) => _run(connection, "COMMIT"),
    rollback: (connection) => _run(connection, "ROLLBACK"),
    rollbackSavepoint: (connection, id) => _run(connection, `ROLLBACK TO SAVEPOINT tenant_${id}`)
  })
}

/** A hook must not inherit the finished transaction: neither its connection nor its own marker. */
const _detached = (effect: Effect.Effect<unknown>) =>
  effect.pipe(
    Effect.locally(_open, Option.none()),
    Effect.mapInputContext((context: Context.Context<never>) =>
      Context.omit(SqlClient.TransactionConnection)(context)
    ),
    Effect.catchAllCause((cause) => Effect.logWarning("a hook after commit failed", cause)),
    Effect.forkDaemon
  )

export { Database }
