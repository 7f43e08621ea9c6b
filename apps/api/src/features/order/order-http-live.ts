import { HttpApiBuilder } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Page } from "@tessera/shared/page"
import { Effect, Either, Encoding, Option } from "effect"
import { Orders } from "./orders.ts"

/** Maps `OrderHttp` onto `Orders`; a cursor that is not ours begins at the first page. */
const OrderHttpLive = HttpApiBuilder.group(Api, "order", (handlers) =>
  Effect.gen(function* () {
    const orders = yield* Orders
    return handlers
      .handle("list", ({ urlParams: { approval, cursor, limit, search, status } }) =>
        orders.list({
          status: Option.fromNullable(status),
          approval: Option.fromNullable(approval),
          search: Option.fromNullable(search),
          after: Option.filter(Option.flatMap(Option.fromNullable(cursor), _decoded), (at) =>
            _place.test(at)
          ),
          limit: limit ?? Page.defaultLimit
        })
      )
      .handle("place", ({ payload, headers }) => orders.place(payload, headers["idempotency-key"]))
      .handle("byId", ({ path }) => orders.byId(path.id))
      .handle("timeline", ({ path }) => orders.timeline(path.id))
      .handle("cancel", ({ path }) => orders.cancel(path.id))
      .handle("retry", ({ path, payload }) => orders.retry(path.id, payload))
      .handle("history", ({ path }) => orders.history(path.id))
      .handle("approve", ({ path, payload }) => orders.decide(path.id, "approve", payload.note ?? null))
      .handle("reject", ({ path, payload }) => orders.decide(path.id, "reject", payload.note ?? null))
  })
)

const _place = /^[0-9-]{10} [0-9:.]{8,15}[+-]\d\d\|[0-9a-f-]{36}$/

const _decoded = (cursor: string) => Either.getRight(Encoding.decodeBase64UrlString(cursor))

export { OrderHttpLive }
