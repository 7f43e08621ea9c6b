import { type HistoryEntry } from "../history/history-entry.ts"
import { ApiCall } from "./api-call.ts"
import { ImportFile } from "./import-file.ts"
import { type Seeded } from "./seeded.ts"
import { type TenantDesk } from "./tenant-desk.ts"
import { TriedOperation } from "./tried-operation.ts"
import { type WorkloadOptions } from "./workload-options.ts"

declare namespace ClientOperations {
  interface Client {
    readonly process: string
    readonly desk: TenantDesk
    readonly chance: Seeded
  }
}

/** Cards and addresses as the sandbox knows them: most orders are fulfilled, some are undone at each step. */
const _tokens = { tok_ok: 84, tok_declined: 6, tok_insufficient_funds: 2, tok_flaky_30: 8 }
const _postcodes = { "10115": 88, "00000": 7, "99999": 5 }

/** What becomes of stock that is held; what is left alone expires. */
const _endings = { order: 6, release: 2, leave: 2 }

type Held = HistoryEntry.HoldResult & Pick<HistoryEntry.PlaceArgs, "lines">

const keyOf = ({ desk }: ClientOperations.Client, operation: string) =>
  `${desk.options.prefix}-${desk.options.slug}-${operation}-${desk.draw()}`

/** One to three products, each once. */
const drawLines = ({ chance, desk }: ClientOperations.Client): HistoryEntry.PlaceArgs["lines"] => {
  const lines = new Map(
    Array.from({ length: chance.between(1, 3) }, () => [chance.pick(desk.products).sku, chance.between(1, 3)])
  )
  return [...lines].map(([sku, quantity]) => ({ sku, quantity }))
}

const place = async (client: ClientOperations.Client, held?: Held): Promise<void> => {
  const { chance, desk, process } = client
  const key = keyOf(client, "place")
  const args: HistoryEntry.PlaceArgs = {
    lines: held?.lines ?? drawLines(client),
    reservationId: held?.id,
    customerReference: desk.options.canary,
    paymentToken: chance.weighted(_tokens),
    postcode: chance.weighted(_postcodes)
  }
  const answer = await TriedOperation.run(desk, {
    process,
    operation: "place",
    key,
    args,
    request: { method: "POST", path: "/v1/orders", headers: { "idempotency-key": key }, body: args },
    isRepeatable: true,
    keep: placed
  })
  if (answer.phase === "ok") desk.ordered(placed(answer.body).id)
}

const placed = (body: unknown): HistoryEntry.PlaceResult => {
  const { id, number, totalMinor } = body as HistoryEntry.PlaceResult
  return { id, number, totalMinor }
}

const cancel = async (client: ClientOperations.Client): Promise<void> => {
  const { chance, desk, process } = client
  const own = desk.latest(20)
  if (own.length === 0) return place(client)
  const id = chance.pick(own)
  await TriedOperation.run(desk, {
    process,
    operation: "cancel",
    key: keyOf(client, "cancel"),
    args: { id } satisfies HistoryEntry.CancelArgs,
    request: { method: "POST", path: `/v1/orders/${id}/cancel` },
    isRepeatable: true
  })
}

/** With a card and an address that work: what was declined is mostly fulfilled then. */
const retry = async (client: ClientOperations.Client): Promise<void> => {
  const { chance, desk, process } = client
  const answer = await ApiCall.send(desk.options.target, {
    method: "GET",
    path: "/v1/orders?status=cancelled&limit=50"
  })
  const undone = answer.phase === "ok" ? cancelled(answer.body).filter((id) => desk.owns(id)) : []
  if (undone.length === 0) return place(client)
  const id = chance.pick(undone)
  const changes = { paymentToken: "tok_ok", postcode: "10115" }
  await TriedOperation.run(desk, {
    process,
    operation: "retry",
    key: keyOf(client, "retry"),
    args: { id, ...changes } satisfies HistoryEntry.RetryArgs,
    request: { method: "POST", path: `/v1/orders/${id}/retry`, body: changes },
    // A second one would meet the run of the first, or begin another one after that.
    isRepeatable: false
  })
}

const cancelled = (body: unknown): ReadonlyArray<string> =>
  (body as { readonly items: ReadonlyArray<{ readonly id: string }> }).items.map(({ id }) => id)
const release = async (client: ClientOperations.Client, { id }: Held): Promise<void> => {
  const { desk, process } = client
  await TriedOperation.run(desk, {
    process,
    operation: "release",
    key: keyOf(client, "release"),
    args: { id } satisfies HistoryEntry.ReleaseArgs,
    request: { method: "POST", path: `/v1/reservations/${id}/release` },
    isRepeatable: true
  })
}

const endings = { order: place, release, leave: async () => {} }

const reserve = async (client: ClientOperations.Client): Promise<void> => {
  const { chance, desk, process } = client
  const key = keyOf(client, "hold")
  const args: HistoryEntry.HoldArgs = { lines: drawLines(client), seconds: chance.between(1, 5) }
  const answer = await TriedOperation.run(desk, {
    process,
    operation: "hold",
    key,
    args,
    request: { method: "POST", path: "/v1/reservations", headers: { "idempotency-key": key }, body: args },
    isRepeatable: true,
    keep: held
  })
  if (answer.phase !== "ok") return
  await endings[chance.weighted(_endings)](client, { ...held(answer.body), lines: args.lines })
}

const held = (body: unknown): HistoryEntry.HoldResult => ({ id: (body as HistoryEntry.HoldResult).id })

const restock = async (client: ClientOperations.Client): Promise<void> => {
  const { chance, desk, process } = client
  const product = chance.pick(desk.products)
  // Far from what others deliver, and each once: the ledger's row is then recognised by its quantity.
  const quantity = 1_000 + desk.draw()
  await TriedOperation.run(desk, {
    process,
    operation: "restock",
    key: keyOf(client, "restock"),
    args: { productId: product.id, quantity } satisfies HistoryEntry.RestockArgs,
    request: { method: "POST", path: `/v1/products/${product.id}/stock`, body: { quantity } },
    isRepeatable: false
  })
}

const importFile = async (client: ClientOperations.Client): Promise<void> => {
  const { desk, process } = client
  const file = ImportFile.draw(client)
  await TriedOperation.run(desk, {
    process,
    operation: "import",
    key: keyOf(client, "import"),
    args: file.args,
    request: { method: "POST", path: "/v1/imports", form: file.form },
    // Numbers that exist are skipped, so the same file again adds nothing.
    isRepeatable: true,
    keep: (body) => ({ id: (body as HistoryEntry.ImportResult).id })
  })
}

const read =
  (operation: "list" | "detail" | "dashboard") =>
  async (client: ClientOperations.Client): Promise<void> => {
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
      key: keyOf(client, operation),
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
  place: (client) => place(client),
  cancel,
  retry,
  reserve,
  restock,
  import: importFile,
  list: read("list"),
  detail: read("detail"),
  dashboard: read("dashboard")
} satisfies Record<keyof WorkloadOptions.Mix, (client: ClientOperations.Client) => Promise<void>>

export { ClientOperations }
