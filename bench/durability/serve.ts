import { atRate } from "../support/at-rate.ts"
import { monotonic } from "../support/monotonic.ts"
import { type Protocol } from "./protocol.ts"
import { Sightings } from "./sightings.ts"

declare namespace serve {
  /** Resolves when the submitter may go on: a call and a saga when they have ended, the rest when it is durable. */
  type One = (tag: string, index: number) => Promise<unknown>
  interface Options {
    readonly loads: Readonly<Partial<Record<Protocol.Load, serve.One>>>
    readonly share: () => Promise<number>
  }
}

/** Nothing answered for so long: what is still under way has failed, and the bench goes on. */
const silenceMillis = 30_000

const drive = async (
  { count, from, inFlight, perSecond, tag }: Protocol.Drive,
  one: serve.One
): Promise<Protocol.Drove> => {
  const roundTrips: Array<number> = []
  const errors: Array<string> = []
  let next = from
  let lastAt = monotonic()
  const timed = async (index: number) => {
    const at = monotonic()
    try {
      await one(tag, index)
      lastAt = monotonic()
      roundTrips.push(lastAt - at)
    } catch (error) {
      lastAt = monotonic()
      errors.push(String(error).split("\n")[0] ?? "")
    }
  }
  const lane = async () => {
    while (next < from + count) await timed(next++)
  }
  const all = () =>
    perSecond === undefined
      ? Promise.all(Array.from({ length: inFlight }, lane))
      : atRate(perSecond, count / perSecond, (index) => timed(from + index))
  const startedAt = monotonic()
  let watch: NodeJS.Timeout | undefined
  const silence = new Promise<void>((resolve) => {
    watch = setInterval(() => {
      if (monotonic() - lastAt > silenceMillis) resolve()
    }, 1_000)
  })
  await Promise.race([all(), silence])
  clearInterval(watch)
  const unanswered = count - roundTrips.length - errors.length
  const error = unanswered > 0 ? `no answer within ${silenceMillis} ms` : errors[0]
  return {
    failed: errors.length + unanswered,
    ...(error === undefined ? {} : { error }),
    startedAt,
    endedAt: lastAt,
    roundTrips
  }
}

const answerTo = async (question: Protocol.Question, { loads, share }: serve.Options): Promise<unknown> => {
  if (question.ask === "seen") return Sightings.of(question.tag, question.withWaits)
  if (question.ask === "vitals") {
    const { system, user } = process.cpuUsage()
    return { share: await share(), cpuMillis: (user + system) / 1000 } satisfies Protocol.Vitals
  }
  const one = loads[question.load]
  if (one === undefined) throw new Error(`There is no load ${question.load} here.`)
  return drive(question, one)
}

/** Makes this process one of a contender: it drives the loads that the bench asks for, the same way whoever it is. */
const serve = (options: serve.Options): void => {
  const send = (answer: Protocol.Answer) => void process.send?.(answer)
  process.on("disconnect", () => process.exit(0))
  process.on("message", ({ id, question }: Protocol.Asked) => {
    answerTo(question, options).then(
      (answer) => send({ id, answer }),
      (error) => send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    )
  })
  send({ ready: true })
}

export { serve }
