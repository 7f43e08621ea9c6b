import { type Statement } from "@effect/sql"
import { Duration, Effect, Metric, Option, Schedule } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { LaneMetrics } from "./lane-metrics.ts"
import { LaneRegistry } from "./lane-registry.ts"
import { LaneWaker } from "./lane-waker.ts"
import { LocalHosts } from "./local-hosts.ts"

type _Row = {
  readonly what: "lane" | "depth" | "epoch"
  readonly kind: string
  readonly partition: number
  readonly key: string
  /** Due rows, or the epoch. */
  readonly amount: number
  readonly seconds: number
}

/** Where one kind's look stands: after this lane. */
type _Place = { readonly kind: LaneRegistry.Kind; readonly partition: number; readonly key: string }

/** Lanes of one kind that one statement finds. */
const _page = 500
const _counted = 100_000
/** Long turns of other lanes must not end the sweep. */
const _patience = Duration.seconds(5)

/** Above every statement's own deadline: a connection that died in silence must not end the sweeps. */
const _silence = Duration.seconds(70)

const _isStart = ({ partition }: _Place): boolean => partition < 0
const _start = (kind: LaneRegistry.Kind): _Place => ({ kind, partition: -1, key: "" })

/**
 * Looks at everything that is due in the partitions of this replica, all kinds in one statement, lane after
 * lane in pages, so that each lane has its turn however many there are; and learns the epochs. It heals lost
 * wakes, starts backlogs after a restart and finds work that was far off.
 */
const LaneSweep = {
  make: Effect.gen(function* () {
    const sql = yield* InfraSql
    const registry = yield* LaneRegistry
    const hosts = yield* LocalHosts
    const waker = yield* LaneWaker

    const lanes = ({ key, kind, partition }: _Place, due: Statement.Fragment) => sql`
      (SELECT 'lane' AS what, ${kind.name}::text AS kind, partition::int, key, 0::float8 AS amount,
        0::float8 AS seconds
      FROM (${due}) AS due WHERE (partition, key) > (${partition}::smallint, ${key}::text)
      GROUP BY partition, key ORDER BY partition, key LIMIT ${_page})`

    const depth = ({ name }: LaneRegistry.Kind, due: Statement.Fragment) => sql`
      SELECT 'depth', ${name}::text, 0, '', count(*)::float8,
        coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8
      FROM (SELECT due_at FROM (${due}) AS due LIMIT ${_counted}) AS counted`

    const epochs = (partitions: ReadonlyArray<number>) => sql`
      SELECT 'epoch', '', partition::int, '', epoch::float8, 0 FROM lane_partitions
      WHERE partition = ANY (${partitions}::smallint[])`

    const look = (partitions: ReadonlyArray<number>, places: ReadonlyArray<_Place>) =>
      Effect.gen(function* () {
        const parts = yield* Effect.forEach(places, (place) =>
          Effect.map(place.kind.due(partitions), (due) =>
            _isStart(place) ? [lanes(place, due), depth(place.kind, due)] : [lanes(place, due)]
          )
        )
        const all = places.every(_isStart) ? [...parts.flat(), epochs(partitions)] : parts.flat()
        return yield* sql<_Row>`${sql.join(" UNION ALL ", false)(all)}`
      }).pipe(Effect.timeout(_silence), Effect.orDie)

    const actions = {
      lane: ({ key, kind, partition }: _Row) => waker.wake(partition, { kind, key }),
      depth: ({ amount, kind, seconds }: _Row) =>
        Effect.zipRight(
          Metric.set(LaneMetrics.depth(kind), amount),
          Metric.set(LaneMetrics.oldest(kind), seconds)
        ),
      epoch: ({ amount, partition }: _Row) =>
        Option.match(hosts.find(partition), {
          onNone: () => Effect.void,
          onSome: (host) => host.see(amount)
        })
    } satisfies Record<_Row["what"], (row: _Row) => Effect.Effect<void>>

    const room = hosts.hasRoom.pipe(
      Effect.repeat({ until: (has) => has, schedule: Schedule.spaced("10 millis") }),
      Effect.timeoutOption(_patience)
    )

    const page = (partitions: ReadonlyArray<number>) => (places: ReadonlyArray<_Place>) =>
      Effect.gen(function* () {
        yield* room
        const rows = yield* look(partitions, places)
        yield* Effect.forEach(rows, (row) => actions[row.what](row), { discard: true })
        const found = rows.filter(({ what }) => what === "lane")
        yield* Metric.incrementBy(LaneMetrics.swept, found.length)
        return places.flatMap(({ kind }) => _next(kind, found))
      })

    const sweep = Effect.gen(function* () {
      const partitions = yield* waker.owned
      const kinds = yield* registry.all
      yield* Effect.iterate(kinds.map(_start), {
        while: (places) => places.length > 0 && partitions.length > 0,
        body: page(partitions)
      })
    })
    return { sweep }
  })
} as const

/** None for a kind whose page was not full: the sweep has seen all of it. */
const _next = (kind: LaneRegistry.Kind, found: ReadonlyArray<_Row>): ReadonlyArray<_Place> => {
  const own = found.filter((row) => row.kind === kind.name)
  return Option.match(
    Option.filter(Option.fromNullable(own.at(-1)), () => own.length === _page),
    { onNone: () => [], onSome: ({ key, partition }) => [{ kind, partition, key }] }
  )
}

export { LaneSweep }
