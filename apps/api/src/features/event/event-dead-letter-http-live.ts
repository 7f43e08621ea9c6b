import { HttpApiBuilder } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Effect } from "effect"

/** The contract's place. */
const EventDeadLetterHttpLive = HttpApiBuilder.group(Api, "eventDeadLetter", (handlers) =>
  handlers
    .handle("list", () => Effect.succeed({ items: [], nextCursor: null }))
    .handle("replay", () => Effect.dieMessage("not there yet"))
    .handle("drop", () => Effect.dieMessage("not there yet"))
    .handle("replayAll", () => Effect.dieMessage("not there yet"))
)

export { EventDeadLetterHttpLive }
