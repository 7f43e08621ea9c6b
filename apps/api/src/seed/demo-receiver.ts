import { HttpClient, HttpClientRequest } from "@effect/platform"
import { Effect, Schedule } from "effect"

const _attempts = Schedule.intersect(Schedule.spaced("150 millis"), Schedule.recurs(3))

/** The customer's side of a webhook: it has to be told the secret, and forgets it when it stops. */
const DemoReceiver = {
  /** Never fails: without a receiver its deliveries wait, and the next seeding registers the secret. */
  register: Effect.fn("DemoReceiver.register")(function* (url: string, slug: string, secret: string) {
    const client = yield* HttpClient.HttpClient
    yield* HttpClientRequest.put(`${url}/secrets/${slug}`).pipe(
      HttpClientRequest.bodyUnsafeJson({ secret }),
      HttpClient.filterStatusOk(client).execute,
      Effect.scoped,
      Effect.timeout("1 second"),
      Effect.retry(_attempts),
      Effect.catchAll(() =>
        Effect.logInfo(`the webhook receiver is not up: ${slug} registers at the next start`)
      )
    )
  })
} as const

export { DemoReceiver }
