import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { App } from "./app.ts"
import { Config } from "./config.ts"
import { Watchdog } from "./watchdog.ts"

NodeRuntime.runMain(
  Config.load.pipe(
    Effect.flatMap((config) =>
      Layer.launch(Watchdog.layer.pipe(Layer.provide(App.layer(config)))).pipe(
        Effect.annotateLogs({ replica: config.replicaId })
      )
    )
  )
)
