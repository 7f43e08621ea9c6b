import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Reactivity } from "@effect/experimental"
import { HttpApi, HttpClient, HttpClientRequest, HttpLayerRouter } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { describe, expect, layer } from "@effect/vitest"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Database } from "@tessera/infra/tenancy/database"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { SessionHttp } from "@tessera/shared/session/session-http"
import { Effect, Layer, Redacted } from "effect"
import { AccessLive } from "../../access/access-live.ts"
import { AccessSettings } from "../../access/access-settings.ts"
import { CredentialHash } from "../../access/credential-hash.ts"
import { Password } from "../../access/password.ts"
import { EdgeMiddleware } from "../../edge/edge-middleware.ts"
import { CreateAccess } from "../../migrations/create-access.ts"
import { SessionFeature } from "./session-feature.ts"

/** The contract's session group alone, under the contract's name. */
class Api extends HttpApi.make("tessera").add(SessionHttp) {}

const acme = "0190aaaa-0000-7000-8000-000000000001"
const globex = "0190bbbb-0000-7000-8000-000000000002"
const ada = "0190aaaa-0000-7000-8000-0000000000a1"
const adaAtGlobex = "0190bbbb-0000-7000-8000-0000000000b1"
const vic = "0190aaaa-0000-7000-8000-0000000000a2"
const acmeKey = "tsk_acme_0123456789abcdef"
const globexKey = "tsk_globex_0123456789abcdef"
const revokedKey = "tsk_revoked_0123456789abcdef"
const lateKey = "tsk_late_0123456789abcdef"

/** Ada belongs to both tenants, with two passwords; Vic belongs to one. */
const seed = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* CreateAccess
  // As infra: the owner is under row-level security like everyone else.
  const [first, second, third] = yield* Effect.all([
    Password.hash("acme-password"),
    Password.hash("globex-password"),
    Password.hash("vic-password")
  ])
  const infra = yield* InfraSql
  yield* infra`INSERT INTO tenants (id, slug, name, currency) VALUES
    (${acme}, 'acme', 'Acme', 'EUR'), (${globex}, 'globex', 'Globex', 'USD')`
  yield* infra`INSERT INTO members (tenant_id, id, email, name, role, password_hash) VALUES
    (${acme}, ${ada}, 'ada@example.com', 'Ada', 'owner', ${first}),
    (${globex}, ${adaAtGlobex}, 'ada@example.com', 'Ada at Globex', 'viewer', ${second}),
    (${acme}, ${vic}, 'vic@example.com', 'Vic', 'viewer', ${third})`
  const key = (tenant: string, id: string, secret: string, role: string) =>
    infra`INSERT INTO api_keys (tenant_id, id, name, prefix, key_hash, role) VALUES
      (${tenant}, ${id}, ${secret.slice(0, 8)}, ${secret.slice(0, 8)}, ${CredentialHash.of(secret)}, ${role})`
  yield* key(acme, "0190aaaa-0000-7000-8000-0000000000c1", acmeKey, "operator")
  yield* key(acme, "0190aaaa-0000-7000-8000-0000000000c2", revokedKey, "owner")
  yield* key(acme, "0190aaaa-0000-7000-8000-0000000000c3", lateKey, "owner")
  yield* key(globex, "0190bbbb-0000-7000-8000-0000000000c1", globexKey, "admin")
  yield* infra`UPDATE api_keys SET revoked_at = now() WHERE key_hash = ${CredentialHash.of(revokedKey)}`
  return sql
}).pipe(Effect.orDie)

const infra = Layer.unwrapEffect(
  Effect.map(TestDatabase, ({ url }) =>
    InfraSql.layer({ url: Redacted.make(url("tessera_infra")), name: "infra", connections: 5 })
  )
).pipe(Layer.provide(Reactivity.layer))

const dataDir = Layer.scoped(
  AccessSettings,
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "tessera-demo-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
    ),
    (folder) => {
      const users = [{ email: "ada@example.com", password: "acme-password", role: "owner" }]
      writeFileSync(
        join(folder, "demo.json"),
        JSON.stringify({ url: "http://localhost", tenants: [{ slug: "acme", apiKey: acmeKey, users }] })
      )
      return { demo: true, dataDir: folder, publicUrl: new URL("https://shop.example") }
    }
  )
)

const database = Layer.mergeAll(
  infra,
  Layer.provideMerge(Database.layer, TestDatabase.as("tessera_app")),
  Layer.effectDiscard(Effect.provide(seed, TestDatabase.as("tessera_owner"))).pipe(Layer.provide(infra))
).pipe(Layer.provideMerge(TestDatabase.layer))

const server = HttpLayerRouter.serve(
  Layer.merge(HttpLayerRouter.addHttpApi(Api), EdgeMiddleware.layer).pipe(
    Layer.provide(SessionFeature),
    Layer.provide(AccessLive)
  ),
  { disableLogger: true, disableListenLog: true }
).pipe(
  Layer.provideMerge(NodeHttpServer.layerTest),
  Layer.provide(dataDir),
  Layer.provideMerge(database),
  Layer.orDie
)

const login = (email: string, password: string, headers: Record<string, string> = {}) =>
  HttpClientRequest.post("/v1/auth/login").pipe(
    HttpClientRequest.bodyUnsafeJson({ email, password }),
    HttpClientRequest.setHeaders(headers),
    HttpClient.execute
  )

const signedIn = Effect.fn(function* (email: string, password: string) {
  const response = yield* login(email, password)
  expect(response.status).toBe(200)
  return `tessera_session=${response.cookies.cookies.tessera_session?.value}`
})

const me = (headers: Record<string, string>) => HttpClient.get("/v1/auth/me", { headers })
const tenantOf = (headers: Record<string, string>) =>
  me(headers).pipe(
    Effect.flatMap((response) => response.json),
    Effect.map((body) => (body as { readonly tenant?: { readonly slug: string } }).tenant?.slug)
  )

layer(server, { excludeTestServices: true })("a session", (it) => {
  describe("signing in", () => {
    it.effect("opens the tenant whose password it is, with a cookie that no script reads", () =>
      Effect.gen(function* () {
        const first = yield* login("Ada@Example.com", "acme-password")
        const second = yield* login("ada@example.com", "globex-password")

        expect(yield* first.json).toMatchObject({
          actorId: ada,
          name: "Ada",
          email: "ada@example.com",
          role: "owner",
          tenant: { slug: "acme" },
          demo: true
        })
        expect(yield* second.json).toMatchObject({ actorId: adaAtGlobex, tenant: { slug: "globex" } })
        expect(first.headers["set-cookie"]).toMatch(
          /^tessera_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/
        )
      })
    )

    it.effect("stores no token, only its hash", () =>
      Effect.gen(function* () {
        const sql = yield* InfraSql
        const cookie = yield* signedIn("vic@example.com", "vic-password")
        const token = cookie.replace("tessera_session=", "")

        const rows = yield* sql`SELECT * FROM sessions WHERE member_id = ${vic}`

        expect(JSON.stringify(rows)).not.toContain(token)
        expect(JSON.stringify(rows)).toContain(CredentialHash.of(token))
      })
    )

    it.effect("gives a wrong password, an unknown person and a foreign page the same status", () =>
      Effect.gen(function* () {
        const wrong = yield* login("ada@example.com", "vic-password")
        const unknown = yield* login("nobody@example.com", "acme-password")
        const foreign = yield* login("ada@example.com", "acme-password", { origin: "https://evil.example" })

        const problems = yield* Effect.all([wrong.json, unknown.json, foreign.json])
        expect(problems).toMatchObject(
          Array.from({ length: 3 }, () => ({ status: 401, code: "Session.Rejected" }))
        )
        expect(foreign.headers["set-cookie"]).toBeUndefined()
      })
    )

    it.effect("is closed to an e-mail after ten wrong passwords, even with the right one", () =>
      Effect.gen(function* () {
        yield* Effect.replicateEffect(login("vic@example.com", "guess"), 10)

        const vicsOwn = yield* login("vic@example.com", "vic-password")
        const adas = yield* login("ada@example.com", "acme-password")

        expect([vicsOwn.status, adas.status]).toEqual([401, 200])
      })
    )
  })

  describe("being signed in", () => {
    it.effect("ends with its expiry", () =>
      Effect.gen(function* () {
        const sql = yield* InfraSql
        const cookie = yield* signedIn("ada@example.com", "globex-password")
        yield* sql`UPDATE sessions SET expires_at = now() WHERE member_id = ${adaAtGlobex}`

        const response = yield* me({ cookie })

        expect(yield* response.json).toMatchObject({ status: 401, code: "Access.Unauthenticated" })
      })
    )

    it.effect("ends at once with signing out", () =>
      Effect.gen(function* () {
        const sql = yield* InfraSql
        const cookie = yield* signedIn("ada@example.com", "acme-password")
        const before = yield* me({ cookie })

        const out = yield* HttpClient.post("/v1/auth/logout", { headers: { cookie } })

        const after = yield* me({ cookie })
        const hash = CredentialHash.of(cookie.replace("tessera_session=", ""))
        expect([before.status, out.status, after.status]).toEqual([200, 204, 401])
        expect(out.headers["set-cookie"]).toMatch(/^tessera_session=; Max-Age=0; Path=\//)
        expect(yield* sql`SELECT 1 FROM sessions WHERE token_hash = ${hash}`).toEqual([])
      })
    )

    it.effect("lets no foreign page write with the cookie", () =>
      Effect.gen(function* () {
        const cookie = yield* signedIn("ada@example.com", "acme-password")

        const foreign = yield* HttpClient.post("/v1/auth/logout", {
          headers: { cookie, origin: "https://evil.example" }
        })
        const still = yield* me({ cookie, origin: "https://evil.example" })

        expect([foreign.status, still.status]).toEqual([401, 200])
      })
    )
  })

  describe("an API key", () => {
    it.effect("acts for its own tenant only, whatever cookie comes with it", () =>
      Effect.gen(function* () {
        const cookie = yield* signedIn("ada@example.com", "globex-password")

        const slugs = yield* Effect.all([
          tenantOf({ authorization: `Bearer ${acmeKey}` }),
          tenantOf({ authorization: `Bearer ${globexKey}` }),
          tenantOf({ authorization: `Bearer ${acmeKey}`, cookie })
        ])
        const invalid = yield* me({ authorization: "Bearer tsk_unknown_0123456789", cookie })

        expect(slugs).toEqual(["acme", "globex", "acme"])
        expect(invalid.status).toBe(401)
      })
    )

    it.effect("shows itself as the actor, with its own role and no e-mail", () =>
      Effect.gen(function* () {
        const response = yield* me({ authorization: `Bearer ${acmeKey}` })

        expect(yield* response.json).toMatchObject({ name: "tsk_acme", email: null, role: "operator" })
      })
    )

    it.effect("is refused once revoked, at the latest five seconds after its last use", () =>
      Effect.gen(function* () {
        const sql = yield* InfraSql
        const authorization = `Bearer ${lateKey}`
        const revoked = yield* me({ authorization: `Bearer ${revokedKey}` })
        const before = yield* me({ authorization })
        yield* sql`UPDATE api_keys SET revoked_at = now() WHERE key_hash = ${CredentialHash.of(lateKey)}`

        yield* Effect.sleep("5100 millis")
        const after = yield* me({ authorization })

        expect([revoked.status, before.status, after.status]).toEqual([401, 200, 401])
      })
    )
  })

  it.effect("offers the sign-ins that the seed wrote down", () =>
    Effect.gen(function* () {
      const response = yield* HttpClient.get("/v1/auth/demo-logins")

      expect(yield* response.json).toEqual([
        { tenant: "acme", email: "ada@example.com", password: "acme-password", role: "owner" }
      ])
    })
  )
})
