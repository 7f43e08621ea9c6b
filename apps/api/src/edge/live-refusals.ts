import { type WebSocketService } from "@tessera/infra/realtime/web-socket-service"
import { LiveRefusal } from "@tessera/shared/live-refusal"
import { Schema } from "effect"

const _encode = Schema.encodeSync(LiveRefusal.Any)

/** The refusals of the socket service in the words of our contract. */
const LiveRefusals: WebSocketService.Refusals = {
  invalid: (fault) => _encode(LiveRefusal.InvalidRequest.make(fault)),
  tooMany: (wait) => _encode(LiveRefusal.TooManyRequests.make(wait)),
  exceeded: (limit) => _encode(LiveRefusal.LimitExceeded.make(limit)),
  internal: (of) => _encode(LiveRefusal.InternalError.make(of))
}

export { LiveRefusals }
