import { FulfilmentMachines } from "../../apps/api/src/features/fulfilment/fulfilment-machines.ts"
import { ReservationMachine } from "../../apps/api/src/features/reservation/reservation-machine.ts"
import { VerifyCheck } from "../../apps/api/src/verify/verify-check.ts"

const machines = [...Object.values(FulfilmentMachines), ReservationMachine]
const births = machines.map(({ initial, name }) => `('${name}', NULL, 'born', '${initial}')`)
const edges = machines.flatMap(({ edges, name }) =>
  edges.map(({ event, from, to }) => `('${name}', '${from}', '${event}', '${to}')`)
)

const shown = `h.machine || ' ' || h.key || ': ' || coalesce(h.from_state, 'nothing') || ' → ' || h.to_state || ' by '
  || h.event || ' (' || h.version || ')'`

/** A thing of each machine with the end of its history, of either of which there may be none. */
const ends = machines
  .map(
    ({ key, name, table }) =>
      `SELECT tenant_id, '${name}' AS machine, concat_ws('/', ${key.join(", ")}) AS key, ${key[0]} AS order_id,
         status, version FROM ${table}`
  )
  .join(" UNION ALL ")

interface Options {
  /** A table, or a name from a WITH, that has the columns and whole histories of `state_history`. */
  readonly history: string
  /** `RIGHT` asks about the things of these histories only, `FULL` also about those that have none. */
  readonly join: "FULL" | "RIGHT"
}

/** Every history is a path of its machine, and ends where the thing is. The seed's orders have none. */
const MachineInvariants = ({ history, join }: Options): ReadonlyArray<VerifyCheck> => [
  new VerifyCheck(
    "I8",
    "a history has the versions 1 to n",
    `SELECT ${shown} || ', its row ' || ordinal AS witness
     FROM (SELECT *, row_number() OVER (PARTITION BY tenant_id, machine, key ORDER BY version) AS ordinal
           FROM ${history}) h
     WHERE version <> ordinal`
  ),
  new VerifyCheck(
    "I8",
    "each move of a history starts where the one before has led",
    `SELECT ${shown} || ', the one before led to ' || coalesce(before, 'nothing') AS witness
     FROM (SELECT *, lag(to_state) OVER (PARTITION BY tenant_id, machine, key ORDER BY version) AS before
           FROM ${history}) h
     WHERE from_state IS DISTINCT FROM before`
  ),
  new VerifyCheck(
    "I8",
    "each move of a history is one of its machine",
    `SELECT ${shown} AS witness FROM ${history} h WHERE NOT EXISTS (
       SELECT 1 FROM (VALUES ${[...births, ...edges].join(", ")}) AS edge (machine, from_state, event, to_state)
       WHERE edge.machine = h.machine AND edge.from_state IS NOT DISTINCT FROM h.from_state
         AND edge.event = h.event AND edge.to_state = h.to_state)`
  ),
  new VerifyCheck(
    "I8",
    "a thing is in the state and the version with which its history ends",
    `WITH told AS (
       SELECT DISTINCT ON (tenant_id, machine, key) tenant_id, machine, key, to_state, version FROM ${history}
       ORDER BY tenant_id, machine, key, version DESC)
     SELECT coalesce(t.machine, h.machine) || ' ' || coalesce(t.key, h.key) || ': '
       || coalesce(t.status || ' (' || t.version || ')', 'nothing') || ', its history says '
       || coalesce(h.to_state || ' (' || h.version || ')', 'nothing') AS witness
     FROM (${ends}) t ${join} JOIN told h USING (tenant_id, machine, key)
     LEFT JOIN orders o ON o.tenant_id = t.tenant_id AND o.id = t.order_id
     WHERE (t.status, t.version) IS DISTINCT FROM (h.to_state, h.version)
       AND NOT (h.key IS NULL AND coalesce(o.idempotency_key LIKE 'seed:%', false))`
  )
]

export { MachineInvariants }
