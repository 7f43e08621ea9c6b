import {
  EntityAddress,
  EntityId,
  EntityType,
  Message,
  MessageStorage,
  Reply,
  ShardId,
  Sharding,
  Snowflake
} from "@effect/cluster"
import { Headers } from "@effect/platform"
import { type Rpc } from "@effect/rpc"
import { Duration, Effect, Option, Queue, Stream } from "effect"
import { EventLoop } from "../../storage/event-loop.ts"
import { ReplyRpcs } from "./reply-rpcs.ts"
import { StoredReplies } from "./stored-replies.ts"

type _Asked = ReplyRpcs.Asked
type _Answer = (reply: ReplyRpcs.Answer["reply"]) => void

/** Most requests are answered by then; of the others it is asked whether they are here at all. */
const _patience = Duration.millis(500)

const _envelope = ({ entityId, entityType, id, shard }: _Asked) => ({
  _tag: "Request" as const,
  requestId: Snowflake.Snowflake(id),
  address: new EntityAddress.EntityAddress({
    shardId: ShardId.ShardId.fromString(shard),
    entityType: EntityType.EntityType.make(entityType),
    entityId: EntityId.EntityId.make(entityId)
  }),
  // Nobody looks at these: what is handled is what is stored.
  tag: "",
  payload: undefined,
  headers: Headers.empty
})

/** A reply that its own schema refuses is a defect of the handler, for whoever waits for it. */
const _serialized = <R extends Rpc.Any>(given: Reply.ReplyWithContext<R>) =>
  Reply.serialize(given).pipe(
    Effect.catchTag("MalformedMessage", (defect) =>
      Reply.serialize(
        Reply.ReplyWithContext.fromDefect({ id: given.reply.id, requestId: given.reply.requestId, defect })
      )
    ),
    Effect.orDie
  )

/** A busy runner says it later, and so is asked less often for more. */
const _heard = Stream.fromEffect(Effect.as(EventLoop.turn, null))

const _untilRead = { waitUntilRead: true } as const

/**
 * The owner's half of `ReplyRpcs`: it reads what is stored for it, and gives each reply away as soon as the
 * database has it. Whoever waits long, or for a workflow, is registered as the stock runner does it: then a
 * request that is not here, or no longer, is found out.
 */
const ReplyHandlers = {
  layer: ReplyRpcs.toLayer(
    Effect.gen(function* () {
      const sharding = yield* Sharding.Sharding
      const storage = yield* MessageStorage.MessageStorage
      const stored = yield* StoredReplies

      const register = (request: _Asked, answer: _Answer) => {
        const message = new Message.IncomingRequest({
          envelope: _envelope(request),
          lastSentReply: Option.none(),
          respond: (reply) => Effect.map(_serialized(reply), answer)
        })
        const told = sharding
          .notify(message, _untilRead)
          .pipe(Effect.catchTag("AlreadyProcessingMessage", () => Effect.void))
        return Effect.all([storage.registerReplyHandler(message), told], {
          concurrency: "unbounded",
          discard: true
        }).pipe(Effect.catchTag("EntityNotAssignedToRunner", () => Effect.sync(() => answer(null))))
      }

      const answers = Effect.fnUntraced(function* (requests: ReadonlyArray<_Asked>) {
        const queue = yield* Queue.unbounded<ReplyRpcs.Answer>()
        const open = new Map(requests.entries())
        const answerTo =
          (place: number): _Answer =>
          (reply) => {
            open.delete(place) && queue.unsafeOffer({ place, reply })
          }

        const ends = requests.map((request, place) => stored.listen(request, answerTo(place)))
        yield* Effect.addFinalizer(() =>
          Effect.sync(() => {
            ends.forEach((end) => {
              end()
            })
          })
        )
        yield* sharding.pollStorage
        const registerAll = (late: boolean) =>
          Effect.suspend(() =>
            Effect.forEach(
              [...open].filter(([, request]) => StoredReplies.knows(request) === late),
              ([place, request]) => register(request, answerTo(place)),
              { concurrency: "unbounded", discard: true }
            )
          )
        yield* Effect.forkScoped(registerAll(false))
        yield* registerAll(true).pipe(Effect.delay(_patience), Effect.forkScoped)
        return Stream.concat(_heard, Stream.take(Stream.fromQueue(queue), requests.length))
      })

      return ReplyRpcs.of({ Replies: ({ requests }) => Stream.unwrapScoped(answers(requests)) })
    })
  )
} as const

export { ReplyHandlers }
