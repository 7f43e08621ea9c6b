import { SampleReservation } from "./sample-reservation.ts"
import { TableRows } from "./table-rows.ts"

const hour = 3_600_000

/** A reservation in each state; the one that is held has an hour left. */
const cleanReservations = async (url: string, startedAt: number): Promise<void> => {
  const at = new Date(startedAt + 500).toISOString()
  const all = SampleReservation.plans.map((plan) =>
    SampleReservation.rows(plan, at, new Date(Date.now() + hour).toISOString())
  )
  for (const table of ["reservations", "reservation_lines"] as const) {
    await TableRows.insert(
      url,
      table,
      all.map((rows) => rows[table])
    )
  }
  for (const table of ["stock_ledger", "state_history"] as const) {
    await TableRows.insert(
      url,
      table,
      all.flatMap((rows): ReadonlyArray<Readonly<Record<string, unknown>>> => rows[table])
    )
  }
}

export { cleanReservations }
