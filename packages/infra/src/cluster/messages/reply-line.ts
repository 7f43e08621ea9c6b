import { Effect, Option, Stream } from "effect"
import { EventLoop } from "../../storage/event-loop.ts"
import { type ReplyRpcs } from "./reply-rpcs.ts"

type _Reply = Option.Option<NonNullable<ReplyRpcs.Answer["reply"]>>
type _Waiting = {
  readonly asked: ReplyRpcs.Asked
  readonly resume: (reply: Effect.Effect<_Reply>) => void
  /** Undefined until its call begins. */
  giveUp: (() => void) | undefined
}

declare namespace ReplyLine {
  type Call = (requests: ReadonlyArray<ReplyRpcs.Asked>) => Stream.Stream<ReplyRpcs.Answer | null, unknown>
  /** None: this runner cannot say, the database can. */
  type Ask = (asked: ReplyRpcs.Asked) => Effect.Effect<_Reply>
}

/** Requests of one call. */
const _most = 500

/** One call of the runner, from its first request to the last answer. */
const _listen = (
  call: ReplyLine.Call,
  members: ReadonlyArray<_Waiting>,
  heard: Effect.Effect<void>
): Effect.Effect<void> => {
  const abandoned = Effect.unsafeMakeLatch(false)
  const open = new Map(members.entries())
  const settle = (place: number, reply: _Reply): void => {
    open.get(place)?.resume(Effect.succeed(reply))
    open.delete(place)
  }
  members.forEach((member, place) => {
    member.giveUp = () => {
      open.delete(place)
      open.size === 0 && abandoned.unsafeOpen()
    }
  })
  return call(members.map(({ asked }) => asked)).pipe(
    Stream.runForEach((answer) =>
      answer === null ? heard : Effect.sync(() => settle(answer.place, Option.fromNullable(answer.reply)))
    ),
    // Ends by itself with its last answer; only a call whose last request is given up is interrupted.
    Effect.raceFirst(abandoned.await),
    Effect.catchAllCause((cause) => Effect.logDebug("a runner broke off its replies", cause)),
    Effect.ensuring(
      Effect.sync(() => {
        open.forEach((_, place) => {
          settle(place, Option.none())
        })
      })
    )
  )
}

/**
 * One call at a time tells a runner of requests; who asks meanwhile is in the next one, so the calls grow
 * with the load, without a timer. A call stays open until its last request is answered or given up.
 */
const ReplyLine = {
  make: (call: ReplyLine.Call, fork: (effect: Effect.Effect<void>) => unknown): ReplyLine.Ask => {
    const waiting = new Set<_Waiting>()
    let isTelling = false

    const start = (): void => {
      const isDue = !isTelling && waiting.size > 0
      isTelling = isTelling || isDue
      isDue && fork(round)
    }

    // Whoever asks in the same turn of the event loop is in the same call.
    const round = EventLoop.turn.pipe(
      Effect.zipRight(
        Effect.suspend(() => {
          const members = [...waiting].slice(0, _most)
          members.forEach((member) => {
            waiting.delete(member)
          })
          let isHeard = false
          const heard = Effect.sync(() => {
            isHeard = true
            isTelling = false
            start()
          })
          const unheard = Effect.unless(heard, () => isHeard)
          return members.length === 0 ? heard : Effect.ensuring(_listen(call, members, heard), unheard)
        })
      )
    )

    return (asked) =>
      Effect.async<_Reply>((resume) => {
        const one: _Waiting = { asked, resume, giveUp: undefined }
        waiting.add(one)
        start()
        return Effect.sync(() => {
          waiting.delete(one)
          one.giveUp?.()
        })
      })
  }
} as const

export { ReplyLine }
