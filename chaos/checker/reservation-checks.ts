import { type HistoryEntry } from "../history/history-entry.ts"
import { type HistoryOperations } from "../history/history-operations.ts"
import { type Evidence } from "./evidence.ts"
import { type Finding } from "./finding.ts"
import { type StoredState } from "./stored-state.ts"

type Operation = HistoryOperations.Operation
type Rows = ReadonlyMap<string, StoredState.Reservation>

const linesOf = (operation: Operation) => operation.lines.map((line) => JSON.stringify(line))
const witnessOf = (operation: Operation, row: StoredState.Reservation | undefined) => [
  ...linesOf(operation),
  ...(row === undefined ? [] : [JSON.stringify(row)])
]

/** I1, I8: what was answered about reservations against the rows. */
const ReservationChecks = {
  check: (
    evidence: Evidence,
    reservations: ReadonlyArray<StoredState.Reservation>
  ): ReadonlyArray<Finding> => {
    const byKey = new Map(reservations.map((row) => [`${row.tenant} ${row.key}`, row]))
    const byId = new Map(reservations.map((row) => [row.id, row]))
    const { operations } = evidence
    return [
      ...operations.of("hold").flatMap((hold) => held(hold, byKey.get(`${hold.tenant} ${hold.key}`))),
      ...operations
        .of("release")
        .flatMap((release) =>
          ended(release, "released", (release.args as HistoryEntry.ReleaseArgs).id, byId)
        ),
      ...operations
        .of("place")
        .flatMap((place) => ended(place, "taken", (place.args as HistoryEntry.PlaceArgs).reservationId, byId))
    ]
  }
}

const held = (hold: Operation, row: StoredState.Reservation | undefined): ReadonlyArray<Finding> => {
  const name = `the reservation under key ${hold.key} of ${hold.tenant}`
  const found = (message: string): Finding => ({ invariant: "I1", message, witness: witnessOf(hold, row) })
  if (hold.status === "fail" && row !== undefined) return [found(`${name} was refused and is there`)]
  if (hold.status !== "ok") return []
  if (row === undefined) return [found(`${name} was acknowledged and is not there`)]
  const { id } = hold.result as HistoryEntry.HoldResult
  return id === row.id ? [] : [found(`${name} was answered as ${id}`)]
}

/** Who was told that a reservation ended this way can rely on it: it never becomes anything else. */
const ended = (
  operation: Operation,
  status: string,
  id: string | undefined,
  byId: Rows
): ReadonlyArray<Finding> => {
  const row = id === undefined ? undefined : byId.get(id)
  if (operation.status !== "ok" || id === undefined || row?.status === status) return []
  const message = `reservation ${id} was answered to be ${status}, and is ${row?.status ?? "not there"}`
  return [{ invariant: "I8", message, witness: witnessOf(operation, row) }]
}

export { ReservationChecks }
