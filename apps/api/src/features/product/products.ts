import { Identifier } from "@tessera/infra/context/identifier"
import { EventBus } from "@tessera/infra/events/event-bus"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { type Access } from "@tessera/shared/access/access"
import { Page } from "@tessera/shared/page"
import { Product } from "@tessera/shared/product/product"
import { ProductEvent } from "@tessera/shared/product/product-event"
import { Context, Effect, Encoding, Layer, Option } from "effect"
import { Policy } from "../../access/policy.ts"
import { ProductRepo } from "./product-repo.ts"

declare namespace Products {
  type List = {
    /** The SKU after which the page begins. */
    readonly after?: string | undefined
    readonly limit?: number | undefined
    readonly search?: string | undefined
  }
  type Row = Omit<ProductRepo.ImportRow, "id">
  type Shape = {
    readonly list: (query: List) => Effect.Effect<Product.Page, never, Tenancy.Current>
    readonly byId: (id: Product.Id) => Effect.Effect<Product.Model, Product.NotFound, Tenancy.Current>
    readonly create: (
      product: Product.Create
    ) => Effect.Effect<Product.Model, Product.SkuTaken | Access.Denied, Tenancy.Current>
    readonly restock: (
      id: Product.Id,
      quantity: number
    ) => Effect.Effect<Product.Model, Product.NotFound | Access.Denied, Tenancy.Current>
    /**
     * One committed batch of an import, at most 200 rows, with its `product.imported`; the import was
     * permitted.
     */
    readonly importBatch: (
      rows: ReadonlyArray<Row>,
      importId: string
    ) => Effect.Effect<ProductRepo.Upserted, never, Tenancy.Current>
  }
}

/** What can be done with the catalogue; orders move stock through statements of their own. */
class Products extends Context.Tag("api/product/Products")<Products, Products.Shape>() {
  static readonly layer = Layer.effect(
    Products,
    Effect.gen(function* () {
      const repo = yield* ProductRepo
      const bus = yield* EventBus
      const database = yield* Database

      const list = Effect.fn("Products.list")(function* (query: Products.List) {
        const limit = query.limit ?? Page.defaultLimit
        const found = yield* repo.list({
          ..._patterns(query.search),
          after: query.after ?? "",
          limit: limit + 1
        })
        const items = found.slice(0, limit)
        const last = Option.fromNullable(found.length > limit ? items.at(-1) : undefined)
        return {
          items,
          nextCursor: Option.getOrNull(Option.map(last, ({ sku }) => Encoding.encodeBase64Url(sku)))
        }
      })

      const byId = Effect.fn("Products.byId")(function* (id: Product.Id) {
        return yield* _orNotFound(id, yield* repo.byId(id))
      })

      const create = Effect.fn("Products.create")(function* (product: Product.Create) {
        yield* Policy.require("operate")
        const id = Product.Id.make(yield* Identifier.uuid)
        return yield* database.transaction(
          Effect.gen(function* () {
            const created = yield* Option.match(yield* repo.create({ ...product, id }), {
              onNone: () => Effect.fail(Product.SkuTaken.make({ sku: product.sku })),
              onSome: Effect.succeed
            })
            const fact = ProductEvent.Created.make({ productId: id, sku: created.sku })
            yield* bus.emit(EventBus.emission(ProductEvent.Created, fact, _unversioned(id)))
            return created
          })
        )
      })

      const restock = Effect.fn("Products.restock")(function* (id: Product.Id, quantity: number) {
        yield* Policy.require("operate")
        const cause = `restock:${yield* Identifier.uuid}`
        return yield* database.transaction(
          Effect.gen(function* () {
            const product = yield* _orNotFound(id, yield* repo.restock({ id, quantity, cause }))
            const fact = ProductEvent.Restocked.make({ productId: id, sku: product.sku, quantity })
            yield* bus.emit(EventBus.emission(ProductEvent.Restocked, fact, _unversioned(id)))
            return product
          })
        )
      })

      const importBatch = Effect.fn("Products.importBatch")(function* (
        rows: ReadonlyArray<Products.Row>,
        importId: string
      ) {
        const identified = yield* Effect.forEach(rows, (row) =>
          Effect.map(Identifier.uuid, (id) => ({ ...row, id: Product.Id.make(id) }))
        )
        return yield* database.transaction(
          Effect.gen(function* () {
            const upserted = yield* repo.upsertBatch(identified, importId)
            const fact = ProductEvent.Imported.make({ importId, count: rows.length })
            yield* bus.emit(EventBus.emission(ProductEvent.Imported, fact, _unversioned(importId)))
            return upserted
          })
        )
      })

      return Products.of({ list, byId, create, restock, importBatch })
    })
  )
}

const _unversioned = (aggregateId: string) => ({ aggregateId, version: 0 })

const _orNotFound = (id: Product.Id, found: Option.Option<Product.Model>) =>
  Option.match(found, {
    onNone: () => Effect.fail(Product.NotFound.make({ id })),
    onSome: Effect.succeed
  })

/** A SKU is found by its beginning, a name by any part. PostgreSQL knows no NUL in a text. */
const _patterns = (search = "") => {
  const text = search
    .trim()
    .replaceAll("\0", "")
    .replace(/[\\%_]/g, "\\$&")
  return { skuPattern: `${text.toUpperCase()}%`, namePattern: `%${text}%` }
}

export { Products }
