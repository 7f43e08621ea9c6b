// The product's replica with probes beside it: everything that the cases of the test bed ask from outside.
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { App } from "../apps/api/src/app.ts"
import { Config } from "../apps/api/src/config.ts"
import { Watchdog } from "../apps/api/src/watchdog.ts"
import { ProbeRoutes } from "./bed/probe-routes.ts"

NodeRuntime.runMain(
  Config.load.pipe(
    Effect.flatMap((config) =>
      Layer.launch(Watchdog.layer.pipe(Layer.provide(App.layer(config, ProbeRoutes)))).pipe(
        Effect.annotateLogs({ replica: config.replicaId })
      )
    )
  )
)
