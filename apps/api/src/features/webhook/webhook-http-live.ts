import { HttpApiBuilder, HttpApiError } from "@effect/platform"
import { RowCursor } from "@tessera/infra/storage/row-cursor"
import { Api } from "@tessera/shared/api"
import { Effect, Schema } from "effect"
import { Webhooks } from "./webhooks.ts"

const _decodeCursor = Schema.decode(Schema.UndefinedOr(RowCursor.Cursor))

/** Maps `WebhookHttp` onto `Webhooks`. */
const WebhookHttpLive = HttpApiBuilder.group(Api, "webhook", (handlers) =>
  Effect.gen(function* () {
    const webhooks = yield* Webhooks
    return handlers
      .handle("endpoints", () => webhooks.endpoints)
      .handle("create", ({ payload }) => webhooks.create(payload))
      .handle("endpointById", ({ path }) => webhooks.endpointById(path.id))
      .handle("update", ({ path, payload }) => webhooks.update(path.id, payload))
      .handle("remove", ({ path }) => webhooks.remove(path.id))
      .handle("test", ({ path }) => webhooks.test(path.id))
      .handle("deliveries", ({ urlParams: { cursor, ...query } }) =>
        _decodeCursor(cursor).pipe(
          Effect.catchTag("ParseError", HttpApiError.HttpApiDecodeError.refailParseError),
          Effect.flatMap((after) => webhooks.deliveries({ ...query, after: after ?? RowCursor.top }))
        )
      )
      .handle("attempts", ({ path }) => webhooks.attempts(path.id))
      .handle("replay", ({ path }) => webhooks.replay(path.id))
  })
)

export { WebhookHttpLive }
