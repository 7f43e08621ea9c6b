import { createHash, randomBytes, randomUUID } from "node:crypto"
import { type ChaosFleet } from "../bed/chaos-fleet.ts"

declare namespace EventTenants {
  interface Tenant {
    readonly id: string
    readonly slug: string
    /** One for each user: what is limited for a user is not limited for all together. */
    readonly apiKeys: ReadonlyArray<string>
  }
}

/** Tenants with so many API keys each; those that the seed has not made are made. */
const EventTenants = {
  of: async (
    fleet: ChaosFleet,
    slugs: ReadonlyArray<string>,
    users: number
  ): Promise<ReadonlyArray<EventTenants.Tenant>> => {
    await fleet.sql(
      `INSERT INTO tenants (id, slug, name, currency)
       SELECT id::uuid, slug, slug, 'EUR' FROM unnest($1::text[], $2::text[]) AS t(id, slug) ON CONFLICT (slug) DO NOTHING`,
      [slugs.map(() => randomUUID()), slugs]
    )
    const rows = await fleet.sql<{ readonly id: string; readonly slug: string }>(
      "SELECT id, slug FROM tenants WHERE slug = ANY ($1)",
      [slugs]
    )
    const tenants = rows.map((row) => ({
      ...row,
      apiKeys: Array.from({ length: users }, () => `tsk_${randomBytes(32).toString("base64url")}`)
    }))
    for (const { apiKeys, id } of tenants) {
      const hashes = apiKeys.map((key) => createHash("sha256").update(key, "utf8").digest("hex"))
      await fleet.sql(
        `INSERT INTO api_keys (tenant_id, id, name, prefix, key_hash, role)
         SELECT $1, gen_random_uuid(), 'Chaos', 'tsk_chaos', hash, 'admin' FROM unnest($2::text[]) AS k(hash)`,
        [id, hashes]
      )
    }
    return slugs.flatMap((slug) => tenants.filter((tenant) => tenant.slug === slug))
  }
} as const

export { EventTenants }
