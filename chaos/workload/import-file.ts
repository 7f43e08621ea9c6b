import { type HistoryEntry } from "../history/history-entry.ts"
import { type Seeded } from "./seeded.ts"
import { type TenantDesk } from "./tenant-desk.ts"

interface Drawn {
  readonly args: HistoryEntry.ImportArgs
  readonly form: () => FormData
}

/** A small file of orders with numbers that no other file has, and one row that is wrong on purpose. */
const ImportFile = {
  draw: ({ chance, desk }: { readonly chance: Seeded; readonly desk: TenantDesk }): Drawn => {
    const { canary, place, prefix } = desk.options
    const fileName = `${canary}-${desk.draw()}.csv`
    // Numbers of orders in a file are digits only; the prefix of a run ends with the time of its start.
    const run = prefix.replace(/\D/g, "").slice(-13)
    const numbers = Array.from({ length: chance.between(2, 6) }, () => `9${place}${run}${desk.draw()}`)
    const rows = numbers.flatMap((number) =>
      Array.from({ length: chance.between(1, 3) }, () => {
        const { sku } = chance.pick(desk.products)
        return [number, sku, "Imported", chance.between(1, 3), "12.50", canary].join(",")
      })
    )
    const wrong = ["credit-note", desk.products[0]?.sku ?? "", "Imported", 1, "12.50", canary].join(",")
    const all = [...rows, wrong]
    const text = ["number,sku,name,quantity,price,customer", ...all].join("\n")
    return {
      args: { fileName, numbers, rows: all.length, wrong: 1 },
      form: () => {
        const form = new FormData()
        form.set("kind", "orders")
        form.set("autocommit", "true")
        form.set("file", new Blob([`${text}\n`], { type: "text/csv" }), fileName)
        return form
      }
    }
  }
}

export { ImportFile }
