import { HttpApi, HttpClient, HttpLayerRouter } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { expect, layer } from "@effect/vitest"
import { Identifier } from "@tessera/infra/context/identifier"
import { JobDefinition } from "@tessera/infra/jobs/job-definition"
import { JobService } from "@tessera/infra/jobs/job-service"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { TestCluster } from "@tessera/infra/testing/test-cluster"
import { JobHttp } from "@tessera/shared/job/job-http"
import { Duration, Effect, Layer, Ref, Schema } from "effect"
import { TestAccess } from "../../testing/test-access.ts"
import { JobFeature } from "./job-feature.ts"

/** The contract's job group alone, under the contract's name. */
class Api extends HttpApi.make("tessera").add(JobHttp) {}

const server = HttpLayerRouter.serve(
  HttpLayerRouter.addHttpApi(Api).pipe(Layer.provide(JobFeature), Layer.provide(TestAccess.layer)),
  { disableLogger: true, disableListenLog: true }
).pipe(Layer.provideMerge(NodeHttpServer.layerTest), Layer.provideMerge(TestCluster.layer))

const definition = (name: string) =>
  JobDefinition.make({
    name,
    queue: name,
    payload: Schema.Struct({}),
    maxAttempts: 1,
    concurrency: 2,
    timeout: Duration.seconds(5)
  })

const tenant = Effect.map(Identifier.uuid, Tenancy.Id.make)
const asTenant = (id: Tenancy.Id) => Effect.provideService(Tenancy.Current, Tenancy.system(id, "test"))

interface Answer {
  readonly status: number
  /** Loose on purpose: the contract's own schema must not hide what the server sent. */
  readonly body: Record<string, unknown> & {
    readonly items: ReadonlyArray<{ readonly id: string }>
    readonly nextCursor: string | null
  }
}

const call = (method: "get" | "post", path: string, tenantId: string, role = "operator") =>
  Effect.gen(function* () {
    const response = yield* HttpClient[method](`/v1/jobs${path}`, {
      headers: { authorization: `Bearer ${tenantId}/${role}` }
    })
    return { status: response.status, body: yield* response.json } as Answer
  })

const until = (id: string, tenantId: string, status: string) =>
  call("get", `/${id}`, tenantId).pipe(
    Effect.delay("20 millis"),
    Effect.repeat({ until: ({ body }) => body.status === status }),
    Effect.timeout("15 seconds")
  )

layer(server, { timeout: "60 seconds", excludeTestServices: true })("jobs over HTTP", (it) => {
  it.effect("shows a dead job with its error, and a replay runs it again to its end", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const tenantId = yield* tenant
      const broken = yield* Ref.make(true)
      const job = definition("mendable")
      yield* jobs.handle(job, () =>
        Effect.flatMap(Ref.get(broken), (is) => (is ? Effect.fail("the printer is on fire") : Effect.void))
      )
      const [id = ""] = yield* jobs.submit(job, {}).pipe(asTenant(tenantId))

      const { body: dead } = yield* until(id, tenantId, "dead")
      expect(dead).toMatchObject({ name: "mendable", attempts: 1, maxAttempts: 1, nextDueAt: null })
      expect(dead.lastError).toContain("the printer is on fire")
      expect(dead.finishedAt).not.toBeNull()

      yield* Ref.set(broken, false)
      const replayed = yield* call("post", `/${id}/replay`, tenantId)
      const { body: done } = yield* until(id, tenantId, "succeeded")

      expect(replayed).toMatchObject({
        status: 200,
        body: { status: "queued", attempts: 0, finishedAt: null }
      })
      expect(done.attempts).toBe(1)
    })
  )

  it.effect("replays dead jobs only, and only for those who operate", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const tenantId = yield* tenant
      const job = definition("fine")
      yield* jobs.handle(job, () => Effect.void)
      const [id = ""] = yield* jobs.submit(job, {}).pipe(asTenant(tenantId))
      yield* until(id, tenantId, "succeeded")

      expect(yield* call("post", `/${id}/replay`, tenantId)).toMatchObject({
        status: 409,
        body: { code: "Job.NotDead" }
      })
      expect(yield* call("post", `/${id}/replay`, tenantId, "viewer")).toMatchObject({
        status: 403,
        body: { code: "Access.Denied" }
      })
    })
  )

  it.effect("replays a dead job although a successor took over its dedupe key", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const sql = yield* InfraSql
      const tenantId = yield* tenant
      const job = definition("deduped")
      const submit = jobs.submit(job, {}, { dedupeKey: "k" }).pipe(asTenant(tenantId))
      const [first = ""] = yield* submit
      yield* sql`UPDATE jobs SET status = 'dead', next_due = NULL WHERE id = ${first}`
      const [second = ""] = yield* submit

      const replayed = yield* call("post", `/${first}/replay`, tenantId)

      expect(second).not.toBe(first)
      expect(replayed.status).toBe(200)
    })
  )

  it.effect("knows nothing of another tenant's jobs", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const [theirs, ours] = [yield* tenant, yield* tenant]
      const [id] = yield* jobs.submit(definition("theirs"), {}).pipe(asTenant(theirs))

      expect(yield* call("get", `/${id}`, ours)).toMatchObject({
        status: 404,
        body: { code: "Job.NotFound" }
      })
      expect(yield* call("post", `/${id}/replay`, ours)).toMatchObject({ status: 404 })
      expect(yield* call("get", "", ours)).toEqual({ status: 200, body: { items: [], nextCursor: null } })
    })
  )

  it.effect("lists newest first by pages, though all rows share one instant", () =>
    Effect.gen(function* () {
      const jobs = yield* JobService
      const tenantId = yield* tenant
      const ids = yield* jobs.submit(definition("many"), [{}, {}, {}, {}, {}]).pipe(asTenant(tenantId))
      const page = (cursor: string | null) =>
        call("get", cursor === null ? "?limit=2" : `?limit=2&cursor=${cursor}`, tenantId)

      const first = yield* page(null)
      const second = yield* page(first.body.nextCursor)
      const third = yield* page(second.body.nextCursor)

      const listed = [first, second, third].flatMap(({ body }) => body.items.map(({ id }) => id))
      expect(listed).toEqual([...ids].sort().reverse())
      expect(third.body.nextCursor).toBeNull()
      expect(yield* call("get", "?status=cancelled", tenantId)).toMatchObject({ body: { items: [] } })
      expect((yield* call("get", "?cursor=nonsense", tenantId)).status).toBe(400)
    })
  )
})
