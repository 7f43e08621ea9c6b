import { FetchHttpClient, HttpClient } from "@effect/platform"
import { Effect, Stream } from "effect"
import { LiveStore } from "./live-store.ts"

/**
 * Who looks at another tab for a moment finds everything present; a forgotten page costs the server
 * nothing.
 */
const _grace = "60 seconds"

/**
 * Holds the live connection while the page is in the background or the device has no network, and lets it
 * go on from where it was when that is over.
 */
const LiveHolds = {
  run: Effect.suspend(() => Effect.all([_hidden, _offline], { concurrency: 2, discard: true }))
} as const

const _set = (hold: LiveStore.Hold, isOn: boolean) => Effect.sync(() => LiveStore.hold(hold, isOn))

const _visibility = {
  hidden: Effect.delay(_set("hidden", true), _grace),
  visible: _set("hidden", false)
} satisfies Record<DocumentVisibilityState, Effect.Effect<void>>

const _hidden = Stream.fromEventListener(document, "visibilitychange").pipe(
  Stream.map(() => document.visibilityState),
  Stream.merge(Stream.sync(() => document.visibilityState)),
  Stream.flatMap((state) => Stream.fromEffect(_visibility[state]), { switch: true }),
  Stream.runDrain
)

/** Without a network a server on this very device still answers: the browser's word is checked. */
const _lost = HttpClient.get("/health/live").pipe(
  Effect.timeout("3 seconds"),
  Effect.scoped,
  Effect.provide(FetchHttpClient.layer),
  Effect.matchEffect({ onFailure: () => _set("offline", true), onSuccess: () => Effect.void })
)

const _network = { offline: _lost, online: _set("offline", false) } as const

const _offline = Stream.merge(
  Stream.as(Stream.fromEventListener(window, "offline"), _network.offline),
  Stream.as(Stream.fromEventListener(window, "online"), _network.online)
).pipe(
  Stream.flatMap((step) => Stream.fromEffect(step), { switch: true }),
  Stream.runDrain
)

export { LiveHolds }
