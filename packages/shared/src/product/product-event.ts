import { Schema } from "effect"
import { Product } from "./product.ts"

const _Created = Schema.TaggedStruct("product.created", { productId: Product.Id, sku: Product.Sku })
const _Restocked = Schema.TaggedStruct("product.restocked", {
  productId: Product.Id,
  sku: Product.Sku,
  quantity: Schema.Int
})
/** One fact for a whole batch of an import; who wants the rows asks for the import. */
const _Imported = Schema.TaggedStruct("product.imported", { importId: Schema.UUID, count: Schema.Int })

/** Facts about the catalogue, past tense; add optional fields, never rename a published tag. */
const ProductEvent = { Created: _Created, Restocked: _Restocked, Imported: _Imported } as const

declare namespace ProductEvent {
  type Created = typeof _Created.Type
  type Restocked = typeof _Restocked.Type
  type Imported = typeof _Imported.Type
}

export { ProductEvent }
