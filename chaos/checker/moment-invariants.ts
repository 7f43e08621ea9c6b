import { StoredChecksRepo } from "../../apps/api/src/verify/stored-checks-repo.ts"
import { VerifyCheck } from "../../apps/api/src/verify/verify-check.ts"
import { MachineInvariants } from "./machine-invariants.ts"

/** Of stock and money, those that ask neither what has ended nor what was done by then. */
const _ofEveryMoment = StoredChecksRepo.filter(
  ({ id, query }) => ["I2", "I3"].includes(id) && !/\b(ended|steps)\b/.test(query)
)

/** Promises that every commit keeps, so any snapshot does. `moved` are the histories that have gone on lately. */
const MomentInvariants: ReadonlyArray<VerifyCheck> = [
  ..._ofEveryMoment,
  new VerifyCheck(
    "I3",
    "an order has one live payment at most",
    `SELECT 'order ' || order_id || ': ' || string_agg('run ' || run || ' ' || status, ', ' ORDER BY run) AS witness
     FROM payments WHERE status NOT IN ('voided', 'refunded')
     GROUP BY tenant_id, order_id HAVING count(*) > 1`
  ),
  new VerifyCheck(
    "I3",
    "no more money is held of an order than its total",
    `SELECT 'order ' || o.id || ': total ' || o.total_minor || ', held ' || sum(p.amount_minor) AS witness
     FROM orders o JOIN payments p ON p.tenant_id = o.tenant_id AND p.order_id = o.id
     WHERE p.status NOT IN ('voided', 'refunded')
     GROUP BY o.tenant_id, o.id HAVING sum(p.amount_minor) > o.total_minor`
  ),
  ...MachineInvariants({ history: "moved", join: "RIGHT" })
]

export { MomentInvariants }
