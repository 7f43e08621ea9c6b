import { Seeded } from "../workload/seeded.ts"

type Card = keyof typeof cards
type Certainty = "sure" | "unsure" | "never"

declare namespace LastUnitRound {
  interface Plan {
    readonly index: number
    /** Of this round alone: the buyers are drawn from it. */
    readonly seed: number
    readonly isAllOk: boolean
    readonly buyers: ReadonlyArray<Card>
  }
  /** What has become of one buyer's order. */
  interface Buyer {
    readonly order: string
    readonly card: Card
    readonly status: string
    readonly reason: string | null
    /** Kinds of its rows in the stock ledger, sorted. */
    readonly moves: ReadonlyArray<string>
    readonly payments: ReadonlyArray<string>
    readonly shipments: ReadonlyArray<string>
  }
  interface Seen {
    readonly buyers: ReadonlyArray<LastUnitRound.Buyer>
    readonly stock: { readonly available: number; readonly reserved: number; readonly sold: number }
  }
}

const buyers = 4
/** Every fourth round is a mixture, the rest is all `tok_ok`. */
const mixtureEvery = 4

/** How often a card is drawn in a mixture, and whether whoever holds the unit gets it with that card. */
const cards = {
  tok_ok: { weight: 40, gets: "sure" },
  tok_declined: { weight: 30, gets: "never" },
  tok_flaky_30: { weight: 20, gets: "unsure" },
  tok_timeout: { weight: 10, gets: "sure" }
} as const satisfies Record<string, { readonly weight: number; readonly gets: Certainty }>

const weights = {
  tok_ok: cards.tok_ok.weight,
  tok_declined: cards.tok_declined.weight,
  tok_flaky_30: cards.tok_flaky_30.weight,
  tok_timeout: cards.tok_timeout.weight
}

const hadUnit = ({ moves }: LastUnitRound.Buyer) => moves.includes("reserve")
const isFulfilled = ({ status }: LastUnitRound.Buyer) => status === "fulfilled"

/** What one order must look like that had the unit and keeps it, gave it back, or never had it. */
const shapes = {
  kept: { moves: ["reserve,sell"], payments: ["captured"], shipments: ["booked"] },
  returned: {
    moves: ["release,reserve"],
    payments: ["", "voided", "refunded"],
    shipments: ["", "cancelled"]
  },
  missed: { moves: [""], payments: [""], shipments: [""] }
} as const

const shapeOf = (buyer: LastUnitRound.Buyer) => {
  if (isFulfilled(buyer)) return "kept"
  return hadUnit(buyer) ? "returned" : "missed"
}

const judged = (buyer: LastUnitRound.Buyer): ReadonlyArray<string> => {
  const { card, order, reason, status } = buyer
  const name = `order ${order} (${card})`
  const shape = shapeOf(buyer)
  const { gets } = cards[card]
  const wrong: Array<string> = (["moves", "payments", "shipments"] as const).flatMap((book) => {
    const had = buyer[book].join()
    const allowed: ReadonlyArray<string> = shapes[shape][book]
    return allowed.includes(had) ? [] : [`${name} ${shape} the unit, and its ${book} are [${had}]`]
  })
  if (!["fulfilled", "cancelled"].includes(status)) wrong.push(`${name} has not ended: it is ${status}`)
  if (gets === "never" && isFulfilled(buyer)) wrong.push(`${name} is fulfilled`)
  if (gets === "sure" && hadUnit(buyer) !== isFulfilled(buyer)) wrong.push(`${name} ${shape} the unit`)
  if (shape === "missed" && reason !== "out of stock") wrong.push(`${name} was cancelled by: ${reason}`)
  return wrong
}

/** Several buyers want the last unit of a product; what they are, and what must have come of it. */
const LastUnitRound = {
  plan: (seed: number, index: number): LastUnitRound.Plan => {
    const own = seed * 1_000 + index
    const chance = new Seeded(own)
    const isAllOk = index % mixtureEvery !== mixtureEvery - 1
    const draw = (): Card => (isAllOk ? "tok_ok" : chance.weighted(weights))
    return { index, seed: own, isAllOk, buyers: Array.from({ length: buyers }, draw) }
  },

  /** What is wrong, a sentence each. */
  judge: (plan: LastUnitRound.Plan, { buyers: all, stock }: LastUnitRound.Seen): ReadonlyArray<string> => {
    const sold = all.filter(isFulfilled).length
    const wanted = { available: 1 - sold, reserved: 0, sold }
    const wrong = all.flatMap(judged)
    if (all.length !== plan.buyers.length) wrong.push(`there are ${all.length} orders`)
    if (sold > 1) wrong.push(`${sold} orders are fulfilled`)
    if (plan.isAllOk && sold !== 1) wrong.push(`every card was good, and ${sold} orders are fulfilled`)
    if (!all.some(hadUnit)) wrong.push("nobody ever had the unit")
    if (JSON.stringify(stock) !== JSON.stringify(wanted)) {
      wrong.push(`the stock is ${JSON.stringify(stock)} instead of ${JSON.stringify(wanted)}`)
    }
    return wrong.map((what) => `round ${plan.index} (seed ${plan.seed}): ${what}`)
  }
} as const

export { LastUnitRound }
