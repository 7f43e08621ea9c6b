import { type FileSystem, type Path } from "@effect/platform"
import { type ConfigError, Context, Effect, HashMap, Layer, Option, Ref, Schema } from "effect"
import { DataFile } from "../data-file.ts"
import { Journal } from "../journal.ts"
import { ReceiverPlan } from "./receiver-plan.ts"
import { WebhookSignature } from "./webhook-signature.ts"

const _Delivery = Schema.Struct({
  /** ISO 8601, UTC. */
  at: Schema.String,
  path: Schema.String,
  /** The `webhook-id` header, the same for every attempt of one message; empty when it was missing. */
  id: Schema.String,
  /** `null` when the path has no secret, so that nothing could be checked. */
  valid: Schema.NullOr(Schema.Boolean),
  verified: Schema.Boolean,
  type: Schema.NullOr(Schema.String),
  bodyHash: Schema.String,
  /** What was answered, or would have been had the sender waited. */
  status: Schema.Int
})

/** Deliveries kept in memory; the file keeps all. */
const _kept = 10_000

const _encode = Schema.encodeSync(Schema.parseJson(_Delivery))

declare namespace Inbox {
  type Delivery = typeof _Delivery.Type
  type Shape = {
    /** Replaces the secret of the path. Memory only: after a restart it is to be registered again. */
    readonly register: (path: string, secret: string) => Effect.Effect<void, WebhookSignature.BadSecret>
    /** `none` when the path has no secret. */
    readonly verify: (
      path: string,
      body: string,
      headers: Readonly<Record<string, string>>
    ) => Effect.Effect<Option.Option<boolean>>
    readonly plan: (path: string, plan: ReceiverPlan.Shape) => Effect.Effect<void>
    /** Uses up one turn of the plan of the path. */
    readonly turn: (path: string) => Effect.Effect<ReceiverPlan.Turn>
    readonly record: (delivery: Delivery) => Effect.Effect<void>
    /** The last 10,000 of all paths, oldest first. */
    readonly received: Effect.Effect<ReadonlyArray<Delivery>>
    readonly file: string
  }
}

/** What the demo receiver knows: secrets and plans by path, and the deliveries it got since it started. */
class Inbox extends Context.Tag("sandbox/receiver/Inbox")<Inbox, Inbox.Shape>() {
  static readonly layer: Layer.Layer<Inbox, ConfigError.ConfigError, FileSystem.FileSystem | Path.Path> =
    Layer.scoped(
      Inbox,
      Effect.gen(function* () {
        const file = yield* DataFile.at("receiver", "received.ndjson")
        const journal = yield* Journal.open(file)
        const verifiers = yield* Ref.make(HashMap.empty<string, WebhookSignature.Verify>())
        const plans = yield* Ref.make(HashMap.empty<string, ReceiverPlan.Shape>())
        const deliveries = yield* Ref.make<ReadonlyArray<Inbox.Delivery>>([])

        const register = Effect.fn("Inbox.register")(function* (path: string, secret: string) {
          const verifier = yield* WebhookSignature.verifier(secret)
          yield* Ref.update(verifiers, HashMap.set(path, verifier))
        })

        const verify = Effect.fn("Inbox.verify")(function* (
          path: string,
          body: string,
          headers: Readonly<Record<string, string>>
        ) {
          const verifier = HashMap.get(yield* Ref.get(verifiers), path)
          return yield* Effect.transposeMapOption(verifier, (check) => Effect.isSuccess(check(body, headers)))
        })

        const turn = (path: string) =>
          Ref.modify(plans, (all) => {
            const plan = Option.getOrElse(HashMap.get(all, path), () => ReceiverPlan.ok)
            const [answer, next] = ReceiverPlan.next(plan)
            return [answer, HashMap.set(all, path, next)]
          })

        const record = Effect.fn("Inbox.record")(function* (delivery: Inbox.Delivery) {
          yield* Ref.update(deliveries, (all) => [...all.slice(1 - _kept), delivery])
          journal.enqueue([_encode(delivery)])
          yield* journal.flush
        })

        return Inbox.of({
          register,
          verify,
          plan: (path, plan) => Ref.update(plans, HashMap.set(path, plan)),
          turn,
          record,
          received: Ref.get(deliveries),
          file
        })
      })
    )
}

export { Inbox }
