import { HttpApiBuilder, HttpApiError } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Effect, Schema } from "effect"
import { Customers } from "./customers.ts"

/** What a reference can be: PostgreSQL knows no NUL in a text. */
const _Cursor = Schema.compose(
  Schema.StringFromBase64Url,
  Schema.String.pipe(Schema.filter((text) => !text.includes("\0")))
)
const _decodeCursor = Schema.decode(Schema.UndefinedOr(_Cursor))

/** Maps `CustomerHttp` onto `Customers`. */
const CustomerHttpLive = HttpApiBuilder.group(Api, "customer", (handlers) =>
  Effect.gen(function* () {
    const customers = yield* Customers
    return handlers
      .handle("list", ({ urlParams: { cursor, limit, search } }) =>
        _decodeCursor(cursor).pipe(
          Effect.catchTag("ParseError", HttpApiError.HttpApiDecodeError.refailParseError),
          Effect.flatMap((after) => customers.list({ after, limit, search }))
        )
      )
      .handle("byId", ({ path }) => customers.byId(path.id))
  })
)

export { CustomerHttpLive }
