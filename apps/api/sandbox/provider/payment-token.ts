import { Option, Record } from "effect"

declare namespace PaymentToken {
  type Verdict = "authorised" | "declined" | "insufficient_funds" | "unknown_token"
  type Behaviour = {
    readonly verdict: Verdict
    /** 0 to 100: how many of a hundred requests get a 503 before anything happens. */
    readonly flakyPercent: number
    /** The first answer under a key is kept back so long, with its effect recorded; a retry never waits. */
    readonly holdMillis: number
  }
}

const _plain = { verdict: "authorised", flakyPercent: 0, holdMillis: 0 } as const

const _fixed: Record<string, PaymentToken.Behaviour> = {
  tok_ok: _plain,
  tok_declined: { ..._plain, verdict: "declined" },
  tok_insufficient_funds: { ..._plain, verdict: "insufficient_funds" },
  tok_timeout: { ..._plain, holdMillis: 30_000 }
}

/** The test cards. Any other token is `unknown_token`, also `tok_flaky_<percent>` above 100. */
const PaymentToken = {
  behaviour: (token: string): PaymentToken.Behaviour =>
    Record.get(_fixed, token).pipe(
      Option.orElse(() => _flaky(token)),
      Option.getOrElse((): PaymentToken.Behaviour => ({ ..._plain, verdict: "unknown_token" }))
    )
} as const

const _flaky = (token: string): Option.Option<PaymentToken.Behaviour> =>
  Option.fromNullable(/^tok_flaky_(\d{1,3})$/.exec(token)).pipe(
    Option.map(([, percent]) => Number(percent)),
    Option.filter((percent) => percent <= 100),
    Option.map((flakyPercent) => ({ ..._plain, flakyPercent }))
  )

export { PaymentToken }
