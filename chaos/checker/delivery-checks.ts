import { grouped } from "./grouped.ts"

declare namespace DeliveryChecks {
  interface Event {
    readonly seq: number
    readonly id: string
    readonly aggregateId: string
    readonly version: number
    /** Transaction and place in it, `<tenant>-<run>-<n>/<place>`; empty for what the probe did not emit. */
    readonly sku: string
  }
  interface Log {
    readonly slug: string
    /** All events of the tenant that have a number, by number. */
    readonly events: ReadonlyArray<DeliveryChecks.Event>
    readonly withoutNumber: number
    readonly head: number
  }
  /** A row that was written in the transaction that emitted: it is there exactly when that was committed. */
  interface Emitted {
    readonly slug: string
    readonly sku: string
    readonly aggregateId: string
    readonly version: number
  }
  interface Told {
    readonly slug: string
    readonly tx: string
    readonly count: number
    /** As the plan wants it, and as it was answered in the end. */
    readonly isRolledBack: boolean
  }
  interface Reader {
    readonly name: string
    readonly slug: string
    /** It wants everything after this number. */
    readonly after: number
    /** In the order in which it was shown them. */
    readonly seen: ReadonlyArray<DeliveryChecks.Event>
  }
  interface Evidence {
    /** Of the probe's events of this run. */
    readonly prefixes: Readonly<Record<string, string>>
    readonly logs: ReadonlyArray<DeliveryChecks.Log>
    readonly emitted: ReadonlyArray<DeliveryChecks.Emitted>
    readonly told: ReadonlyArray<DeliveryChecks.Told>
    readonly readers: ReadonlyArray<DeliveryChecks.Reader>
  }
}

/** Of one kind and one reader; one cause makes many. */
const shown = 3

/** Every committed event once and in order at every reader, and nothing else: what is wrong, a sentence each. */
const DeliveryChecks = {
  check: (evidence: DeliveryChecks.Evidence): ReadonlyArray<string> => [
    ...evidence.logs.flatMap(numbers),
    ...evidence.logs.flatMap((log) => versions(log, evidence.prefixes[log.slug])),
    ...evidence.logs.flatMap((log) => outbox(log, evidence)),
    ...answers(evidence),
    ...evidence.readers.flatMap((reader) => delivery(reader, evidence))
  ]
} as const

const numbers = ({ events, head, slug, withoutNumber }: DeliveryChecks.Log): ReadonlyArray<string> => {
  const wrong = events.flatMap(({ seq }, index) =>
    seq === index + 1 ? [] : [`${slug}: event ${seq} stands where ${index + 1} belongs`]
  )
  if (withoutNumber > 0) wrong.push(`${slug}: ${withoutNumber} events have no number`)
  if (head !== events.length)
    wrong.push(`${slug}: the head is ${head}, and there are ${events.length} events`)
  return wrong.slice(0, shown)
}

const ofProbe = (events: ReadonlyArray<DeliveryChecks.Event>, prefix = "?") =>
  events.filter(({ sku }) => sku.startsWith(prefix))

/** Numbers follow the versions of each thing, and none is left out. */
const versions = ({ events, slug }: DeliveryChecks.Log, prefix: string | undefined): ReadonlyArray<string> =>
  [...grouped(ofProbe(events, prefix), ({ aggregateId }) => aggregateId)]
    .flatMap(([aggregate, rows]) =>
      rows.flatMap(({ seq, version }, index) => {
        const before = rows[index - 1]?.version
        return before === undefined || version === before + 1
          ? []
          : [`${slug}: version ${version} of ${aggregate} is event ${seq}, right after version ${before}`]
      })
    )
    .slice(0, shown)

/** What was committed is in the log once, and what is in the log was committed. */
const outbox = (
  { events, slug }: DeliveryChecks.Log,
  { emitted, prefixes }: DeliveryChecks.Evidence
): ReadonlyArray<string> => {
  const rows = grouped(ofProbe(events, prefixes[slug]), ({ sku }) => sku)
  const own = emitted.filter((row) => row.slug === slug)
  const known = new Set(own.map(({ sku }) => sku))
  const lost = own.flatMap(({ aggregateId, sku, version }) => {
    const found = rows.get(sku) ?? []
    const [first] = found
    if (first === undefined) return [`${slug}: ${sku} was committed and is not in the log`]
    if (found.length > 1) return [`${slug}: ${sku} is in the log ${found.length} times`]
    return first.aggregateId === aggregateId && first.version === version
      ? []
      : [`${slug}: ${sku} is in the log as version ${first.version} of ${first.aggregateId}`]
  })
  const phantoms = [...rows.keys()].flatMap((sku) =>
    known.has(sku) ? [] : [`${slug}: ${sku} is in the log and was never committed`]
  )
  return [...lost.slice(0, shown), ...phantoms.slice(0, shown)]
}

/** Whole transactions or nothing, as their callers were told. */
const answers = ({ emitted, told }: DeliveryChecks.Evidence): ReadonlyArray<string> => {
  const rows = grouped(emitted, ({ sku }) => sku.slice(0, sku.lastIndexOf("/")))
  return told
    .flatMap(({ count, isRolledBack, tx }) => {
      const found = rows.get(tx)?.length ?? 0
      if (isRolledBack)
        return found === 0 ? [] : [`${tx} was rolled back, and ${found} of its rows are there`]
      return found === count ? [] : [`${tx} was answered as committed, and has ${found} rows of ${count}`]
    })
    .slice(0, shown)
}

const delivery = (
  { after, name, seen, slug }: DeliveryChecks.Reader,
  { logs, prefixes }: DeliveryChecks.Evidence
): ReadonlyArray<string> => {
  const events = logs.find((log) => log.slug === slug)?.events ?? []
  const wanted = new Map(events.map((event) => [event.seq, event]))
  const others = Object.entries(prefixes).flatMap(([of, prefix]) => (of === slug ? [] : [prefix]))
  const known = new Set<number>()
  const wrong: Array<string> = []
  let last = after
  for (const event of seen) {
    const { seq, sku } = event
    const row = wanted.get(seq)
    if (others.some((prefix) => sku.startsWith(prefix)))
      wrong.push(`${name} was shown ${sku} of another tenant`)
    else if (row === undefined || !isSame(row, event))
      wrong.push(`${name} was shown an event ${seq} that the log does not have`)
    else if (known.has(seq)) wrong.push(`${name} was shown event ${seq} twice`)
    else if (seq < last) wrong.push(`${name} was shown event ${seq} after ${last}: out of order`)
    else if (seq > last + 1) wrong.push(`${name} was shown event ${seq} after ${last}: a hole`)
    known.add(seq)
    last = Math.max(last, seq)
  }
  const missing = events.filter(({ seq }) => seq > after && !known.has(seq))
  const [first] = missing
  return [
    ...wrong.slice(0, shown),
    ...(first === undefined
      ? []
      : [`${name} was never shown ${missing.length} events, the first is ${first.seq}`])
  ]
}

const isSame = (one: DeliveryChecks.Event, other: DeliveryChecks.Event) =>
  one.id === other.id &&
  one.aggregateId === other.aggregateId &&
  one.version === other.version &&
  one.sku === other.sku

export { DeliveryChecks }
