import { createHash } from "node:crypto"
import { Chunk, Either, HashMap, HashSet, Match, Option } from "effect"
import { type LedgerEntry } from "./ledger-entry.ts"
import { PaymentRules } from "./payment-rules.ts"
import { type PaymentToken } from "./payment-token.ts"

type _Outcome = { readonly answer: LedgerEntry.Answer; readonly change: LedgerEntry.Change }
type _Of<Tag extends Ledger.Command["_tag"]> = Extract<Ledger.Command, { readonly _tag: Tag }>

declare namespace Ledger {
  type Effect = Pick<LedgerEntry.Model, "key" | "kind" | "at" | "bodyHash">
  type State = {
    readonly entries: HashMap.HashMap<string, LedgerEntry.Model>
    readonly authorisations: HashMap.HashMap<string, LedgerEntry.Authorisation>
    readonly shipments: HashMap.HashMap<string, LedgerEntry.Shipment>
    readonly burnedKeys: HashSet.HashSet<string>
    readonly effects: Chunk.Chunk<Effect>
  }
  type Command =
    | {
        readonly _tag: "Authorise"
        readonly reference: string
        readonly amountMinor: number
        readonly currency: string
        readonly verdict: PaymentToken.Verdict
      }
    | { readonly _tag: "Move"; readonly id: string; readonly move: "capture" | "void" }
    /** `amountMinor` absent: all that is left. */
    | { readonly _tag: "Refund"; readonly id: string; readonly amountMinor: Option.Option<number> }
    | { readonly _tag: "VoidByKey"; readonly authorisationKey: string }
    | {
        readonly _tag: "Book"
        readonly reference: string
        readonly postcode: string
        readonly verdict: "booked" | "address_rejected"
      }
    | { readonly _tag: "Cancel"; readonly id: string }
  type Call = Ledger.Effect & { readonly command: Command }
  type Decision = {
    readonly state: State
    readonly answer: LedgerEntry.Answer
    readonly replayed: boolean
    /** What is to be written before the answer may leave: none for a replay or a reused key. */
    readonly entries: ReadonlyArray<LedgerEntry.Model>
    /** Whether this very call moved money or goods; a refusal and a replay did not. */
    readonly effective: boolean
  }
}

const _unchanged: LedgerEntry.Change = { authorisations: [], shipments: [], burnedKeys: [] }

/**
 * The books of the provider, pure. Each key is decided once: whatever was answered first, also a refusal, is
 * the answer for ever.
 */
const Ledger = {
  empty: {
    entries: HashMap.empty(),
    authorisations: HashMap.empty(),
    shipments: HashMap.empty(),
    burnedKeys: HashSet.empty(),
    effects: Chunk.empty()
  } satisfies Ledger.State,
  decide: (state: Ledger.State, call: Ledger.Call): Ledger.Decision =>
    Option.match(HashMap.get(state.entries, call.key), {
      onNone: () => _record(state, call),
      onSome: (stored) => _repeat(state, call, stored)
    }),
  apply: (state: Ledger.State, entry: LedgerEntry.Model): Ledger.State => ({
    entries: HashMap.set(state.entries, entry.key, entry),
    authorisations: entry.change.authorisations.reduce(
      (rows, row) => HashMap.set(rows, row.id, row),
      state.authorisations
    ),
    shipments: entry.change.shipments.reduce((rows, row) => HashMap.set(rows, row.id, row), state.shipments),
    burnedKeys: entry.change.burnedKeys.reduce((keys, key) => HashSet.add(keys, key), state.burnedKeys),
    effects: _isEffective(entry.change) ? Chunk.append(state.effects, _effect(entry)) : state.effects
  })
} as const

const _effect = ({ key, kind, at, bodyHash }: Ledger.Effect): Ledger.Effect => ({ key, kind, at, bodyHash })

const _isEffective = ({ authorisations, shipments, burnedKeys }: LedgerEntry.Change): boolean =>
  authorisations.length + shipments.length + burnedKeys.length > 0

const _record = (state: Ledger.State, call: Ledger.Call): Ledger.Decision => {
  const entry = { ..._effect(call), ..._outcome(state, call) }
  return {
    state: Ledger.apply(state, entry),
    answer: entry.answer,
    replayed: false,
    entries: [entry],
    effective: _isEffective(entry.change)
  }
}

const _repeat = (state: Ledger.State, call: Ledger.Call, stored: LedgerEntry.Model): Ledger.Decision => {
  const same = stored.bodyHash === call.bodyHash && stored.kind === call.kind
  const answer = same ? stored.answer : _refuse(422, "key_reused").answer
  return { state, answer, replayed: same, entries: [], effective: false }
}

const _outcome = (state: Ledger.State, call: Ledger.Call): _Outcome =>
  Match.value(call.command).pipe(
    Match.tagsExhaustive({
      Authorise: (command) =>
        HashSet.has(state.burnedKeys, call.key)
          ? _refuse(409, "key_voided")
          : _authorised[command.verdict](call, command),
      Move: ({ id, move }) =>
        Option.match(HashMap.get(state.authorisations, id), {
          onNone: () => _refuse(404, "unknown_authorisation"),
          onSome: (row) => _move(call, row, move)
        }),
      Refund: ({ id, amountMinor }) =>
        Option.match(HashMap.get(state.authorisations, id), {
          onNone: () => _refuse(404, "unknown_authorisation"),
          onSome: (row) => _refund(call, row, amountMinor)
        }),
      VoidByKey: ({ authorisationKey }) =>
        Option.match(HashMap.get(state.authorisations, _idOf("auth", authorisationKey)), {
          onNone: () => _accept({ status: "none" }, { burnedKeys: [authorisationKey] }),
          onSome: (row) => _voidedByKey[row.status](call, row)
        }),
      Book: (command) => _booked[command.verdict](call, command),
      Cancel: ({ id }) =>
        Option.match(HashMap.get(state.shipments, id), {
          onNone: () => _refuse(404, "unknown_shipment"),
          onSome: (row) => _cancelled[row.status](call, row)
        })
    })
  )

const _authorised = {
  authorised: (call, { reference, amountMinor, currency }) => {
    const [id, status] = [_idOf("auth", call.key), "authorised"] as const
    const times = { createdAt: call.at, updatedAt: call.at }
    const row = { id, key: call.key, reference, amountMinor, refundedMinor: 0, currency, status, ...times }
    return _accept({ id, status, amountMinor }, { authorisations: [row] }, 201)
  },
  declined: () => _refuse(402, "declined"),
  insufficient_funds: () => _refuse(402, "insufficient_funds"),
  unknown_token: () => _refuse(422, "unknown_token")
} satisfies Record<PaymentToken.Verdict, (call: Ledger.Call, command: _Of<"Authorise">) => _Outcome>

const _move = (call: Ledger.Call, row: LedgerEntry.Authorisation, move: PaymentRules.Move): _Outcome =>
  _moved(call, row, PaymentRules[row.status][move])

const _moved = (call: Ledger.Call, row: LedgerEntry.Authorisation, verdict: PaymentRules.Verdict): _Outcome =>
  Either.match(verdict, {
    onLeft: (code) => _refuse(409, code),
    onRight: (status) =>
      _accept({ id: row.id, status }, { authorisations: [{ ...row, status, updatedAt: call.at }] })
  })

/** What the state forbids is said before that it is too much. */
const _refund = (
  call: Ledger.Call,
  row: LedgerEntry.Authorisation,
  amountMinor: Option.Option<number>
): _Outcome => {
  const left = row.amountMinor - row.refundedMinor
  const amount = Option.getOrElse(amountMinor, () => left)
  const verdict = Either.filterOrLeft(
    PaymentRules[row.status][amount < left ? "refundPart" : "refund"],
    () => amount <= left,
    () => "refund_exceeds_capture"
  )
  return _moved(call, { ...row, refundedMinor: row.refundedMinor + amount }, verdict)
}

/** Unlike `void`, a second one is answered as the first: the caller asks for a state, not for a move. */
const _voidedByKey = {
  authorised: (call, row) => ({ ..._move(call, row, "void"), answer: _ok({ id: row.id, status: "voided" }) }),
  voided: (_call, row) => _accept({ id: row.id, status: "voided" }, {}),
  captured: (call, row) => _move(call, row, "void"),
  partially_refunded: (call, row) => _move(call, row, "void"),
  refunded: (call, row) => _move(call, row, "void")
} satisfies Record<LedgerEntry.PaymentStatus, (call: Ledger.Call, row: LedgerEntry.Authorisation) => _Outcome>

const _booked = {
  booked: (call, { reference, postcode }) => {
    const [id, trackingCode, status] = [_idOf("ship", call.key), _idOf("trk", call.key), "booked"] as const
    const times = { createdAt: call.at, updatedAt: call.at }
    const row = { id, key: call.key, reference, postcode, trackingCode, status, ...times }
    return _accept({ id, trackingCode, status }, { shipments: [row] }, 201)
  },
  address_rejected: () => _refuse(422, "address_rejected")
} satisfies Record<_Of<"Book">["verdict"], (call: Ledger.Call, command: _Of<"Book">) => _Outcome>

const _cancelled = {
  booked: (call, row) =>
    _accept(
      { id: row.id, status: "cancelled" },
      { shipments: [{ ...row, status: "cancelled", updatedAt: call.at }] }
    ),
  cancelled: (_call, row) => _accept({ id: row.id, status: "cancelled" }, {})
} satisfies Record<LedgerEntry.Shipment["status"], (call: Ledger.Call, row: LedgerEntry.Shipment) => _Outcome>

const _ok = (body: LedgerEntry.Answer["body"], status = 200): LedgerEntry.Answer => ({ status, body })

const _accept = (
  body: LedgerEntry.Answer["body"],
  change: Partial<LedgerEntry.Change>,
  status = 200
): _Outcome => ({ answer: _ok(body, status), change: { ..._unchanged, ...change } })

const _refuse = (status: number, code: string): _Outcome => ({
  answer: { status, body: { code } },
  change: _unchanged
})

/** Derived from the key, which makes exactly one thing: so `decide` needs no randomness. */
const _idOf = (prefix: string, key: string): string =>
  `${prefix}_${createHash("sha256").update(`${prefix}/${key}`).digest("hex").slice(0, 24)}`

export { Ledger }
