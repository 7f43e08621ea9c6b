import { Button } from "@mantine/core"
import { Money } from "@tessera/shared/money"
import { Refund } from "@tessera/shared/refund/refund"
import { Option, Schema } from "effect"
import { type ReactNode } from "react"
import { type ClientProblem } from "../../../lib/client-problem.ts"
import { Format } from "../../../lib/format.ts"
import { ProblemNote } from "../../../ui/problem-note.tsx"

/** What to do about a refusal that has nothing else to say. */
const _advice: Readonly<Record<string, string>> = {
  "Refund.KeyReused":
    "A press before had arrived, with other values. Close this and look at the list of refunds first.",
  "Refund.NotRefundable": "The order has changed meanwhile.",
  "Access.Denied": "Ask an owner or an admin of the tenant.",
  Unreachable: "Nothing is lost: try again, it cannot be refunded twice."
}

/** Why a refund was refused, and what can be done about it without typing it all again. */
const RefundRefusal = ({
  problem,
  currency,
  onAmount
}: {
  readonly problem: ClientProblem
  readonly currency: string
  readonly onAmount: (amountMinor: number) => void
}): ReactNode => {
  const tooMuch = Option.liftPredicate(Schema.is(Refund.TooMuch))(problem.refusal)
  const tooMany = Option.liftPredicate(Schema.is(Refund.TooManyReturned))(problem.refusal)
  return (
    <ProblemNote problem={problem}>
      {_advice[problem.code]}
      {Option.isSome(tooMuch) && (
        <Left amountMinor={tooMuch.value.refundableMinor} currency={currency} onAmount={onAmount} />
      )}
      {Option.isSome(tooMany) &&
        `${Format.count(tooMany.value.returnable)} of ${tooMany.value.sku} can still come back.`}
    </ProblemNote>
  )
}

const Left = ({
  amountMinor,
  currency,
  onAmount
}: {
  readonly amountMinor: number
  readonly currency: string
  readonly onAmount: (amountMinor: number) => void
}) => {
  const left = Money.format(amountMinor, currency)
  return (
    <>
      {amountMinor === 0 ? "Nothing is left: it was refunded meanwhile." : `${left} is left. `}
      {amountMinor > 0 && (
        <Button variant="default" size="compact-xs" ml={6} onClick={() => onAmount(amountMinor)}>
          Take {left}
        </Button>
      )}
    </>
  )
}

export { RefundRefusal }
