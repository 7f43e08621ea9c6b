import { type Tenancy } from "@tessera/infra/tenancy"
import { Customer } from "@tessera/shared/customer/customer"
import { Page } from "@tessera/shared/page"
import { Context, Effect, Encoding, Layer, Option } from "effect"
import { CustomerRepo } from "./customer-repo.ts"

declare namespace Customers {
  type List = {
    /** The reference after which the page begins. */
    readonly after?: string | undefined
    readonly limit?: number | undefined
    readonly search?: string | undefined
  }
  type Shape = {
    readonly list: (query: List) => Effect.Effect<Customer.Page, never, Tenancy.Current>
    readonly byId: (id: Customer.Id) => Effect.Effect<Customer.Model, Customer.NotFound, Tenancy.Current>
  }
}

/** Who buys; orders and imports create customers, so there is nothing to write here. */
class Customers extends Context.Tag("api/customer/Customers")<Customers, Customers.Shape>() {
  static readonly layer = Layer.effect(
    Customers,
    Effect.gen(function* () {
      const repo = yield* CustomerRepo

      const list = Effect.fn("Customers.list")(function* (query: Customers.List) {
        const limit = query.limit ?? Page.defaultLimit
        const found = yield* repo.list({
          ..._patterns(query.search),
          after: query.after ?? "",
          limit: limit + 1
        })
        const items = found.slice(0, limit)
        const last = Option.fromNullable(found.length > limit ? items.at(-1) : undefined)
        const cursor = Option.map(last, ({ reference }) => Encoding.encodeBase64Url(reference))
        return { items, nextCursor: Option.getOrNull(cursor) }
      })

      const byId = Effect.fn("Customers.byId")(function* (id: Customer.Id) {
        return yield* Option.match(yield* repo.byId(id), {
          onNone: () => Effect.fail(Customer.NotFound.make({ id })),
          onSome: Effect.succeed
        })
      })

      return Customers.of({ list, byId })
    })
  )
}

/** A reference is found by its beginning, a name by any part. PostgreSQL knows no NUL in a text. */
const _patterns = (search = "") => {
  const text = search
    .trim()
    .replaceAll("\0", "")
    .replace(/[\\%_]/g, "\\$&")
  return { referencePattern: `${text}%`, namePattern: `%${text}%` }
}

export { Customers }
