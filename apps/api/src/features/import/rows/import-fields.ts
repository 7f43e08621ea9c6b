import { type Import } from "@tessera/shared/import/import"

declare namespace ImportFields {
  type Field = {
    readonly name: string
    /** Without it no row can be imported. */
    readonly required: boolean
    /** How files call it, in small letters and without spaces; the first that fits exactly wins. */
    readonly known: ReadonlyArray<string>
  }
}

const _code = ["sku", "stockcode", "productcode", "itemcode", "articlenumber", "itemno", "code", "article"]
const _title = ["name", "description", "productname", "producttitle", "title", "itemname", "product"]
const _amount = ["price", "unitprice", "priceperunit", "netprice", "saleprice", "listprice"]

const _all = {
  products: [
    { name: "sku", required: true, known: _code },
    { name: "name", required: false, known: _title },
    { name: "price", required: true, known: _amount },
    { name: "stock", required: false, known: ["stock", "onhand", "available", "instock", "inventory"] }
  ],
  orders: [
    {
      name: "number",
      required: true,
      known: ["number", "invoiceno", "invoicenumber", "invoice", "ordernumber", "orderno", "orderid", "order"]
    },
    { name: "sku", required: true, known: _code },
    { name: "name", required: false, known: _title },
    { name: "quantity", required: true, known: ["quantity", "qty", "units", "pieces", "count"] },
    { name: "price", required: true, known: _amount },
    {
      name: "customer",
      required: false,
      known: ["customer", "customerid", "customerreference", "customernumber", "customerno", "client"]
    },
    { name: "country", required: false, known: ["country", "shippingcountry", "countryname"] }
  ]
} as const satisfies Record<Import.Kind, ReadonlyArray<ImportFields.Field>>

/** What a row of each kind consists of, and the names by which a file's header is recognised. */
const ImportFields = {
  of: (kind: Import.Kind): ReadonlyArray<ImportFields.Field> => _all[kind],
  /** Names of required fields that the mapping leaves without a column. */
  missing: (kind: Import.Kind, mapping: Import.Mapping): ReadonlyArray<string> =>
    ImportFields.of(kind)
      .filter(({ name, required }) => required && mapping[name] === undefined)
      .map(({ name }) => name)
} as const

export { ImportFields }
