import { Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { Effect, Layer, Redacted } from "effect"

/** A bearer `tenant/role` is whom it says: somebody of that tenant with its id, in that role. */
const TestAccess = {
  layer: Layer.succeed(
    Access.Http,
    Access.Http.of({
      session: () => Effect.fail(Access.Unauthenticated.make({})),
      apiKey: (key) => {
        const [tenantId = "", role = ""] = Redacted.value(key).split("/")
        return Effect.succeed(
          Tenancy.Actor.make({
            tenantId: Tenancy.Id.make(tenantId),
            actorId: tenantId,
            role,
            requestId: "r"
          })
        )
      }
    })
  )
} as const

export { TestAccess }
