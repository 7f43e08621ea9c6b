import { setTimeout as delay } from "node:timers/promises"

/** Asks again until the answer is not undefined, null or false; after `millis` it throws with what it waited for. */
const until = async <A>(
  what: string,
  ask: () => Promise<A | undefined | null | false> | A | undefined | null | false,
  millis = 30_000,
  pauseMillis = 50
): Promise<A> => {
  const deadline = performance.now() + millis
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== null && answer !== false) return answer
    if (performance.now() > deadline) throw new Error(`Not within ${millis} ms: ${what}`)
    await delay(pauseMillis)
  }
}

export { until }
