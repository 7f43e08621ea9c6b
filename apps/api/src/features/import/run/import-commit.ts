import { EventBus } from "@tessera/infra/events/event-bus"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Context, Effect, Layer } from "effect"
import { ImportOrders } from "../import-orders.ts"
import { ImportProducts } from "../import-products.ts"
import { ImportRepo } from "../import-repo.ts"
import { ImportFact } from "../rows/import-fact.ts"
import { StagedLine } from "../rows/staged-line.ts"
import { ImportMeter } from "./import-meter.ts"
import { ImportProgress } from "./import-progress.ts"
import { ImportRunRepo } from "./import-run-repo.ts"
import { ImportStageRepo } from "./import-stage-repo.ts"
import { type Superseded } from "./superseded.ts"

declare namespace ImportCommit {
  type Shape = {
    readonly run: (run: ImportRunRepo.Run) => Effect.Effect<void, Superseded, Tenancy.Current>
  }
}

/** Units of one transaction. */
const _batch = { products: 200, orders: 100 } as const

/**
 * Hands what is staged to the feature that owns it. The position moves in the transaction that writes the
 * batch, so whatever dies in between, each unit is handed over once.
 */
class ImportCommit extends Context.Tag("api/import/ImportCommit")<ImportCommit, ImportCommit.Shape>() {
  static readonly layer = Layer.effect(
    ImportCommit,
    Effect.gen(function* () {
      const products = yield* ImportProducts
      const orders = yield* ImportOrders
      const database = yield* Database
      const bus = yield* EventBus
      const imports = yield* ImportRepo
      const runs = yield* ImportRunRepo
      const stages = yield* ImportStageRepo
      const progress = yield* ImportProgress

      const write = {
        products: ({ id }: ImportRunRepo.Run, slice: ImportStageRepo.Slice) =>
          stages.productUnits(id, slice).pipe(
            Effect.map((units) =>
              units.map(({ key, place, lines }) => StagedLine.product(key, place, lines))
            ),
            Effect.flatMap((rows) => products.upsert(rows, id)),
            Effect.map((upserted) => ({ ...upserted, skipped: 0 }))
          ),
        orders: ({ id }: ImportRunRepo.Run, slice: ImportStageRepo.Slice) =>
          stages.orderUnits(id, slice).pipe(
            Effect.map((units) => units.map(({ key, lines }) => StagedLine.order(key, lines))),
            Effect.flatMap((drafts) => orders.place(drafts, id)),
            Effect.map((placed) => ({ ...placed, updated: 0 }))
          )
      } as const

      const commit = (run: ImportRunRepo.Run, meter: ImportMeter.Shape) => (after: number) =>
        Effect.gen(function* () {
          const limit = _batch[run.kind]
          const upTo = Math.min(run.units, after + limit)
          yield* database.transaction(
            Effect.gen(function* () {
              yield* runs.hold(run)
              const written = yield* write[run.kind](run, { after, limit })
              yield* runs.committed(run, { ...written, upTo })
            })
          )
          const rows = Math.round((run.counts.rows * upTo) / run.units)
          yield* progress.report(run, meter, { done: upTo, total: run.units, rows })
          return upTo
        })

      const finish = (run: ImportRunRepo.Run) =>
        database.transaction(
          Effect.gen(function* () {
            const done = yield* runs.finish(run, "completed", null)
            yield* stages.clear(run.id)
            yield* imports.remember(run.kind, done)
            yield* bus.emit(ImportFact.completed(done))
          })
        )

      const run: ImportCommit.Shape["run"] = Effect.fn("ImportCommit.run")(function* (current) {
        const meter = yield* ImportMeter.make({ done: current.committedUnit })
        yield* Effect.iterate(current.committedUnit, {
          while: (place) => place < current.units,
          body: commit(current, meter)
        })
        yield* finish(current)
      })

      return ImportCommit.of({ run })
    })
  )
}

export { ImportCommit }
