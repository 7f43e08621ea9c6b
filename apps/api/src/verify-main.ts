import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Postgres } from "@tessera/infra/storage/postgres"
import { Config, Console, Data, Effect, Layer } from "effect"
import { Verify } from "./verify/verify.ts"
import { VerifyRepo } from "./verify/verify-repo.ts"
import { VerifyReport } from "./verify/verify-report.ts"

class Violated extends Data.TaggedError("Violated") {}

/** Exit code 1 on a violation, and when a book cannot be read. */
const main = Effect.gen(function* () {
  const url = yield* Config.redacted("DATABASE_URL")
  const sandboxUrl = yield* Config.string("SANDBOX_URL")
  const wait = process.argv.includes("--wait")
  const repo = VerifyRepo.layer.pipe(Layer.provide(Postgres.layer({ url, name: "verify", connections: 1 })))
  const outcome = yield* Effect.provide(Verify.run({ sandboxUrl, wait }), repo)
  yield* Console.log(VerifyReport.text(outcome))
  yield* Effect.unless(new Violated(), () => VerifyReport.isClean(outcome))
}).pipe(
  Effect.tapErrorCause((cause) =>
    Effect.unless(
      Effect.logError("could not verify", cause),
      () => cause._tag === "Fail" && cause.error._tag === "Violated"
    )
  )
)

NodeRuntime.runMain(main.pipe(Effect.provide(FetchHttpClient.layer)), { disableErrorReporting: true })
