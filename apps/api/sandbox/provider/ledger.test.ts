import { Option } from "effect"
import { describe, expect, it } from "vitest"
import { Ledger } from "./ledger.ts"
import { type LedgerEntry } from "./ledger-entry.ts"

const at = "2026-01-01T00:00:00.000Z"
const kinds = {
  Authorise: "authorise",
  Refund: "refund",
  VoidByKey: "void-by-key",
  Book: "book",
  Cancel: "cancel"
} as const

const call = (key: string, command: Ledger.Command, bodyHash = JSON.stringify(command)): Ledger.Call => ({
  key,
  kind: command._tag === "Move" ? command.move : kinds[command._tag],
  at,
  bodyHash,
  command
})
const authorise = (key: string, verdict: "authorised" | "declined" | "insufficient_funds" = "authorised") =>
  call(key, { _tag: "Authorise", reference: "t/o/1", amountMinor: 500, currency: "EUR", verdict })
const book = (key: string, verdict: "booked" | "address_rejected" = "booked") =>
  call(key, { _tag: "Book", reference: "t/o/1", postcode: "10115", verdict })

/** Runs the calls one after the other and keeps every decision. */
const run = (...calls: ReadonlyArray<Ledger.Call>) => {
  const decisions: Array<Ledger.Decision> = []
  for (const next of calls) decisions.push(Ledger.decide(decisions.at(-1)?.state ?? Ledger.empty, next))
  return decisions
}
const last = (...calls: ReadonlyArray<Ledger.Call>): Ledger.Decision => {
  const decision = run(...calls).at(-1)
  if (decision === undefined) throw new Error("no call")
  return decision
}
const id = String(last(authorise("a")).answer.body.id)
const shipmentId = String(last(book("s")).answer.body.id)

type Move = "capture" | "void" | "refund"
const refund = (amountMinor: number | undefined, key = "refund", target = id) =>
  call(key, { _tag: "Refund", id: target, amountMinor: Option.fromNullable(amountMinor) })
const move = (name: Move, key: string = name, target = id) =>
  name === "refund" ? refund(undefined, key, target) : call(key, { _tag: "Move", id: target, move: name })
const voidByKey = (key = "vk", authorisationKey = "a") => call(key, { _tag: "VoidByKey", authorisationKey })
const cancel = (key: string, target = shipmentId) => call(key, { _tag: "Cancel", id: target })

const history: Record<LedgerEntry.PaymentStatus, ReadonlyArray<Ledger.Call>> = {
  authorised: [authorise("a")],
  captured: [authorise("a"), move("capture")],
  voided: [authorise("a"), move("void")],
  partially_refunded: [authorise("a"), move("capture"), refund(200)],
  refunded: [authorise("a"), move("capture"), move("refund")]
}

describe("an authorisation", () => {
  it.each<[LedgerEntry.PaymentStatus, Move | "void-by-key", number, string]>([
    ["authorised", "capture", 200, "captured"],
    ["authorised", "void", 200, "voided"],
    ["authorised", "refund", 409, "not_captured"],
    ["authorised", "void-by-key", 200, "voided"],
    ["captured", "capture", 409, "already_captured"],
    ["captured", "void", 409, "already_captured"],
    ["captured", "refund", 200, "refunded"],
    ["captured", "void-by-key", 409, "already_captured"],
    ["partially_refunded", "capture", 409, "already_captured"],
    ["partially_refunded", "void", 409, "already_captured"],
    ["partially_refunded", "refund", 200, "refunded"],
    ["partially_refunded", "void-by-key", 409, "already_captured"],
    ["voided", "capture", 409, "already_voided"],
    ["voided", "void", 409, "already_voided"],
    ["voided", "refund", 409, "not_captured"],
    ["voided", "void-by-key", 200, "voided"],
    ["refunded", "capture", 409, "already_refunded"],
    ["refunded", "void", 409, "already_refunded"],
    ["refunded", "refund", 409, "already_refunded"],
    ["refunded", "void-by-key", 409, "already_refunded"]
  ])("that is %s answers %s with %i %s and is moved only by a 200", (status, name, expected, word) => {
    const before = last(...history[status])

    const after = Ledger.decide(before.state, name === "void-by-key" ? voidByKey("x") : move(name, "x"))

    expect(after.answer).toEqual({
      status: expected,
      body: expected === 200 ? { id, status: word } : { code: word }
    })
    const reached = expected === 200 ? word : status
    expect([...after.state.authorisations].map(([, row]) => row.status)).toEqual([reached])
    expect(after.effective).toBe(reached !== status)
  })

  it.each([
    ["authorised", 201, 1],
    ["declined", 402, 0],
    ["insufficient_funds", 402, 0]
  ] as const)("judged %s is answered %i and leaves %i rows", (verdict, status, rows) => {
    const { answer, state } = last(authorise("a", verdict))

    expect(answer.status).toBe(status)
    expect([...state.authorisations]).toHaveLength(rows)
    expect([...state.effects]).toHaveLength(rows)
  })

  it.each<Move>(["capture", "void", "refund"])("that nobody made answers %s with 404", (name) => {
    expect(last(move(name, "x", "auth_nobody")).answer.status).toBe(404)
  })
})

describe("a refund", () => {
  const captured = [authorise("a"), move("capture")]
  const after = (...amounts: ReadonlyArray<number | undefined>) => {
    const { answer, effective, state } = last(
      ...captured,
      ...amounts.map((amount, index) => refund(amount, `r${index}`))
    )
    const [row] = [...state.authorisations].map(([, one]) => one)
    return { answer: answer.body, effective, status: row?.status, refundedMinor: row?.refundedMinor }
  }

  it.each([
    ["part", [200], "partially_refunded", 200],
    ["part after part", [200, 299], "partially_refunded", 499],
    ["all that is left, by its amount", [200, 300], "refunded", 500],
    ["all that is left, without an amount", [200, undefined], "refunded", 500],
    ["everything at once", [500], "refunded", 500]
  ] as const)("of %s leaves the payment so", (_name, amounts, status, refundedMinor) => {
    expect(after(...amounts)).toEqual({ answer: { id, status }, effective: true, status, refundedMinor })
  })

  it.each([
    ["of more than was captured", [501], "captured", 0],
    ["of more than is left", [200, 301], "partially_refunded", 200]
  ] as const)("%s is refused and changes nothing", (_name, amounts, status, refundedMinor) => {
    expect(after(...amounts)).toEqual({
      answer: { code: "refund_exceeds_capture" },
      effective: false,
      status,
      refundedMinor
    })
  })

  it("is told first that everything went back already, or that there was nothing", () => {
    expect(after(500, 1)).toMatchObject({ answer: { code: "already_refunded" }, refundedMinor: 500 })
    expect(last(authorise("a"), refund(1)).answer).toEqual({ status: 409, body: { code: "not_captured" } })
  })

  it("under one key is paid once", () => {
    const [first, second] = run(...captured, refund(200), refund(200)).slice(-2)

    expect([second?.replayed, second?.answer]).toEqual([true, first?.answer])
    expect([...(second?.state.authorisations ?? [])].map(([, row]) => row.refundedMinor)).toEqual([200])
  })
})

describe("a key", () => {
  it("gives the stored answer again and has one effect", () => {
    const [first, second] = run(authorise("a"), authorise("a"))

    expect(second?.answer).toEqual(first?.answer)
    expect([first?.replayed, second?.replayed]).toEqual([false, true])
    expect(second?.entries).toEqual([])
    expect([...(second?.state.effects ?? [])]).toHaveLength(1)
  })

  it("gives a stored refusal again although the call would succeed by now", () => {
    const decisions = run(authorise("a"), move("refund", "r"), move("capture"), move("refund", "r"))

    expect(decisions.at(-1)).toMatchObject({
      replayed: true,
      answer: { status: 409, body: { code: "not_captured" } }
    })
  })

  it.each([
    ["another body", { ...authorise("a"), bodyHash: "other" }],
    ["another kind of call", { ...move("void", "a"), bodyHash: authorise("a").bodyHash }]
  ])("used with %s is refused and changes nothing", (_name, reuse) => {
    const { answer, state, replayed } = last(authorise("a"), reuse)

    expect(answer).toEqual({ status: 422, body: { code: "key_reused" } })
    expect(replayed).toBe(false)
    expect([...state.effects]).toHaveLength(1)
  })

  it("voided before it was used refuses the late authorisation", () => {
    const [none, late] = run(voidByKey(), authorise("a"))

    expect(none?.answer).toEqual({ status: 200, body: { status: "none" } })
    expect(late?.answer).toEqual({ status: 409, body: { code: "key_voided" } })
    expect([...(late?.state.authorisations ?? [])]).toEqual([])
  })

  it("voided after a refused authorisation has nothing to void", () => {
    expect(last(authorise("a", "declined"), voidByKey()).answer.body).toEqual({ status: "none" })
  })
})

describe("a shipment", () => {
  it("is booked with a tracking code", () => {
    const { answer } = last(book("s"))

    expect(answer).toEqual({
      status: 201,
      body: { id: shipmentId, status: "booked", trackingCode: expect.stringMatching(/^trk_/) }
    })
  })

  it("to a rejected address is not booked", () => {
    const { answer, state } = last(book("s", "address_rejected"))

    expect(answer).toEqual({ status: 422, body: { code: "address_rejected" } })
    expect([...state.shipments]).toEqual([])
  })

  it("is cancelled once and answers a second cancellation the same", () => {
    const [, first, second] = run(book("s"), cancel("c1"), cancel("c2"))

    expect(first?.answer).toEqual({ status: 200, body: { id: shipmentId, status: "cancelled" } })
    expect(second?.answer).toEqual(first?.answer)
    expect([first?.effective, second?.effective]).toEqual([true, false])
  })

  it("that nobody booked cannot be cancelled", () => {
    expect(last(cancel("c", "ship_nobody")).answer).toEqual({
      status: 404,
      body: { code: "unknown_shipment" }
    })
  })
})

describe("the ledger", () => {
  it("is the same when its entries are applied again", () => {
    const calls = [
      authorise("a"),
      move("capture"),
      move("refund"),
      voidByKey("v", "b"),
      book("s"),
      cancel("c")
    ]
    const decisions = run(...calls, authorise("b"))

    const replayed = decisions.flatMap(({ entries }) => entries).reduce(Ledger.apply, Ledger.empty)

    expect(JSON.stringify(replayed)).toEqual(JSON.stringify(decisions.at(-1)?.state))
    expect([...replayed.effects].map(({ kind }) => kind)).toEqual([
      "authorise",
      "capture",
      "refund",
      "void-by-key",
      "book",
      "cancel"
    ])
  })
})
