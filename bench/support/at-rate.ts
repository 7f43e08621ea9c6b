/**
 * Calls `one` so many times a second, whatever the answers take, so that a slow answer does not thin out the load.
 * Gives what came back; a call that fails is counted and left out.
 */
const atRate = async <A>(
  perSecond: number,
  seconds: number,
  one: (index: number) => Promise<A>
): Promise<{ readonly results: ReadonlyArray<A>; readonly failed: number }> => {
  const startedAt = performance.now()
  const calls: Array<Promise<A | undefined>> = []
  let failed = 0
  for (let index = 0; index < perSecond * seconds; index++) {
    const wait = startedAt + (index * 1000) / perSecond - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    calls.push(
      one(index).catch(() => {
        failed += 1
        return undefined
      })
    )
  }
  const results = (await Promise.all(calls)).filter((result) => result !== undefined)
  return { results, failed }
}

export { atRate }
