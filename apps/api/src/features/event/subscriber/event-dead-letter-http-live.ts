import { HttpApiBuilder, HttpApiError } from "@effect/platform"
import { RowCursor } from "@tessera/infra/storage/row-cursor"
import { Api } from "@tessera/shared/api"
import { Effect, Schema } from "effect"
import { EventDeadLetterDesk } from "./event-dead-letter-desk.ts"

const _decodeCursor = Schema.decode(Schema.UndefinedOr(RowCursor.Cursor))

/** Maps `EventDeadLetterHttp` onto `EventDeadLetterDesk`. */
const EventDeadLetterHttpLive = HttpApiBuilder.group(Api, "eventDeadLetter", (handlers) =>
  Effect.map(EventDeadLetterDesk, (desk) =>
    handlers
      .handle("list", ({ urlParams: { cursor, ...query } }) =>
        _decodeCursor(cursor).pipe(
          Effect.catchTag("ParseError", HttpApiError.HttpApiDecodeError.refailParseError),
          Effect.flatMap((after) => desk.list({ ...query, after: after ?? RowCursor.top }))
        )
      )
      .handle("replay", ({ path }) => desk.replay(path.id))
      .handle("drop", ({ path }) => desk.drop(path.id))
      .handle("replayAll", ({ payload }) => desk.replayAll(payload.subscriber))
  )
)

export { EventDeadLetterHttpLive }
