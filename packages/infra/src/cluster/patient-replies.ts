import { MessageStorage, type Snowflake } from "@effect/cluster"
import { Duration, Effect, Layer, Schedule } from "effect"
import { RepliesThrough } from "./messages/replies-through.ts"

type _Storage = MessageStorage.MessageStorage["Type"]

/** Above the time that a database takes to come back from a crash or a switch to its standby. */
const _patience = Schedule.spaced(Duration.millis(500)).pipe(
  Schedule.intersect(Schedule.recurUpTo(Duration.minutes(2)))
)

/**
 * A request has one exit. A replica that was about to lose the request may have answered first, by the same
 * journal; then there is nothing left to write.
 */
const _isAnswered = (storage: _Storage, requestId: Snowflake.Snowflake) =>
  storage.repliesForUnfiltered([requestId]).pipe(
    Effect.map((replies) => replies.some(({ _tag }) => _tag === "WithExit")),
    Effect.orElseSucceed(() => false)
  )

/**
 * A message storage that keeps an answer until the database takes it. The stock runner tries for less than a
 * second and then forgets the answer, but not that the request is under way: a workflow whose step ended
 * while the database was away would wait for that step for ever, until its replica is started again.
 */
const PatientReplies = {
  layer: Layer.effect(
    MessageStorage.MessageStorage,
    Effect.map(MessageStorage.MessageStorage, (storage) =>
      MessageStorage.MessageStorage.of(
        RepliesThrough.of(storage, (reply) =>
          storage.saveReply(reply).pipe(
            Effect.catchTag("PersistenceError", (refused) =>
              Effect.flatMap(_isAnswered(storage, reply.reply.requestId), (is) =>
                is ? Effect.void : Effect.fail(refused)
              )
            ),
            Effect.retry({
              schedule: _patience,
              // Whatever else is wrong with an answer does not get better.
              while: ({ _tag }) => _tag === "PersistenceError"
            })
          )
        )
      )
    )
  )
} as const

export { PatientReplies }
