import { Actor } from "../context/actor.ts"

/**
 * The pure words of tenancy that contracts may import: the tenant's id and who acts.
 * Isolation itself is `Database.transaction` plus row-level security.
 */
const Tenancy = {
  Id: Actor.TenantId,
  Actor: Actor.Value,
  Current: Actor,
  /** The actor of work that no person asked for by hand: sweeps, timers, replays. */
  system: (tenantId: Tenancy.Id, requestId: string): Tenancy.Actor =>
    Actor.Value.make({ tenantId, actorId: "system", role: "system", requestId })
} as const

declare namespace Tenancy {
  type Id = Actor.TenantId
  type Actor = import("../context/actor.ts").Actor.Value
  type Current = import("../context/actor.ts").Actor
}

export { Tenancy }
