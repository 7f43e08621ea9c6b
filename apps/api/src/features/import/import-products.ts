import { type Tenancy } from "@tessera/infra/tenancy"
import { type Product } from "@tessera/shared/product/product"
import { Context, type Effect } from "effect"

declare namespace ImportProducts {
  type Row = {
    /** Of several rows with one SKU in a batch the highest wins. */
    readonly row: number
    readonly sku: Product.Sku
    readonly name: string
    readonly priceMinor: number
    /** On hand, for a product that is new; one that exists keeps its stock. */
    readonly initial: number
  }
  type Upserted = { readonly created: number; readonly updated: number }
  type Shape = {
    /** At most 200 rows, in the caller's transaction. */
    readonly upsert: (
      rows: ReadonlyArray<Row>,
      importId: string
    ) => Effect.Effect<Upserted, never, Tenancy.Current>
  }
}

/** Port: what an import of products needs from the catalogue. Bound in `wiring/`. */
class ImportProducts extends Context.Tag("api/import/ImportProducts")<
  ImportProducts,
  ImportProducts.Shape
>() {}

export { ImportProducts }
