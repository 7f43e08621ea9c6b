import { Layer } from "effect"
import { ProductHttpLive } from "./product-http-live.ts"
import { ProductRepo } from "./product-repo.ts"
import { Products } from "./products.ts"

/** The catalogue; also offers `Products`, through which an import writes its batches. */
const ProductFeature = ProductHttpLive.pipe(
  Layer.provideMerge(Products.layer),
  Layer.provide(ProductRepo.layer)
)

export { ProductFeature }
