import { type Evidence } from "./evidence.ts"
import { type Finding } from "./finding.ts"
import { grouped } from "./grouped.ts"
import { type StoredState } from "./stored-state.ts"

/** Violations of one stream that are told; one cause makes many. */
const _shown = 3

/** I7: each stream saw each event of its tenant once, in order, up to the head, and nothing that is not in the log. */
const StreamChecks = {
  check: (evidence: Evidence, events: ReadonlyArray<StoredState.Event>): ReadonlyArray<Finding> => {
    const logs = new Map(
      [...grouped(events, ({ tenant }) => tenant)].map(([tenant, rows]) => [
        tenant,
        new Map(rows.map((row) => [row.seq, row]))
      ])
    )
    return [...evidence.streams.values()].flatMap((stream) => {
      const log = logs.get(stream.tenant) ?? new Map<number, StoredState.Event>()
      return [
        ...order(stream).slice(0, _shown),
        ...phantoms(stream, log).slice(0, _shown),
        ...unfinished(stream, log, evidence.drains.at(-1)?.phase === "ok")
      ]
    })
  }
}

const found = (message: string, witness: ReadonlyArray<unknown>): Finding => ({
  invariant: "I7",
  message,
  witness: witness.map((one) => JSON.stringify(one))
})

const order = (stream: Evidence.Stream): ReadonlyArray<Finding> => {
  const seqs = new Map<number, Evidence.Seen>()
  let last: { readonly seq: number } = { seq: stream.after }
  const findings: Array<Finding> = []
  for (const event of stream.seen) {
    const before = seqs.get(event.seq)
    const name = `stream ${stream.process}`
    if (before !== undefined)
      findings.push(found(`${name} was shown event ${event.seq} twice`, [before, event]))
    else if (event.seq < last.seq)
      findings.push(
        found(`${name} was shown event ${event.seq} after ${last.seq}: out of order`, [last, event])
      )
    else if (event.seq > last.seq + 1)
      findings.push(found(`${name} was shown event ${event.seq} after ${last.seq}: a hole`, [last, event]))
    seqs.set(event.seq, event)
    if (event.seq > last.seq) last = event
  }
  return findings
}

const phantoms = (
  stream: Evidence.Stream,
  log: ReadonlyMap<number, StoredState.Event>
): ReadonlyArray<Finding> =>
  stream.seen.flatMap((event) => {
    const row = log.get(event.seq)
    const isSame =
      row !== undefined &&
      row.id === event.id &&
      row.type === event.type &&
      row.aggregateId === event.aggregateId &&
      row.version === event.version
    const message = `stream ${stream.process} was shown event ${event.seq}, and the log has another or none there`
    return isSame ? [] : [found(message, [event, row ?? "no such row"])]
  })

/** Only after a drain that ended: before it a stream may lag, and one that lags for ever is what the drain could not end. */
const unfinished = (
  stream: Evidence.Stream,
  log: ReadonlyMap<number, StoredState.Event>,
  isDrained: boolean
): ReadonlyArray<Finding> => {
  const last = stream.seen.reduce((highest, { seq }) => Math.max(highest, seq), stream.after)
  const missed = log.get(last + 1)
  return isDrained && missed !== undefined
    ? [found(`stream ${stream.process} ended at event ${last} and was never shown the rest`, [missed])]
    : []
}

export { StreamChecks }
