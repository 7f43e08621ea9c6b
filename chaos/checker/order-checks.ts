import { type HistoryEntry } from "../history/history-entry.ts"
import { type HistoryOperations } from "../history/history-operations.ts"
import { type Evidence } from "./evidence.ts"
import { type Finding } from "./finding.ts"
import { grouped } from "./grouped.ts"
import { linesText } from "./lines-text.ts"
import { type StoredState } from "./stored-state.ts"

type Operation = HistoryOperations.Operation

/** Faults after which only what had reached the disk is there. */
const _crash = /postgres|database|disk|outage/i

const shown = (order: StoredState.Order) => JSON.stringify(order)
const linesOf = (operation: Operation) => operation.lines.map((line) => JSON.stringify(line))

/** I1, I8, I12: what was answered about orders against the rows. */
const OrderChecks = {
  check: (
    evidence: Evidence,
    orders: ReadonlyArray<StoredState.Order>,
    otherKeys: ReadonlyArray<string>
  ): ReadonlyArray<Finding> => {
    const byKey = grouped(orders, ({ key, tenant }) => `${tenant} ${key}`)
    const places = evidence.operations.of("place")
    return [
      ...places.flatMap((place) => placed(place, byKey.get(`${place.tenant} ${place.key}`) ?? [])),
      ...lostInCrash(evidence, byKey),
      ...phantoms(evidence, places, orders, otherKeys),
      ...cancels(evidence, orders),
      ...retries(evidence, orders)
    ]
  }
}

const placed = (place: Operation, rows: ReadonlyArray<StoredState.Order>): ReadonlyArray<Finding> => {
  const witness = [...linesOf(place), ...rows.map(shown)]
  const found = (message: string): Finding => ({ invariant: "I1", message, witness })
  const name = `the order under key ${place.key} of ${place.tenant}`
  if (rows.length > 1) return [found(`${name} exists ${rows.length} times`)]
  const [row] = rows
  if (place.status === "ok" && row === undefined) return [found(`${name} was acknowledged and is not there`)]
  if (place.status === "fail" && row !== undefined) return [found(`${name} was refused and is there`)]
  if (row === undefined) return []
  return [...answered(place, row, found, name), ...asked(place, row, found, name)]
}

const answered = (
  place: Operation,
  row: StoredState.Order,
  found: (message: string) => Finding,
  name: string
): ReadonlyArray<Finding> =>
  place.lines
    .filter(({ phase }) => phase === "ok")
    .flatMap(({ result }) => {
      const { id, number, totalMinor } = result as HistoryEntry.PlaceResult
      const isSame = id === row.id && number === row.number && totalMinor === row.totalMinor
      return isSame ? [] : [found(`${name} was answered as ${id}, number ${number}, total ${totalMinor}`)]
    })

const asked = (
  place: Operation,
  row: StoredState.Order,
  found: (message: string) => Finding,
  name: string
): ReadonlyArray<Finding> => {
  const { lines } = place.args as HistoryEntry.PlaceArgs
  const wanted = linesText(lines)
  return wanted === row.lines ? [] : [found(`${name} holds ${row.lines} instead of ${wanted}`)]
}

/** The same loss once more under its own name when the database had crashed since the answer. */
const lostInCrash = (
  evidence: Evidence,
  byKey: ReadonlyMap<string, ReadonlyArray<StoredState.Order>>
): ReadonlyArray<Finding> => {
  const crashes = evidence.faults.filter(({ key, phase }) => phase === "invoke" && _crash.test(key))
  return evidence.operations.of("place").flatMap((place) => {
    const crash = crashes.find(({ at }) => at >= place.endedAt)
    const isLost = place.status === "ok" && !byKey.has(`${place.tenant} ${place.key}`)
    if (!isLost || crash === undefined) return []
    const message = `the order under key ${place.key} was acknowledged before ${crash.key} and is gone after it`
    return [{ invariant: "I12", message, witness: [...linesOf(place), JSON.stringify(crash)] }]
  })
}

const phantoms = (
  evidence: Evidence,
  places: ReadonlyArray<Operation>,
  orders: ReadonlyArray<StoredState.Order>,
  otherKeys: ReadonlyArray<string>
): ReadonlyArray<Finding> => {
  const known = new Set(places.map(({ key, tenant }) => `${tenant} ${key}`))
  return orders
    .filter(({ placedAt }) => placedAt >= evidence.startedAt)
    .filter(({ key }) => ![...otherKeys, "import:"].some((prefix) => key.startsWith(prefix)))
    .filter(({ key, tenant }) => !known.has(`${tenant} ${key}`))
    .map((order) => ({
      invariant: "I1",
      message: `nobody placed order ${order.id} (key ${order.key} of ${order.tenant})`,
      witness: [shown(order)]
    }))
}

/** A cancellation is accepted only while the order can still be undone, so it must be, unless it was tried again. */
const cancels = (evidence: Evidence, orders: ReadonlyArray<StoredState.Order>): ReadonlyArray<Finding> => {
  const byId = new Map(orders.map((order) => [order.id, order]))
  const mayBeRetried = ({ status }: Operation) => status === "ok" || status === "info"
  const retried = new Set(evidence.operations.of("retry").filter(mayBeRetried).map(orderOf))
  return evidence.operations.of("cancel").flatMap((cancel) => {
    const order = byId.get(orderOf(cancel))
    if (cancel.status !== "ok" || order === undefined || order.status !== "fulfilled") return []
    if (retried.has(order.id)) return []
    const message = `the cancellation of order ${order.id} was accepted, and the order was fulfilled`
    return [{ invariant: "I8", message, witness: [...linesOf(cancel), shown(order)] }]
  })
}

/** Each retry that was accepted began a run of its own. */
const retries = (evidence: Evidence, orders: ReadonlyArray<StoredState.Order>): ReadonlyArray<Finding> => {
  const accepted = evidence.operations.of("retry").filter(({ status }) => status === "ok")
  const byOrder = grouped(accepted, orderOf)
  return orders.flatMap((order) => {
    const own = byOrder.get(order.id) ?? []
    if (order.run > own.length) return []
    const message = `${own.length} retries of order ${order.id} were accepted, and it has ${order.run} runs`
    return [{ invariant: "I8", message, witness: [...own.flatMap(linesOf), shown(order)] }]
  })
}

const orderOf = ({ args }: Operation): string => (args as HistoryEntry.CancelArgs | HistoryEntry.RetryArgs).id

export { OrderChecks }
