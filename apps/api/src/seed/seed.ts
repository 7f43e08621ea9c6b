import { randomBytes } from "node:crypto"
import { Tenancy } from "@tessera/infra/tenancy"
import { type Event } from "@tessera/shared/event/event"
import { DateTime, Effect, Random } from "effect"
import { CredentialHash } from "../access/credential-hash.ts"
import { Password } from "../access/password.ts"
import { DemoAccounts } from "./demo-accounts.ts"
import { DemoHistory } from "./demo-history.ts"
import { DemoId } from "./demo-id.ts"
import { DemoReceiver } from "./demo-receiver.ts"
import { DemoRepo } from "./demo-repo.ts"
import { DemoTenants } from "./demo-tenants.ts"

declare namespace Seed {
  type Options = {
    readonly publicUrl: string
    readonly receiverUrl: string
    /** Of `demo.json`. */
    readonly dataDir: string
  }
}

/** What a shop's other systems usually want to hear; progress would only make noise. */
const _announced = [
  "order.placed",
  "order.fulfilled",
  "order.cancelled",
  "order.refunded",
  "import.completed"
] satisfies ReadonlyArray<Event.Payload["_tag"]>

/**
 * Demo data, each part written once however often it runs; without `demo.json` the accounts get new
 * secrets.
 */
const Seed = {
  run: Effect.fn("Seed.run")(function* (options: Seed.Options) {
    const accounts = yield* DemoAccounts.keep({ dataDir: options.dataDir, url: options.publicUrl })
    yield* Effect.forEach(
      DemoTenants,
      (plan) =>
        _tenant(plan).pipe(
          Effect.zipRight(_accounts(plan, accounts)),
          Effect.zipRight(_settings(plan)),
          Effect.zipRight(_history(plan)),
          Effect.zipRight(_endpoint(plan, options.receiverUrl))
        ),
      { discard: true, concurrency: "unbounded" }
    )
  })
} as const

/** In minor units: above it somebody has to approve an order. */
const _approvalThresholdMinor = 500_000

const _tenantId = ({ slug }: DemoTenants.Plan) => DemoId.of(slug, "tenant")

const _tenant = (plan: DemoTenants.Plan) =>
  Effect.flatMap(DemoRepo, (repo) =>
    repo.addTenant({ id: _tenantId(plan), slug: plan.slug, name: plan.name, currency: plan.currency })
  )

const _accounts = (plan: DemoTenants.Plan, { file, isNew }: DemoAccounts.Kept) =>
  Effect.gen(function* () {
    const repo = yield* DemoRepo
    const tenantId = _tenantId(plan)
    const isKnown = yield* repo.hasAccounts(tenantId)
    const write = Effect.forEach(
      file.tenants.filter(({ slug }) => slug === plan.slug),
      ({ apiKey, users }) =>
        Effect.gen(function* () {
          const members = yield* Effect.forEach(
            users,
            ({ email, password, role }) =>
              Effect.map(Password.hash(password), (passwordHash) => ({
                tenantId,
                id: DemoId.of(plan.slug, "member", role),
                email,
                name: `${plan.name} ${role}`,
                role,
                passwordHash
              })),
            { concurrency: 2 }
          )
          yield* repo.writeAccounts(members, {
            tenantId,
            id: DemoId.of(plan.slug, "api-key"),
            name: "Demo",
            prefix: apiKey.slice(0, 12),
            keyHash: CredentialHash.of(apiKey),
            role: "admin"
          })
        })
    )
    yield* Effect.when(write, () => isNew || !isKnown)
  })

const _asTenant = (plan: DemoTenants.Plan) =>
  Effect.provideService(Tenancy.Current, Tenancy.system(Tenancy.Id.make(_tenantId(plan)), "seed"))

const _history = (plan: DemoTenants.Plan) =>
  Effect.gen(function* () {
    const repo = yield* DemoRepo
    const now = yield* DateTime.now
    const write = DemoHistory.draw(plan, now).pipe(
      Effect.withRandom(Random.make(plan.slug)),
      Effect.flatMap(repo.addHistory)
    )
    yield* Effect.unlessEffect(write, repo.hasOrders)
  }).pipe(_asTenant(plan))

const _settings = (plan: DemoTenants.Plan) =>
  Effect.flatMap(DemoRepo, (repo) => repo.addSettings(_approvalThresholdMinor)).pipe(_asTenant(plan))

const _endpoint = (plan: DemoTenants.Plan, receiverUrl: string) =>
  Effect.gen(function* () {
    const repo = yield* DemoRepo
    const secret = yield* repo.keepEndpoint({
      tenantId: _tenantId(plan),
      id: DemoId.of(plan.slug, "endpoint"),
      url: `${receiverUrl}/hooks/${plan.slug}`,
      description: "Demo receiver",
      types: _announced,
      secret: `whsec_${randomBytes(32).toString("base64")}`
    })
    yield* DemoReceiver.register(receiverUrl, plan.slug, secret)
  })

export { Seed }
