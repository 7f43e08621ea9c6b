import { Leftovers } from "../workload/leftovers.ts"
import { EventInvariants } from "./event-invariants.ts"
import { Evidence } from "./evidence.ts"
import { FenceChecks } from "./fence-checks.ts"
import { type Finding } from "./finding.ts"
import { ImportChecks } from "./import-checks.ts"
import { LeaderInvariants } from "./leader-invariants.ts"
import { LivenessChecks } from "./liveness-checks.ts"
import { MachineInvariants } from "./machine-invariants.ts"
import { OrderChecks } from "./order-checks.ts"
import { ReceiverLog } from "./receiver-log.ts"
import { RefundChecks } from "./refund-checks.ts"
import { ReservationChecks } from "./reservation-checks.ts"
import { RestockChecks } from "./restock-checks.ts"
import { StoredFindings } from "./stored-findings.ts"
import { StoredState } from "./stored-state.ts"
import { StreamChecks } from "./stream-checks.ts"
import { TenantChecks } from "./tenant-checks.ts"
import { type Violation } from "./violation.ts"
import { WebhookChecks } from "./webhook-checks.ts"
import { Witness } from "./witness.ts"
import { WorkInvariants } from "./work-invariants.ts"

declare namespace Checker {
  interface Options {
    readonly historyFile: string
    /** Superuser's: it has to look behind row-level security. Nothing but temporary tables is written. */
    readonly databaseUrl: string
    readonly sandboxUrl: string
    readonly receiverUrl: string
    /** The receiver's `received.ndjson`: unlike its URL it knows more than the last 10,000 deliveries. */
    readonly receiverFile?: string
    readonly seed: number
    readonly case?: string
    readonly minutes?: number
    /** Of crons whose ticks must have no hole; without it the commonest distance is taken. */
    readonly crons?: ReadonlyArray<{ readonly name: string; readonly everySeconds: number }>
    /** Orders and refunds that others than the workload asked for: prefixes of their Idempotency-Keys. */
    readonly otherKeys?: ReadonlyArray<string>
    /** What was already found while the case ran. */
    readonly moments?: ReadonlyArray<Finding>
    /** Attempts of one delivery at most; 4 when absent (one and three retries). */
    readonly webhookAttempts?: number
  }
}

const _webhookAttempts = 4
const _optionalTables = [
  "app.cron_ticks",
  "app.cluster_singletons",
  "app.chaos_log",
  "cluster.cluster_messages"
]

/** Reads what clients saw, what is stored and what provider and receiver know, and holds it to the invariants. */
const Checker = {
  check: async (options: Checker.Options): Promise<ReadonlyArray<Violation>> => {
    const evidence = await Evidence.read(options.historyFile)
    const { moments = [] } = options
    const findings = [
      ...moments,
      ...(await answered(options, evidence)),
      ...(await stored(options, evidence))
    ]
    const shown = await Witness.complete(findings, options.historyFile)
    const reproduction = [
      `npm run chaos -- --seed ${options.seed}`,
      ...(options.case === undefined ? [] : [`--case ${options.case}`]),
      ...(options.minutes === undefined ? [] : [`--minutes ${options.minutes}`])
    ].join(" ")
    return shown.map((finding) => ({ ...finding, reproduction }))
  },
  /** As a person reads it in a terminal. */
  text: (violations: ReadonlyArray<Violation>): string =>
    violations.length === 0
      ? "no violation"
      : violations
          .map(({ invariant, message, reproduction, witness }) =>
            [`${invariant}  ${message}`, ...[...witness, reproduction].map((line) => `      ${line}`)].join(
              "\n"
            )
          )
          .join("\n")
}

/** What clients and the receiver saw, against the rows. */
const answered = async (
  { databaseUrl, otherKeys = [], receiverFile, receiverUrl }: Checker.Options,
  evidence: Evidence
): Promise<ReadonlyArray<Finding>> => {
  const orders = await StoredState.orders(databaseUrl)
  const imports = await StoredState.imports(databaseUrl)
  const received = await ReceiverLog.read(receiverUrl, receiverFile)
  const deliveries = await StoredState.deliveries(databaseUrl)
  return [
    ...OrderChecks.check(evidence, orders, otherKeys),
    ...ReservationChecks.check(evidence, await StoredState.reservations(databaseUrl)),
    ...RefundChecks.check(evidence, await StoredState.refunds(databaseUrl), otherKeys),
    ...RestockChecks.check(evidence, await StoredState.restocks(databaseUrl)),
    ...ImportChecks.check(evidence, { imports, orders }),
    ...StreamChecks.check(evidence, await StoredState.events(databaseUrl)),
    ...FenceChecks.check(evidence),
    ...WebhookChecks.check(received, deliveries, evidence.startedAt),
    ...TenantChecks.check(evidence),
    ...LivenessChecks.check(evidence, await Leftovers.read(databaseUrl))
  ]
}

const stored = async (
  { crons = [], databaseUrl, sandboxUrl, webhookAttempts = _webhookAttempts }: Checker.Options,
  evidence: Evidence
): Promise<ReadonlyArray<Finding>> => {
  const tables = await StoredState.tables(databaseUrl, _optionalTables)
  return StoredFindings.read({
    databaseUrl,
    sandboxUrl,
    checks: [
      ...EventInvariants,
      ...MachineInvariants({ history: "state_history", join: "FULL" }),
      ...WorkInvariants({ webhookAttempts }),
      ...LeaderInvariants({ tables, crons }),
      ...TenantChecks.stored(evidence, await StoredState.tenantTables(databaseUrl))
    ]
  })
}

export { Checker }
