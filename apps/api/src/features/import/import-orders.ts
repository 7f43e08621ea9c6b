import { type Tenancy } from "@tessera/infra/tenancy"
import { type Product } from "@tessera/shared/product/product"
import { Context, type Effect } from "effect"

declare namespace ImportOrders {
  type Line = {
    readonly sku: Product.Sku
    readonly name: string
    readonly quantity: number
    readonly unitPriceMinor: number
  }
  type Draft = {
    readonly number: string
    /** Null for a guest. */
    readonly customerReference: string | null
    readonly country: string | null
    readonly lines: ReadonlyArray<Line>
  }
  type Placed = { readonly created: number; readonly skipped: number }
  type Shape = {
    /** At most 100 orders, in the caller's transaction; a number that exists is skipped. */
    readonly place: (
      orders: ReadonlyArray<Draft>,
      importId: string
    ) => Effect.Effect<Placed, never, Tenancy.Current>
  }
}

/** Port: what an import of orders needs from order taking. Bound in `wiring/`. */
class ImportOrders extends Context.Tag("api/import/ImportOrders")<ImportOrders, ImportOrders.Shape>() {}

export { ImportOrders }
