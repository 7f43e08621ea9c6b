import { Path } from "@effect/platform"
import { Config, Effect } from "effect"

/** A file below `DATA_DIR` (default `.data`, relative to the working directory of the process). */
const DataFile = {
  at: Effect.fn("DataFile.at")(function* (...segments: ReadonlyArray<string>) {
    const path = yield* Path.Path
    const dataDir = yield* Config.string("DATA_DIR").pipe(Config.withDefault(".data"))
    return path.resolve(dataDir, ...segments)
  })
} as const

export { DataFile }
