import { createHash } from "node:crypto"
import { HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Effect, Schema } from "effect"
import { type Ledger } from "./ledger.ts"
import { type LedgerEntry } from "./ledger-entry.ts"
import { LedgerStore } from "./ledger-store.ts"
import { ProviderRefusal } from "./provider-refusal.ts"

declare namespace IdempotentCall {
  type Options = {
    readonly key: string
    readonly kind: LedgerEntry.Kind
    /** What makes two calls the same: the decoded body or the id in the path. */
    readonly body: unknown
    readonly command: Ledger.Command
    /** How long the answer is kept back when this very call had an effect. Defaults to not at all. */
    readonly holdMillis?: number
  }
}

const _Key = Schema.Struct({ "idempotency-key": Schema.NonEmptyString.pipe(Schema.maxLength(255)) })

/** A call that happens once per `Idempotency-Key`; a repetition gets the stored answer and never waits. */
const IdempotentCall = {
  key: HttpServerRequest.schemaHeaders(_Key).pipe(
    Effect.map((headers) => headers["idempotency-key"]),
    Effect.mapError(() => new ProviderRefusal({ status: 400, code: "key_missing" }))
  ),
  answer: Effect.fn("IdempotentCall.answer")(function* (options: IdempotentCall.Options) {
    const ledger = yield* LedgerStore
    const { key, kind, command, holdMillis = 0 } = options
    const bodyHash = createHash("sha256")
      .update(JSON.stringify([kind, options.body]))
      .digest("hex")
    const decision = yield* ledger.submit({ key, kind, bodyHash, command })
    yield* Effect.when(Effect.sleep(holdMillis), () => decision.effective && holdMillis > 0)
    return HttpServerResponse.unsafeJson(decision.answer.body, {
      status: decision.answer.status,
      headers: decision.replayed ? { "Idempotent-Replayed": "true" } : {}
    })
  })
} as const

export { IdempotentCall }
