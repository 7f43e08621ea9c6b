import { Effect, Layer } from "effect"
import { ImportProducts } from "../features/import/import-products.ts"
import { Products } from "../features/product/products.ts"

/** Binds the import's port to the catalogue. */
const ImportProductsBinding = Layer.effect(
  ImportProducts,
  Effect.map(Products, (products) => ImportProducts.of({ upsert: products.importBatch }))
)

export { ImportProductsBinding }
