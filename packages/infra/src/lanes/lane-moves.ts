import { Context, Duration, Effect, Layer, MutableRef, Option, PubSub, Schedule, Stream } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"

declare namespace LaneMoves {
  type Shape = {
    /** The replica that took the partition over last, as known 1 s ago; none before the first look. */
    readonly ownerOf: (partition: number) => Option.Option<string>
    /** Ends when the partition has got another owner, or the same one anew; at most 1 s late. */
    readonly moved: (partition: number) => Effect.Effect<void>
  }
}

type _Row = { readonly partition: number; readonly epoch: number; readonly owner: string | null }

const _interval = Schedule.spaced(Duration.seconds(1))

/**
 * Knows who has which partition, and tells when one changes hands, for those who listen to an owner. One that
 * has lost its shard may live on and owe its listeners the end of the stream; the epoch in the database is
 * raised by whoever follows.
 */
class LaneMoves extends Context.Tag("infra/lanes/LaneMoves")<LaneMoves, LaneMoves.Shape>() {
  static readonly layer = Layer.scoped(
    LaneMoves,
    Effect.gen(function* () {
      const sql = yield* InfraSql
      const known = MutableRef.make<ReadonlyMap<number, _Row>>(new Map())
      const moves = yield* PubSub.unbounded<number>()

      const look = Effect.gen(function* () {
        const rows = yield* sql<_Row>`SELECT partition, epoch, owner FROM lane_partitions`
        const before = MutableRef.getAndSet(known, new Map(rows.map((row) => [row.partition, row])))
        const changed = rows.filter(
          ({ epoch, partition }) => (before.get(partition)?.epoch ?? epoch) !== epoch
        )
        yield* PubSub.publishAll(
          moves,
          changed.map(({ partition }) => partition)
        )
      })
      yield* look.pipe(
        Effect.catchAllCause((cause) => Effect.logDebug("the owners of the lanes could not be read", cause)),
        Effect.repeat(_interval),
        Effect.forkScoped
      )

      return LaneMoves.of({
        ownerOf: (partition) => Option.fromNullable(MutableRef.get(known).get(partition)?.owner),
        moved: (partition) =>
          Stream.fromPubSub(moves).pipe(
            Stream.filter((moved) => moved === partition),
            Stream.take(1),
            Stream.runDrain
          )
      })
    })
  )
}

export { LaneMoves }
