import { HttpApiBuilder, HttpApiError } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Product } from "@tessera/shared/product/product"
import { Effect, Schema } from "effect"
import { Products } from "./products.ts"

const _Cursor = Schema.compose(Schema.StringFromBase64Url, Product.Sku)
const _decodeCursor = Schema.decode(Schema.UndefinedOr(_Cursor))

/** Maps `ProductHttp` onto `Products`. */
const ProductHttpLive = HttpApiBuilder.group(Api, "product", (handlers) =>
  Effect.gen(function* () {
    const products = yield* Products
    return handlers
      .handle("list", ({ urlParams: { cursor, limit, search } }) =>
        _decodeCursor(cursor).pipe(
          Effect.catchTag("ParseError", HttpApiError.HttpApiDecodeError.refailParseError),
          Effect.flatMap((after) => products.list({ after, limit, search }))
        )
      )
      .handle("create", ({ payload }) => products.create(payload))
      .handle("byId", ({ path }) => products.byId(path.id))
      .handle("restock", ({ path, payload }) => products.restock(path.id, payload.quantity))
  })
)

export { ProductHttpLive }
