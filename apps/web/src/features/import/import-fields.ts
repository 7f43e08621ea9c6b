import { type Import } from "@tessera/shared/import/import"

/** The fields that the mapping editor always offers; the server may suggest more. */
const ImportFields = {
  products: ["sku", "name", "price", "stock"],
  orders: ["number", "sku", "name", "quantity", "price", "customer", "country", "placedAt"]
} as const satisfies Record<Import.Kind, ReadonlyArray<string>>

export { ImportFields }
