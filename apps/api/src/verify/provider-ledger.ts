import { HttpClient, HttpClientResponse } from "@effect/platform"
import { Effect, Schema } from "effect"

const _Model = Schema.Struct({
  authorisations: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      reference: Schema.String,
      amountMinor: Schema.Int,
      refundedMinor: Schema.Int,
      status: Schema.String,
      createdAt: Schema.String,
      updatedAt: Schema.String
    })
  ),
  shipments: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      reference: Schema.String,
      status: Schema.String,
      createdAt: Schema.String
    })
  ),
  effects: Schema.Array(Schema.Struct({ key: Schema.String, kind: Schema.String }))
})

declare namespace ProviderLedger {
  type Model = typeof _Model.Type
}

/** The books of the payment and carrier provider, as `GET /ledger` of the sandbox shows them. */
const ProviderLedger = {
  fetch: Effect.fn("ProviderLedger.fetch")(function* (sandboxUrl: string) {
    const client = HttpClient.filterStatusOk(yield* HttpClient.HttpClient)
    return yield* client
      .get(`${sandboxUrl}/ledger`)
      .pipe(
        Effect.flatMap(HttpClientResponse.schemaBodyJson(_Model)),
        Effect.scoped,
        Effect.timeout("30 seconds")
      )
  })
} as const

export { ProviderLedger }
