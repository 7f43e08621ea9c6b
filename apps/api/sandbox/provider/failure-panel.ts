import { Context, Effect, Layer, Random, Ref, Schema } from "effect"
import { ProviderRefusal } from "./provider-refusal.ts"

const _Percent = Schema.Int.pipe(Schema.between(0, 100))

/** What is left out of a `PUT` goes back to its default: no failure. */
const _Settings = Schema.Struct({
  /** Before anything happens, at every payment and carrier call. At most one minute. */
  latencyMillis: Schema.optionalWith(Schema.Int.pipe(Schema.between(0, 60_000)), { default: () => 0 }),
  /** Answered 503 before any effect. */
  errorRatePercent: Schema.optionalWith(_Percent, { default: () => 0 }),
  /** Every carrier call is answered 503; payments go on. */
  carrierOutage: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** Of the authorisations that the token would let pass. */
  declineRatePercent: Schema.optionalWith(_Percent, { default: () => 0 })
})

declare namespace FailurePanel {
  type Settings = typeof _Settings.Type
  type Shape = {
    readonly settings: Effect.Effect<Settings>
    readonly replace: (settings: Settings) => Effect.Effect<void>
    /** Latency and error rate, as every call meets them. */
    readonly admit: Effect.Effect<void, ProviderRefusal>
    /** `admit`, and the outage of the carrier. */
    readonly admitCarrier: Effect.Effect<void, ProviderRefusal>
    /** Fails so many of a hundred calls with a 503. */
    readonly failPercent: (percent: number) => Effect.Effect<void, ProviderRefusal>
    /** Whether this authorisation falls under the decline rate. */
    readonly declines: Effect.Effect<boolean>
  }
}

/** The failures an operator dials in while the process runs. Memory only: a restart heals everything. */
class FailurePanel extends Context.Tag("sandbox/provider/FailurePanel")<FailurePanel, FailurePanel.Shape>() {
  static readonly Settings = _Settings

  static readonly layer = Layer.effect(
    FailurePanel,
    Effect.gen(function* () {
      const current = yield* Ref.make(_Settings.make())

      const failPercent = Effect.fn("FailurePanel.failPercent")(function* (percent: number) {
        yield* Effect.whenEffect(_unavailable("unavailable"), _falls(percent))
      })

      const admit = Effect.gen(function* () {
        const { latencyMillis, errorRatePercent } = yield* Ref.get(current)
        yield* Effect.when(Effect.sleep(latencyMillis), () => latencyMillis > 0)
        yield* failPercent(errorRatePercent)
      })

      const outage = Effect.whenEffect(
        _unavailable("carrier_outage"),
        Effect.map(Ref.get(current), ({ carrierOutage }) => carrierOutage)
      )

      return FailurePanel.of({
        settings: Ref.get(current),
        replace: (settings) => Ref.set(current, settings),
        admit,
        admitCarrier: Effect.zipRight(admit, Effect.asVoid(outage)),
        failPercent,
        declines: Effect.flatMap(Ref.get(current), ({ declineRatePercent }) => _falls(declineRatePercent))
      })
    })
  )
}

/** Made when it is needed: an error costs a stack trace, and every call passes here. */
const _unavailable = (code: string): Effect.Effect<never, ProviderRefusal> =>
  Effect.suspend(() => new ProviderRefusal({ status: 503, code }))

const _falls = (percent: number): Effect.Effect<boolean> =>
  Effect.map(Random.nextIntBetween(0, 100), (drawn) => drawn < percent)

export { FailurePanel }
