import { type HistoryEntry } from "../history/history-entry.ts"
import { ImportFile } from "./import-file.ts"
import { OrderOperations } from "./order-operations.ts"
import { TriedOperation } from "./tried-operation.ts"
import { type WorkloadClient } from "./workload-client.ts"
import { type WorkloadOptions } from "./workload-options.ts"

const restock = async (client: WorkloadClient): Promise<void> => {
  const { chance, desk, process } = client
  const product = chance.pick(desk.products)
  // Far from what others deliver, and each once: the ledger's row is then recognised by its quantity.
  const quantity = 1_000 + desk.draw()
  await TriedOperation.run(desk, {
    process,
    operation: "restock",
    key: desk.keyFor("restock"),
    args: { productId: product.id, quantity } satisfies HistoryEntry.RestockArgs,
    request: { method: "POST", path: `/v1/products/${product.id}/stock`, body: { quantity } },
    isRepeatable: false
  })
}

const importFile = async (client: WorkloadClient): Promise<void> => {
  const { desk, process } = client
  const file = ImportFile.draw(client)
  await TriedOperation.run(desk, {
    process,
    operation: "import",
    key: desk.keyFor("import"),
    args: file.args,
    request: { method: "POST", path: "/v1/imports", form: file.form },
    // Numbers that exist are skipped, so the same file again adds nothing.
    isRepeatable: true,
    keep: (body) => ({ id: (body as HistoryEntry.ImportResult).id })
  })
}

const read =
  (operation: "list" | "detail" | "dashboard") =>
  async (client: WorkloadClient): Promise<void> => {
    const { chance, desk, process } = client
    const own = desk.latest(50)
    if (operation === "detail" && own.length === 0) return read("list")(client)
    const paths = {
      list: "/v1/orders?limit=50",
      detail: `/v1/orders/${own.length > 0 ? chance.pick(own) : ""}`
    }
    await TriedOperation.run(desk, {
      process,
      operation,
      key: client.desk.keyFor(operation),
      request: { method: "GET", path: operation === "dashboard" ? "/v1/dashboard" : paths[operation] },
      isRepeatable: true,
      keep: (body) => (operation === "detail" ? statusOf(body) : {})
    })
  }

const statusOf = (body: unknown) => {
  const { id, status, version } = body as { id: string; status: string; version: number }
  return { id, status, version }
}

/** What a client can do next; each ends when its operation has. */
const ClientOperations = {
  ...OrderOperations,
  place: (client) => OrderOperations.place(client),
  restock,
  import: importFile,
  list: read("list"),
  detail: read("detail"),
  dashboard: read("dashboard")
} satisfies Record<keyof WorkloadOptions.Mix, (client: WorkloadClient) => Promise<void>>

export { ClientOperations }
