import { Layer } from "effect"
import { FailureHttpLive } from "./failure-http-live.ts"
import { Failures } from "./failures.ts"

/** All `app.ts` knows of this folder. Whose failures they are (`FailurePanel`) is bound in `wiring/`. */
const FailureFeature = FailureHttpLive.pipe(Layer.provide(Failures.layer))

export { FailureFeature }
