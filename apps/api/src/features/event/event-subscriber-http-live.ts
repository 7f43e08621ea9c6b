import { HttpApiBuilder } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Effect } from "effect"

/** The contract's place. */
const EventSubscriberHttpLive = HttpApiBuilder.group(Api, "eventSubscriber", (handlers) =>
  handlers
    .handle("list", () => Effect.succeed([]))
    .handle("replay", () => Effect.dieMessage("not there yet"))
    .handle("stopReplay", () => Effect.dieMessage("not there yet"))
    .handle("pause", () => Effect.dieMessage("not there yet"))
    .handle("resume", () => Effect.dieMessage("not there yet"))
)

export { EventSubscriberHttpLive }
