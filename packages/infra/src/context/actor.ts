import { Context, Schema } from "effect"

const _TenantId: Schema.brand<typeof Schema.UUID, "TenantId"> = Schema.UUID.pipe(Schema.brand("TenantId"))

/**
 * Who acts, on whose behalf, and under which request: plain data, so that it travels with rows and
 * messages.
 */
class _Current extends Schema.Class<_Current>("Actor")({
  tenantId: _TenantId,
  /** A user id, an API key id, or `system` for work that nobody asked for by hand. */
  actorId: Schema.NonEmptyString,
  /** The product's own role name; infra only carries it. */
  role: Schema.NonEmptyString,
  requestId: Schema.NonEmptyString
}) {}

declare namespace Actor {
  type TenantId = typeof _TenantId.Type
  type Value = _Current
}

/**
 * The actor of the current request, message, job or workflow.
 * Per-call by nature, so it is the one requirement that a service method may keep.
 * @effect-leakable-service
 */
class Actor extends Context.Tag("infra/context/Actor")<Actor, Actor.Value>() {
  static readonly TenantId = _TenantId
  static readonly Value = _Current
}

export { Actor }
