import { Data, Effect } from "effect"
import { Webhook } from "standardwebhooks"

class _BadSecret extends Data.TaggedError("WebhookSignature.BadSecret")<{ readonly cause: unknown }> {}
class _Invalid extends Data.TaggedError("WebhookSignature.Invalid")<{ readonly cause: unknown }> {}

declare namespace WebhookSignature {
  type BadSecret = _BadSecret
  type Verify = (body: string, headers: Readonly<Record<string, string>>) => Effect.Effect<void, _Invalid>
}

/**
 * Standard Webhooks signatures, by the package the specification publishes. The body is the raw text: parsed
 * and printed again it no longer verifies. A timestamp more than 5 minutes off is invalid.
 */
const WebhookSignature = {
  BadSecret: _BadSecret,
  Invalid: _Invalid,
  /** Takes a `whsec_…` secret. */
  verifier: (secret: string): Effect.Effect<WebhookSignature.Verify, _BadSecret> =>
    Effect.try({ try: () => new Webhook(secret), catch: (cause) => new _BadSecret({ cause }) }).pipe(
      Effect.map(
        (webhook) => (body, headers) =>
          Effect.try({
            try: () => webhook.verify(body, headers, { jsonParse: false }),
            catch: (cause) => new _Invalid({ cause })
          })
      )
    )
} as const

export { WebhookSignature }
