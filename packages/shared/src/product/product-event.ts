import { EventDefinition } from "@tessera/infra/events/event-definition"
import { Schema } from "effect"
import { Product } from "./product.ts"

const _Created = EventDefinition.make(
  "product.created",
  { productId: Product.Id, sku: Product.Sku },
  { description: "A product is in the catalogue." }
)
const _Restocked = EventDefinition.make(
  "product.restocked",
  { productId: Product.Id, sku: Product.Sku, quantity: Schema.Int },
  { description: "`quantity` units more are on hand." }
)
const _Imported = EventDefinition.make(
  "product.imported",
  { importId: Schema.UUID, count: Schema.Int },
  { description: "One fact for a whole batch of an import; who wants the rows asks for the import." }
)

/**
 * Facts about the catalogue, past tense. A new optional field needs nothing; any other change is a new
 * version with an upcaster. Never rename a published type.
 */
const ProductEvent = { Created: _Created, Restocked: _Restocked, Imported: _Imported } as const

declare namespace ProductEvent {
  type Created = typeof _Created.schema.Type
  type Restocked = typeof _Restocked.schema.Type
  type Imported = typeof _Imported.schema.Type
}

export { ProductEvent }
