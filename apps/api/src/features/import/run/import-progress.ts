import { EventBus } from "@tessera/infra/events/event-bus"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Context, Effect, Layer, Option } from "effect"
import { ImportFact } from "../rows/import-fact.ts"
import { type ImportMeter } from "./import-meter.ts"
import { ImportRunRepo } from "./import-run-repo.ts"
import { type Superseded } from "./superseded.ts"

declare namespace ImportProgress {
  type Shape = {
    /** Writes and publishes a reading when the meter gives one. */
    readonly report: (
      run: ImportRunRepo.Run,
      meter: ImportMeter.Shape,
      position: ImportMeter.Position
    ) => Effect.Effect<void, Superseded, Tenancy.Current>
  }
}

/** How far an import is, for its row and for those who watch; a small transaction, never that of a batch. */
class ImportProgress extends Context.Tag("api/import/ImportProgress")<
  ImportProgress,
  ImportProgress.Shape
>() {
  static readonly layer = Layer.effect(
    ImportProgress,
    Effect.gen(function* () {
      const runs = yield* ImportRunRepo
      const bus = yield* EventBus
      const database = yield* Database
      return ImportProgress.of({
        report: (run, meter, position) =>
          Effect.flatMap(
            meter.read(position),
            Option.match({
              onNone: () => Effect.void,
              onSome: (reading) =>
                database.transaction(
                  Effect.zipRight(
                    runs.progressed(run, reading),
                    bus.emit(ImportFact.progressed(run, reading.percent, position.rows))
                  )
                )
            })
          )
      })
    })
  )
}

export { ImportProgress }
