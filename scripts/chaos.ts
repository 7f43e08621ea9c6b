import { setTimeout as delay } from "node:timers/promises"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { buildChaos } from "../chaos/bed/build-chaos.ts"
import { chaos } from "../chaos/main.ts"
import { attempt } from "./launcher/attempt.ts"
import { LastResort } from "./launcher/last-resort.ts"
import { runCommand } from "./launcher/run-command.ts"

const _patienceMillis = 25_000
const say = (line: string) => console.log(line)

runCommand(
  Effect.gen(function* () {
    const { values } = parseArgs({
      options: {
        case: { type: "string", multiple: true },
        minutes: { type: "string" },
        seed: { type: "string" },
        smoke: { type: "boolean" },
        report: { type: "boolean" }
      }
    })
    yield* attempt(() => buildChaos(say))
    const stop = new AbortController()
    const running = chaos(values, say, stop.signal)
    return yield* attempt(() => running).pipe(
      Effect.onInterrupt(() =>
        Effect.promise(async () => {
          stop.abort()
          await Promise.race([running.catch(() => 1), delay(_patienceMillis)])
          // A fleet that was still starting.
          LastResort.fire()
        })
      )
    )
  })
)
