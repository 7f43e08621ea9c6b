import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { HttpApi, HttpLayerRouter, HttpServer } from "@effect/platform"
import { NodeContext, NodeHttpServer } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { expect, layer } from "@effect/vitest"
import { Identifier } from "@tessera/infra/context/identifier"
import { EventBus } from "@tessera/infra/events/event-bus"
import { EventLog } from "@tessera/infra/events/event-log"
import { JobService } from "@tessera/infra/jobs/job-service"
import { Lanes } from "@tessera/infra/lanes/lanes"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { ObjectRoute } from "@tessera/infra/storage/object-route"
import { ObjectStore } from "@tessera/infra/storage/object-store"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { WorkerPool } from "@tessera/infra/workers/worker-pool"
import { SagaTimeline } from "@tessera/infra/workflows/saga-timeline"
import { Import } from "@tessera/shared/import/import"
import { ImportHttp } from "@tessera/shared/import/import-http"
import { Context, Effect, Exit, Layer, Redacted, Ref, Schema, Scope, Stream } from "effect"
import { build } from "esbuild"
import { afterAll, beforeAll } from "vitest"
import { WorkbookGenerator } from "../../../../../tests/workbook-generator.ts"
import { MigratedDatabase } from "../../testing/migrated-database.ts"
import { TestAccess } from "../../testing/test-access.ts"
import { ImportOrdersBinding } from "../../wiring/import-orders-binding.ts"
import { ImportProductsBinding } from "../../wiring/import-products-binding.ts"
import { OrderFulfilmentBinding } from "../../wiring/order-fulfilment-binding.ts"
import { OrderIntake } from "../order/order-intake.ts"
import { ProductRepo } from "../product/product-repo.ts"
import { Products } from "../product/products.ts"
import { ImportFeature } from "./import-feature.ts"

const folder = mkdtempSync(join(tmpdir(), "import-feature-"))
const worker = join(folder, "parse-worker.js")
const root = join(import.meta.dirname, "../../../../..")

beforeAll(() =>
  build({
    entryPoints: [join(root, "packages/infra/src/workers/parse-worker.ts")],
    outfile: worker,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url)'
    },
    logLevel: "error"
  }).then(() => writeFileSync(join(folder, "package.json"), '{"type":"module"}'))
)
afterAll(() => rmSync(folder, { recursive: true }))

/** The contract's import group alone, under the contract's name. */
class Api extends HttpApi.make("tessera").add(ImportHttp) {}

class Kinds extends Context.Tag("test/Kinds")<Kinds, Ref.Ref<ReadonlyArray<Lanes.Kind>>>() {}

/** Nothing runs by itself: a test turns the lane, under the epoch that it wants. */
const lanes = Layer.effect(
  Lanes,
  Effect.map(Kinds, (kinds) =>
    Lanes.of({
      register: (kind) => Ref.update(kinds, (known) => [...known, kind]),
      wake: () => Effect.void,
      owned: Effect.succeed([])
    })
  )
)

/** Events go to the real log; nobody listens. */
const bus = Layer.effect(
  EventBus,
  Effect.gen(function* () {
    const log = yield* EventLog
    const database = yield* Database
    return EventBus.of({
      emit: EventBus.emitting((emissions) =>
        Effect.forEach(emissions, (emission) =>
          Effect.map(Identifier.uuid, (id) => ({ ...emission, id }))
        ).pipe(
          Effect.flatMap((drafts) => log.append(drafts, 0)),
          Effect.map((ids) => ids.map((id) => ({ id, status: "emitted" as const }))),
          database.transaction
        )
      ),
      on: () => Effect.void,
      log: () => Effect.succeed({ items: [], head: 0, last: 0 }),
      newest: Effect.succeed([]),
      watch: () => Stream.never
    })
  })
).pipe(Layer.provide(EventLog.layer))

const database = Layer.mergeAll(
  Database.layer,
  Layer.unwrapEffect(
    Effect.map(TestDatabase, ({ url }) =>
      InfraSql.layer({ url: Redacted.make(url("tessera_infra")), name: "test-infra", connections: 5 })
    )
  )
).pipe(
  Layer.provideMerge(TestDatabase.as("tessera_app")),
  Layer.provideMerge(MigratedDatabase.layer),
  Layer.provideMerge(TestDatabase.layer)
)

const objects = Layer.unwrapEffect(
  Effect.map(HttpServer.HttpServer, ({ address }) =>
    ObjectStore.layerFolder({
      folder: join(folder, "objects"),
      secret: Redacted.make("a secret of the test"),
      baseUrl: `http://127.0.0.1:${address._tag === "TcpAddress" ? address.port : 0}`,
      maxBytes: 64 * 1024 ** 2
    })
  )
)
const infra = Layer.mergeAll(bus, JobService.layer).pipe(
  Layer.provideMerge(lanes),
  Layer.provideMerge(Layer.effect(Kinds, Ref.make<ReadonlyArray<Lanes.Kind>>([]))),
  Layer.provideMerge(database)
)
/** Sagas are submitted; nothing runs them: what becomes of the orders is not an import's business. */
const fulfilment = OrderFulfilmentBinding.layer.pipe(
  Layer.provide([SagaTimeline.layer({ replica: "replica-1" }), MachineStore.layer({ replica: "replica-1" })])
)
const workers = Layer.suspend(() => WorkerPool.layer({ workerUrl: pathToFileURL(worker), size: 1 }))
const feature = ImportFeature.pipe(
  Layer.provide([ImportProductsBinding, ImportOrdersBinding]),
  Layer.provide([Products.layer.pipe(Layer.provide(ProductRepo.layer)), OrderIntake.layer]),
  Layer.provide(fulfilment),
  Layer.provide(workers)
)

const server = HttpLayerRouter.serve(
  Layer.mergeAll(
    HttpLayerRouter.addHttpApi(Api).pipe(Layer.provide(feature), Layer.provide(TestAccess.layer)),
    HttpLayerRouter.add("GET", "/objects/*", ObjectRoute)
  ),
  { disableLogger: true, disableListenLog: true }
).pipe(
  Layer.provideMerge(objects),
  Layer.provideMerge(infra),
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
  Layer.provideMerge(NodeContext.layer),
  Layer.orDie
)

const Decoded = Schema.decodeUnknownSync(Import.Model)

const call = (tenant: string, method: string, path: string, body?: FormData | object, role = "operator") =>
  Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    const port = address._tag === "TcpAddress" ? address.port : 0
    const isForm = body === undefined || body instanceof FormData
    return yield* Effect.promise(async () => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/imports${path}`, {
        method,
        headers: {
          authorization: `Bearer ${tenant}/${role}`,
          ...(isForm ? {} : { "content-type": "application/json" })
        },
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) })
      })
      const text = await response.text()
      const isJson = /json/.test(response.headers.get("content-type") ?? "")
      return { status: response.status, text, json: isJson ? JSON.parse(text) : null }
    })
  })

const form = (kind: string, name: string, content: string | Uint8Array, autocommit = false) => {
  const data = new FormData()
  data.append("kind", kind)
  if (autocommit) data.append("autocommit", "true")
  data.append("file", new Blob([content as BlobPart]), name)
  return data
}

const upload = (tenant: string, data: FormData) =>
  Effect.map(call(tenant, "POST", "", data), ({ status, json }) => {
    expect(status).toBe(202)
    return Decoded(json)
  })

const read = (tenant: string, id: string) =>
  Effect.map(call(tenant, "GET", `/${id}`), ({ json }) => Decoded(json))

const newTenant = Effect.gen(function* () {
  const sql = yield* InfraSql
  const id = yield* Identifier.uuid
  yield* sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${id}, ${id}, 'Test', 'EUR')`
  return id
})

const as =
  (tenant: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.flatMap(Database, (db) => db.transaction(effect)).pipe(
      Effect.provideService(Tenancy.Current, Tenancy.system(Tenancy.Id.make(tenant), "test"))
    )

/** One number of the tenant's database, as the tenant. */
const number = (tenant: string, query: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => as(tenant)(sql.unsafe<{ readonly n: number }>(query))).pipe(
    Effect.map(([row]) => Number(row?.n))
  )

/**
 * Gives the tenant's lane of imports to an owner, who claims what is due; its rows tell when that has
 * ended.
 */
const own = (tenant: string) =>
  Effect.gen(function* () {
    const infraSql = yield* InfraSql
    const kinds = yield* Ref.get(yield* Kinds)
    const key = `imports:${tenant}`
    const partition = Lanes.partitionOf(key)
    const [row] = yield* infraSql<{ readonly epoch: number }>`
      UPDATE lane_partitions SET epoch = epoch + 1 WHERE partition = ${partition} RETURNING epoch`
    const scope = yield* Scope.make()
    const kind = kinds.find(({ name }) => name === "jobs")
    const epoch = row?.epoch ?? 0
    yield* kind?.work({ partition, epoch, key, scope, touch: Effect.void }) ?? Effect.die("no jobs")
    const ended = infraSql`SELECT id FROM jobs WHERE lane = ${key} AND claimed_epoch = ${epoch}`.pipe(
      Effect.delay("10 millis"),
      Effect.repeat({ until: ({ length }) => length === 0 })
    )
    return { ended, die: Scope.close(scope, Exit.void) }
  })

/** Runs what is due to its end. */
const work = (tenant: string) =>
  Effect.gen(function* () {
    const owner = yield* own(tenant)
    yield* owner.ended.pipe(Effect.timeout("50 seconds"), Effect.orDie)
    yield* owner.die
  })

const csv = (sheet: WorkbookGenerator.Sheet<unknown>) =>
  Effect.promise(async () => {
    const path = join(folder, "sheet.csv")
    await WorkbookGenerator.writeCsv(path, sheet)
    return readFileSync(path)
  })

const events = (tenant: string, id: string, type: string) =>
  number(tenant, `SELECT count(*) AS n FROM events WHERE aggregate_id = '${id}' AND type = '${type}'`)

layer(server, { timeout: "60 seconds", excludeTestServices: true })("an import", (it) => {
  it.effect("previews products, commits them on demand, and is done once", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant
      const sheet = WorkbookGenerator.products({ rows: 2_500 })
      const { id } = yield* upload(tenant, form("products", "C:\\files\\products.csv", yield* csv(sheet)))

      yield* work(tenant)
      const ready = yield* read(tenant, id)
      const early = yield* number(tenant, "SELECT count(*) AS n FROM products")
      const committing = yield* call(tenant, "POST", `/${id}/commit`)
      yield* work(tenant)
      const done = yield* read(tenant, id)
      yield* as(tenant)(
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE jobs SET status = 'queued', next_due = now()`)
      )
      yield* work(tenant)

      expect(ready).toMatchObject({
        status: "ready",
        fileName: "products.csv",
        percent: 100,
        columns: ["sku", "name", "price", "stock"],
        mapping: { sku: "sku", name: "name", price: "price", stock: "stock" },
        counts: { rows: 2_500, created: 2_500, updated: 0, skipped: 0, rejected: 0 }
      })
      expect(early).toBe(0)
      expect(committing.json).toMatchObject({ status: "committing", counts: { created: 0 } })
      expect(done).toMatchObject({
        status: "completed",
        percent: 100,
        counts: { rows: 2_500, created: 2_500, updated: 0, skipped: 0, rejected: 0 }
      })
      expect(yield* read(tenant, id)).toEqual(done)
      expect(yield* number(tenant, "SELECT count(*) AS n FROM products")).toBe(2_500)
      expect(yield* number(tenant, "SELECT sum(available) - sum(initial) AS n FROM products")).toBe(0)
      expect(yield* events(tenant, id, "import.completed")).toBe(1)
      expect(yield* events(tenant, id, "product.imported")).toBe(13)
      expect(yield* number(tenant, "SELECT count(*) AS n FROM import_units")).toBe(0)
    })
  )

  it.effect("updates products that exist and leaves their stock alone", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant
      yield* upload(tenant, form("products", "a.csv", "SKU,Title,Price\nA,One,1\nB,Two,2\n", true))
      yield* work(tenant)

      const { id } = yield* upload(
        tenant,
        form("products", "b.csv", "SKU;Title;Price;Stock\nb;Zwei;2,55;7\nC;Drei;3;7\nb;;0;\n", true)
      )
      yield* work(tenant)

      expect((yield* read(tenant, id)).counts).toMatchObject({ rows: 3, created: 1, updated: 1, skipped: 1 })
      const rows = yield* as(tenant)(
        Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql`SELECT sku, name, price_minor, available FROM products ORDER BY sku`
        )
      )
      expect(rows).toEqual([
        { sku: "A", name: "One", priceMinor: 100, available: 10_000 },
        { sku: "B", name: "Zwei", priceMinor: 255, available: 10_000 },
        { sku: "C", name: "Drei", priceMinor: 300, available: 7 }
      ])
    })
  )

  it.effect("takes orders from a workbook and tells of every row that it rejects", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant
      const sheet = WorkbookGenerator.retail({ seed: 5, rows: 3_000 })
      const path = join(folder, "retail.xlsx")
      yield* Effect.promise(() => WorkbookGenerator.writeXlsx(path, sheet))
      const { id } = yield* upload(tenant, form("orders", "retail.xlsx", readFileSync(path), true))

      yield* work(tenant)
      const done = yield* read(tenant, id)
      const first = yield* call(tenant, "GET", `/${id}/rejected?limit=2`)
      const second = yield* call(tenant, "GET", `/${id}/rejected?limit=2&cursor=${first.json.nextCursor}`)
      const file = yield* call(tenant, "GET", `/${id}/rejected.csv`)

      const { goodInvoices, rejectedRows } = sheet.facts
      expect(done).toMatchObject({
        status: "completed",
        counts: { rows: 3_000, created: goodInvoices, skipped: 0, rejected: rejectedRows }
      })
      expect(yield* number(tenant, "SELECT count(*) AS n FROM orders")).toBe(goodInvoices)
      expect(
        yield* number(
          tenant,
          `SELECT count(*) AS n FROM orders o JOIN state_history h ON h.tenant_id = o.tenant_id
             AND h.machine = 'order' AND h.key = o.id::text AND h.event = 'born' AND h.to_state = o.status`
        )
      ).toBe(goodInvoices)
      expect(yield* number(tenant, "SELECT count(*) AS n FROM order_lines")).toBe(3_000 - rejectedRows)
      expect(yield* number(tenant, "SELECT count(*) AS n FROM import_rejections WHERE reason = ''")).toBe(0)
      expect(first.json.items).toHaveLength(2)
      expect(second.json.items[0].row).toBeGreaterThan(first.json.items[1].row)
      const lines = [...sheet.lines()]
      const rejected = first.json.items[0]
      expect(rejected.cells[0]).toEqual(lines[rejected.row - 1]?.[0])
      expect(file.text.split("\r\n")).toHaveLength(rejectedRows + 2)
      expect(file.text).toMatch(/^InvoiceNo,StockCode,.*,Country,reason\r\n/)
      expect(file.text).toMatch(
        /invoice C\d+ is a credit note or lettered, not an order; quantity must be above 0/
      )
    })
  )

  it.effect("skips orders whose number is there", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant
      const content = yield* csv(WorkbookGenerator.retail({ seed: 6, rows: 600 }))
      const first = yield* upload(tenant, form("orders", "a.csv", content, true))
      yield* work(tenant)
      const second = yield* upload(tenant, form("orders", "a.csv", content))
      yield* work(tenant)
      const ready = yield* read(tenant, second.id)
      yield* call(tenant, "POST", `/${second.id}/commit`)
      yield* work(tenant)

      const { created } = (yield* read(tenant, first.id)).counts
      expect(ready.counts).toMatchObject({ created: 0, skipped: created })
      expect((yield* read(tenant, second.id)).counts).toMatchObject({ created: 0, skipped: created })
      expect(yield* number(tenant, "SELECT count(*) AS n FROM orders")).toBe(created)
    })
  )

  it.effect("goes on where its owner died, in either phase, and does each row once", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant
      const sheet = WorkbookGenerator.products({ rows: 12_000 })
      const { id } = yield* upload(tenant, form("products", "a.csv", yield* csv(sheet), true))
      const passed = (column: string, at: number) =>
        number(tenant, `SELECT ${column} AS n FROM imports WHERE id = '${id}'`).pipe(
          Effect.delay("5 millis"),
          Effect.repeat({ until: (n) => n > at }),
          Effect.timeout("20 seconds")
        )

      const reading = yield* own(tenant)
      const staged = yield* passed("staged_row", 1_000)
      yield* reading.die
      const writing = yield* own(tenant)
      const committed = yield* passed("committed_unit", 1_000)
      yield* writing.die
      const half = yield* read(tenant, id)
      yield* work(tenant)

      expect(staged).toBeLessThan(12_000)
      expect(committed).toBeLessThan(12_000)
      expect(half.status).toBe("committing")
      expect(yield* read(tenant, id)).toMatchObject({
        status: "completed",
        counts: { rows: 12_000, created: 12_000, updated: 0, skipped: 0, rejected: 0 }
      })
      expect(yield* number(tenant, "SELECT count(*) AS n FROM products")).toBe(12_000)
      expect(
        yield* number(
          tenant,
          "SELECT sum((payload->>'count')::int) AS n FROM events WHERE type = 'product.imported'"
        )
      ).toBe(12_000)
    })
  )

  it.effect("reads the file again under another mapping and remembers it for the next file", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant
      const content = "Ref,Kurz,Betrag\nA1,Eins,1.5\nA2,Zwei,x\n"
      const { id } = yield* upload(tenant, form("products", "a.csv", content))
      yield* work(tenant)
      const guessed = yield* read(tenant, id)

      const mapped = yield* call(tenant, "PUT", `/${id}/mapping`, {
        mapping: { sku: "Ref", name: "Kurz", price: "Betrag", stock: "Nirgends", colour: "Ref" }
      })
      yield* work(tenant)
      const ready = yield* read(tenant, id)
      const next = yield* upload(tenant, form("products", "b.csv", content))
      yield* work(tenant)

      expect(guessed.counts).toMatchObject({ rows: 2, rejected: 2, created: 0 })
      expect(mapped).toMatchObject({ status: 200, json: { status: "uploaded" } })
      expect(ready).toMatchObject({
        status: "ready",
        mapping: { sku: "Ref", name: "Kurz", price: "Betrag" },
        counts: { rows: 2, created: 1, rejected: 1 }
      })
      expect((yield* call(tenant, "GET", `/${id}/rejected`)).json.items).toEqual([
        { row: 2, reason: "price is not a number", cells: ["A2", "Zwei", "x"] }
      ])
      expect((yield* read(tenant, next.id)).mapping).toEqual(ready.mapping)
    })
  )

  it.effect("stops at a cancellation, and allows what its state allows", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant
      const { id } = yield* upload(tenant, form("products", "a.csv", "sku,price\nA,1\n"))

      const early = yield* call(tenant, "POST", `/${id}/commit`)
      const cancelled = yield* call(tenant, "POST", `/${id}/cancel`)
      const again = yield* call(tenant, "POST", `/${id}/cancel`)
      yield* work(tenant)

      expect(early).toMatchObject({ status: 409, json: { code: "Import.WrongState" } })
      expect(cancelled).toMatchObject({ status: 200, json: { status: "cancelled" } })
      expect(again.status).toBe(409)
      expect((yield* read(tenant, id)).status).toBe("cancelled")
      expect(yield* number(tenant, "SELECT count(*) AS n FROM products")).toBe(0)
    })
  )

  it.effect("ends as failed, with the reason, when the file cannot be read on", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant
      const broken = yield* upload(tenant, form("orders", "a.csv", 'a,b\n1,"2\n'))
      yield* work(tenant)
      const unknown = yield* upload(tenant, form("orders", "b.csv", "a,b\n1,2\n", true))
      yield* work(tenant)

      expect(yield* read(tenant, broken.id)).toMatchObject({
        status: "failed",
        error: expect.stringContaining("quote")
      })
      expect(yield* read(tenant, unknown.id)).toMatchObject({
        status: "failed",
        error: "No column of the file is recognised as number, sku, quantity, price"
      })
      expect(yield* events(tenant, broken.id, "import.failed")).toBe(1)
      expect(yield* number(tenant, "SELECT count(*) AS n FROM jobs WHERE status <> 'succeeded'")).toBe(0)
    })
  )

  it.effect("keeps poison out of the database's JSON", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant
      const rows = "sku,name,price\nA,x\u0000y,1\nB,,-1\n"
      const wide = Buffer.concat([
        Buffer.from([0xff, 0xfe]),
        Buffer.from(`${rows}C,\ud800,q\ud800\n`, "utf16le")
      ])

      const { id } = yield* upload(tenant, form("products", "a.csv", wide, true))
      yield* work(tenant)

      expect(yield* read(tenant, id)).toMatchObject({
        status: "completed",
        counts: { created: 1, rejected: 2 }
      })
    })
  )

  it.effect("is refused at the door when it is no table, and leaves no object behind", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant
      const send = (data: FormData) => call(tenant, "POST", "", data)
      const none = new FormData()
      none.append("kind", "orders")

      const answers = yield* Effect.forEach(
        [
          form("orders", "a.pdf", "%PDF-1.7 …"),
          form("orders", "a.bin", new Uint8Array([1, 0, 2, 0])),
          form("orders", "empty.csv", ""),
          form("customers", "a.csv", "a,b\n"),
          form("orders", "big.csv", new Uint8Array(65 * 1024 ** 2).fill(65)),
          none
        ],
        send
      )

      expect(answers.map(({ status, json }) => [status, json.code])).toEqual(
        answers.map(() => [422, "Import.Unreadable"])
      )
      const left = join(folder, "objects", tenant, "imports")
      expect(existsSync(left) ? readdirSync(left) : []).toEqual([])
      expect(readdirSync(join(folder, "objects", ".incoming"))).toEqual([])
      expect(yield* number(tenant, "SELECT count(*) AS n FROM imports")).toBe(0)
    })
  )

  it.effect("is nobody else's, and not a viewer's to start", () =>
    Effect.gen(function* () {
      const [tenant, other] = [yield* newTenant, yield* newTenant]
      const { id } = yield* upload(tenant, form("products", "a.csv", "sku,price\nA,1\n"))

      const answers = yield* Effect.forEach(
        [
          call(other, "GET", `/${id}`),
          call(other, "POST", `/${id}/commit`),
          call(other, "POST", `/${id}/cancel`),
          call(other, "PUT", `/${id}/mapping`, { mapping: {} }),
          call(other, "GET", `/${id}/rejected`),
          call(other, "GET", `/${id}/rejected.csv`)
        ],
        (answer) => answer
      )
      const viewer = yield* call(tenant, "POST", "", form("products", "a.csv", "a,b\n"), "viewer")

      expect(answers.map(({ status, json }) => [status, json.code])).toEqual(
        answers.map(() => [404, "Import.NotFound"])
      )
      expect((yield* call(other, "GET", "")).json.items).toEqual([])
      expect((yield* call(tenant, "GET", "")).json.items).toHaveLength(1)
      expect(viewer.status).toBe(403)
    })
  )

  const real = process.env.ONLINE_RETAIL_XLSX ?? ""

  it.effect.skipIf(!existsSync(real))("takes the first 20,000 lines of the Online Retail workbook", () =>
    Effect.gen(function* () {
      const tenant = yield* newTenant
      const content = readFileSync(real)

      const products = yield* upload(tenant, form("products", "retail.xlsx", content, true))
      yield* work(tenant)
      const orders = yield* upload(tenant, form("orders", "retail.xlsx", content, true))
      yield* work(tenant)

      expect((yield* read(tenant, products.id)).counts).toMatchObject({ rows: 20_000, created: 2_368 })
      expect((yield* read(tenant, orders.id)).counts).toMatchObject({
        rows: 20_000,
        created: 756,
        rejected: 398
      })
      expect(yield* number(tenant, "SELECT count(*) AS n FROM products")).toBe(2_368)
      expect(yield* number(tenant, "SELECT count(*) AS n FROM orders")).toBe(756)
      expect(yield* number(tenant, "SELECT count(*) AS n FROM import_rejections")).toBe(398)
    })
  )
})
