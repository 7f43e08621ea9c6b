import { VerifyCheck } from "../../apps/api/src/verify/verify-check.ts"
import { type Evidence } from "./evidence.ts"
import { type Finding } from "./finding.ts"

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** I14: no byte that a tenant received, and no row of a tenant, holds another tenant's canary. */
const TenantChecks = {
  check: (evidence: Evidence): ReadonlyArray<Finding> =>
    evidence.foreign.map(({ line, tenant, text }) => ({
      invariant: "I14",
      message: `${tenant} received a canary of another tenant by ${line.operation} ${line.key}`,
      witness: [text, JSON.stringify(line)]
    })),
  stored: (evidence: Evidence, tables: ReadonlyArray<string>): ReadonlyArray<VerifyCheck> => {
    const canaries = evidence.canaries()
    if (canaries.length === 0) return []
    const values = canaries.map(([slug, word]) => `(${literal(slug)}, ${literal(word)})`).join(", ")
    return tables.map(
      (table) =>
        new VerifyCheck(
          "I14",
          `no row of ${table} holds another tenant's canary`,
          `SELECT t.slug || ': ' || left(r::text, 300) AS witness FROM "${table}" r
           JOIN tenants t ON t.id = r.tenant_id JOIN (VALUES ${values}) canary (slug, word) ON canary.slug <> t.slug
           WHERE position(canary.word IN r::text) > 0`
        )
    )
  }
}

export { TenantChecks }
