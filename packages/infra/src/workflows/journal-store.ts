import { type SqlError } from "@effect/sql"
import { Cause, Context, Data, Effect, Exit, Layer, Option, Schedule } from "effect"
import { Batcher } from "../storage/batcher.ts"
import { PreparedPool } from "../storage/prepared-pool.ts"
import { SqlState } from "../storage/sql-state.ts"

declare namespace JournalStore {
  type Run = {
    readonly executionId: string
    readonly epoch: string
    /** Exits that stand, by `JournalStore.placeOf`; whoever writes one adds it. */
    readonly exits: Map<string, string>
  }
  type Entry = {
    readonly execution_id: string
    readonly epoch: string
    readonly name: string
    readonly attempt: number
    readonly exit: string
  }
  type Shape = {
    /** Takes the run over: nobody who began it before can write any more. None: it belongs to stock. */
    readonly begin: (executionId: string) => Effect.Effect<Option.Option<JournalStore.Run>>
    /** The exit that stands, which is another's if that one was first; none when the epoch is over. */
    readonly write: (entry: JournalStore.Entry) => Effect.Effect<Option.Option<string>>
  }
}

class _Busy extends Data.TaggedError("JournalStore.Busy") {}

type _Begun = {
  readonly ordinal: number
  readonly state: "journal" | "stock" | "busy"
  readonly epoch: string | null
  readonly exits: ReadonlyArray<Pick<JournalStore.Entry, "name" | "attempt" | "exit">> | null
}
type _Written = { readonly ordinal: number; readonly isLive: boolean; readonly isWritten: boolean }
type _Trouble = SqlError.SqlError | _Busy

const _beginStatement = `SELECT ordinal, state, epoch::text, exits
  FROM cluster.begin_runs($1::json, $2::boolean) ORDER BY ordinal`

/** The lock on the run makes the write and a take-over wait for each other; sorted against deadlocks. */
const _writeStatement = `WITH given AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json)
      AS g(ordinal int, execution_id text, epoch bigint, name text, attempt int, exit text)
  ), live AS MATERIALIZED (
    SELECT r.execution_id, r.epoch FROM cluster.workflow_runs r
    WHERE r.execution_id IN (SELECT execution_id FROM given) ORDER BY r.execution_id FOR SHARE
  ), written AS (
    INSERT INTO cluster.workflow_journal (execution_id, name, attempt, exit)
    SELECT g.execution_id, g.name, g.attempt, g.exit FROM given g JOIN live USING (execution_id, epoch)
    ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING RETURNING execution_id, name, attempt, exit
  )
  SELECT g.ordinal, l.epoch IS NOT NULL AS "isLive", w.exit IS NOT NULL AS "isWritten"
  FROM given g LEFT JOIN live l USING (execution_id, epoch)
  LEFT JOIN written w USING (execution_id, name, attempt, exit) ORDER BY g.ordinal`

/** A statement of its own: the insert's snapshot does not see the row that it lost against. */
const _winnersStatement = `SELECT j.execution_id, j.name, j.attempt, j.exit
  FROM json_to_recordset($1::json) AS g(execution_id text, name text, attempt int)
  JOIN cluster.workflow_journal j USING (execution_id, name, attempt)`

const _batch = { maxSize: 200, inFlight: 2 } as const

const _key = ({ attempt, name }: Pick<JournalStore.Entry, "name" | "attempt">) => `${attempt}/${name}`
const _place = (entry: Pick<JournalStore.Entry, "execution_id" | "name" | "attempt">) =>
  `${entry.execution_id}/${_key(entry)}`

const _run = (executionId: string, { epoch, exits }: _Begun): JournalStore.Run => ({
  executionId,
  epoch: epoch ?? "0",
  exits: new Map((exits ?? []).map((entry) => [_key(entry), entry.exit]))
})

const _states = {
  journal: (id: string, begun: _Begun) => Exit.succeed(Option.some(_run(id, begun))),
  stock: () => Exit.succeed(Option.none()),
  busy: () => Exit.fail(new _Busy())
} as const

const _begin =
  ({ query }: PreparedPool.Shape, isJournalled: boolean) =>
  (ids: ReadonlyArray<string>) =>
    Effect.map(query<_Begun>(_beginStatement, [JSON.stringify(ids), isJournalled]), (rows) =>
      rows.map((row) => _states[row.state](ids[row.ordinal - 1] ?? "", row))
    )

const _write =
  ({ query }: PreparedPool.Shape) =>
  (entries: ReadonlyArray<JournalStore.Entry>) =>
    Effect.gen(function* () {
      const given = JSON.stringify(entries.map((entry, ordinal) => ({ ...entry, ordinal })))
      const rows = yield* query<_Written>(_writeStatement, [given])
      const lost = rows.flatMap(({ isLive, isWritten, ordinal }) =>
        isLive && !isWritten ? entries.slice(ordinal, ordinal + 1) : []
      )
      const winners =
        lost.length === 0 ? [] : yield* query<JournalStore.Entry>(_winnersStatement, [JSON.stringify(lost)])
      const standing = new Map(winners.map((winner) => [_place(winner), winner.exit]))
      return entries.map((entry, index) =>
        rows[index]?.isLive === true
          ? Exit.succeed(Option.some(standing.get(_place(entry)) ?? entry.exit))
          : Exit.succeed(Option.none<string>())
      )
    })

/** SQL states of classes 22 and 23: the entry is to blame, and would be refused for ever. */
const _isPoison = (cause: Cause.Cause<unknown>): boolean => /^2[23]/.test(SqlState.of(cause))

const _pause = Schedule.jittered(
  Schedule.union(Schedule.exponential("50 millis"), Schedule.spaced("2 seconds"))
)

/** What an activity did is not lost with the database: tried until that answers or the run is interrupted. */
const _patient = <A>(effect: Effect.Effect<A, _Trouble>): Effect.Effect<A> =>
  effect.pipe(
    Effect.sandbox,
    Effect.tapError((cause) =>
      Effect.unless(Effect.logWarning("the journal was not written", cause), () => Cause.isInterrupted(cause))
    ),
    Effect.retry({
      while: (cause) => !(Cause.isInterrupted(cause) || _isPoison(cause)),
      schedule: _pause
    }),
    Effect.unsandbox,
    Effect.orDie
  )

/** Runs and their journals, in batches; it asks until the database answers. */
class JournalStore extends Context.Tag("infra/workflows/JournalStore")<JournalStore, JournalStore.Shape>() {
  static readonly placeOf = _key

  /** `isJournalled` false: runs that begin now are stock's, those with a journal are finished with it. */
  static readonly layer = (options: { readonly isJournalled: boolean }) =>
    Layer.scoped(
      JournalStore,
      Effect.gen(function* () {
        const pool = yield* PreparedPool
        const begin = yield* Batcher.make<string, Option.Option<JournalStore.Run>, _Trouble>(
          _begin(pool, options.isJournalled),
          { name: "workflow-runs", ..._batch }
        )
        const write = yield* Batcher.make<JournalStore.Entry, Option.Option<string>, _Trouble>(_write(pool), {
          name: "workflow-journal",
          ..._batch
        })
        return JournalStore.of({
          begin: (executionId) => _patient(begin(executionId)),
          write: (entry) => _patient(write(entry))
        })
      })
    )
}

export { JournalStore }
