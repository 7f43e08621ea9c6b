import { type Import } from "@tessera/shared/import/import"

/** The fields that the mapping editor offers; without a column for a required one no row can be imported. */
const ImportFields = {
  products: [
    { name: "sku", required: true },
    { name: "name", required: false },
    { name: "price", required: true },
    { name: "stock", required: false }
  ],
  orders: [
    { name: "number", required: true },
    { name: "sku", required: true },
    { name: "name", required: false },
    { name: "quantity", required: true },
    { name: "price", required: true },
    { name: "customer", required: false },
    { name: "country", required: false }
  ]
} as const satisfies Record<Import.Kind, ReadonlyArray<{ readonly name: string; readonly required: boolean }>>

export { ImportFields }
