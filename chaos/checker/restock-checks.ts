import { type HistoryEntry } from "../history/history-entry.ts"
import { type Evidence } from "./evidence.ts"
import { type Finding } from "./finding.ts"
import { grouped } from "./grouped.ts"
import { type StoredState } from "./stored-state.ts"

/** I2: each restock that was answered is in the ledger once; one without an answer is there once or not at all. */
const RestockChecks = {
  check: (evidence: Evidence, restocks: ReadonlyArray<StoredState.Restock>): ReadonlyArray<Finding> => {
    const recent = restocks.filter(({ at }) => at >= evidence.startedAt)
    const rowsOf = grouped(recent, nameOf)
    const known = new Set<string>()
    const operations = evidence.operations.of("restock").flatMap((restock): ReadonlyArray<Finding> => {
      const { productId, quantity } = restock.args as HistoryEntry.RestockArgs
      const name = nameOf({ tenant: restock.tenant, productId, quantity })
      known.add(name)
      const rows = rowsOf.get(name) ?? []
      const allowed = { ok: [1], fail: [0], info: [0, 1], refused: [0, 1] }[restock.status]
      if (allowed.includes(rows.length)) return []
      const witness = [
        ...restock.lines.map((line) => JSON.stringify(line)),
        ...rows.map((row) => JSON.stringify(row))
      ]
      const message = `the restock ${restock.key} ended as ${restock.status} and is in the ledger ${rows.length} times`
      return [{ invariant: "I2", message, witness }]
    })
    const nobodys = recent
      .filter((row) => !known.has(nameOf(row)))
      .map((row) => ({
        invariant: "I2",
        message: `nobody restocked product ${row.productId} by ${row.quantity}`,
        witness: [JSON.stringify(row)]
      }))
    return [...operations, ...nobodys]
  }
}

const nameOf = ({
  productId,
  quantity,
  tenant
}: Pick<StoredState.Restock, "tenant" | "productId" | "quantity">) => `${tenant} ${productId} ${quantity}`

export { RestockChecks }
