import { HttpApiBuilder, HttpApiError } from "@effect/platform"
import { RowCursor } from "@tessera/infra/storage/row-cursor"
import { Api } from "@tessera/shared/api"
import { Effect, Schema } from "effect"
import { Jobs } from "./jobs.ts"

const _decodeCursor = Schema.decode(Schema.UndefinedOr(RowCursor.Cursor))

/** Maps `JobHttp` onto `Jobs`. */
const JobHttpLive = HttpApiBuilder.group(Api, "job", (handlers) =>
  Effect.gen(function* () {
    const jobs = yield* Jobs
    return handlers
      .handle("list", ({ urlParams: { cursor, ...query } }) =>
        _decodeCursor(cursor).pipe(
          Effect.catchTag("ParseError", HttpApiError.HttpApiDecodeError.refailParseError),
          Effect.flatMap((after) => jobs.list({ ...query, after: after ?? RowCursor.top }))
        )
      )
      .handle("byId", ({ path }) => jobs.byId(path.id))
      .handle("replay", ({ path }) => jobs.replay(path.id))
  })
)

export { JobHttpLive }
