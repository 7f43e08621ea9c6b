import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { App } from "./app.ts"
import { Config } from "./config.ts"
import { Watchdog } from "./watchdog.ts"

NodeRuntime.runMain(
  Config.load.pipe(
    Effect.flatMap((config) =>
      Layer.launch(Layer.merge(App.layer(config), Watchdog.layer)).pipe(
        Effect.annotateLogs({ replica: config.replicaId })
      )
    )
  )
)
