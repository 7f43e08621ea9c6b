import { SqlClient, SqlSchema } from "@effect/sql"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { Tenancy } from "@tessera/infra/tenancy"
import { Approval } from "@tessera/shared/approval/approval"
import { Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer, Option, Schema } from "effect"
import { ActorRepo } from "../actor-repo.ts"
import { FulfilmentMachines } from "../fulfilment-machines.ts"

const _Run = Schema.Struct({ id: Order.Id, run: Schema.Number })
const _Asked = Schema.Struct({ tenantId: Tenancy.Id, ..._Run.fields })

class _Row extends Schema.Class<_Row>("ApprovalRepo.Row")({
  status: Approval.Status,
  decidedBy: Schema.NullOr(Schema.String)
}) {}
const _Open = Schema.Struct({
  /** Until it is due; 0 from then on. */
  remainingMillis: Schema.Number,
  dueAt: Schema.DateTimeUtc,
  /** That this is the first time it was asked. */
  isNew: Schema.Boolean
})

declare namespace ApprovalRepo {
  type Run = typeof _Run.Type
  type Row = _Row
  type Open = typeof _Open.Type
  type Shape = {
    /** Locks the order's row until the transaction ends. */
    readonly hold: (run: ApprovalRepo.Run) => Effect.Effect<void, never, Tenancy.Current>
    /**
     * Asks for approval where the order needs it and stands right before its capture; it is due after as many
     * seconds as the tenant's settings say. A repetition changes nothing. Whoever wants to cancel the order
     * meanwhile comes first, and there is nothing to approve, or sees that it waits. None where nobody has to
     * approve.
     */
    readonly open: (
      run: ApprovalRepo.Run
    ) => Effect.Effect<Option.Option<ApprovalRepo.Open>, never, Tenancy.Current>
    readonly find: (
      run: ApprovalRepo.Run
    ) => Effect.Effect<Option.Option<ApprovalRepo.Row>, never, Tenancy.Current>
    /** In the name of the current actor; refused where there is none, it is decided, or past its time. */
    readonly decide: (
      run: ApprovalRepo.Run,
      verdict: Approval.Verdict,
      note: string | null
    ) => Effect.Effect<void, MachineStore.Refusal, Tenancy.Current>
    /** False where it is decided, or was never asked. */
    readonly expire: (run: ApprovalRepo.Run, reason: string) => Effect.Effect<boolean, never, Tenancy.Current>
  }
}

/** Rows of `approvals`, one for each run of an order that had to wait. */
class ApprovalRepo extends Context.Tag("api/fulfilment/ApprovalRepo")<ApprovalRepo, ApprovalRepo.Shape>() {
  static readonly layer = Layer.effect(
    ApprovalRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const machines = yield* MachineStore

      const selectOpen = SqlSchema.findOne({
        Request: _Asked,
        Result: _Open,
        execute: ({ id, run, tenantId }) => sql`
          WITH opened AS (
            INSERT INTO approvals (tenant_id, order_id, run, status, due_at)
            SELECT o.tenant_id, o.id, ${run}, 'pending',
              now() + make_interval(secs => coalesce(s.approval_seconds, 86400))
            FROM orders o LEFT JOIN order_settings s ON s.tenant_id = o.tenant_id
            WHERE o.tenant_id = ${tenantId} AND o.id = ${id} AND o.run = ${run} AND o.needs_approval
              AND o.status = 'authorised' AND NOT o.cancel_requested
            FOR NO KEY UPDATE OF o
            ON CONFLICT DO NOTHING RETURNING due_at
          )
          SELECT due_at, is_new, greatest(0, extract(epoch FROM due_at - clock_timestamp()) * 1000)::float8
            AS remaining_millis
          FROM (SELECT due_at, true AS is_new FROM opened UNION ALL SELECT due_at, false FROM approvals
            WHERE tenant_id = ${tenantId} AND order_id = ${id} AND run = ${run}) asked`
      })

      const select = SqlSchema.findOne({
        Request: _Asked,
        Result: _Row,
        execute: ({ id, run, tenantId }) => sql`
          SELECT status, decided_by FROM approvals
          WHERE tenant_id = ${tenantId} AND order_id = ${id} AND run = ${run}`
      })

      const open: ApprovalRepo.Shape["open"] = (run) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const asked = yield* Effect.orDie(selectOpen({ ...run, tenantId }))
          yield* Effect.when(machines.born(FulfilmentMachines.approval, _key(run)), () =>
            Option.isSome(asked)
          )
          return asked
        })

      const hold: ApprovalRepo.Shape["hold"] = ({ id }) =>
        Effect.flatMap(
          Tenancy.Current,
          ({ tenantId }) =>
            sql`SELECT 1 FROM orders WHERE tenant_id = ${tenantId} AND id = ${id} FOR NO KEY UPDATE`
        ).pipe(Effect.orDie, Effect.asVoid)

      const decide: ApprovalRepo.Shape["decide"] = (run, verdict, note) =>
        Effect.flatMap(ActorRepo.name(sql), (name) =>
          machines.send(FulfilmentMachines.approval, _key(run), verdict, {
            reason: note,
            // The timer may be late, the time is not.
            when: { holds: sql`due_at > clock_timestamp()`, otherwise: "the time to decide is over" },
            set: [sql`decided_by = ${name}`, sql`decided_at = now()`, sql`note = ${note}`]
          })
        ).pipe(Effect.asVoid)

      const expire: ApprovalRepo.Shape["expire"] = (run, reason) =>
        machines
          .send(FulfilmentMachines.approval, _key(run), "expire", {
            reason,
            set: [sql`decided_at = now()`]
          })
          .pipe(
            Effect.as(true),
            Effect.catchTags({
              "StateMachine.Illegal": () => Effect.succeed(false),
              "MachineStore.NotFound": () => Effect.succeed(false),
              "MachineStore.Stale": Effect.die
            })
          )

      return ApprovalRepo.of({
        hold,
        open,
        find: (run) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(select({ ...run, tenantId }))),
        decide,
        expire
      })
    })
  )
}

const _key = ({ id, run }: ApprovalRepo.Run): string => `${id}/${run}`

export { ApprovalRepo }
