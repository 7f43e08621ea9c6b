import { until } from "../../tests/support/until.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { Farewell } from "../bed/farewell.ts"

const rounds = 2

/** One after the other gets SIGTERM and is back before the next does. */
const rf07: ChaosCase = {
  id: "RF-07",
  title: "rolling restart of all replicas, twice, under load",
  does: "SIGTERM to replica 1, 2 and 3 in turn, twice; each is ready again before the next leaves.",
  expected:
    "Its work goes on elsewhere within 3 s, exit within 15 s with code 0, no failed request, nothing lost.",
  workload: { clients: 3, pauseMillis: 60 },
  run: async (bed) => {
    await bed.quiet(3_000)
    const before = bed.workload.stats()
    const exits: Array<number> = []
    const takeOvers: Array<number> = []
    const reasons = new Set<string>()
    let farewell: Farewell.Seen | undefined
    for (let round = 0; round < rounds; round++) {
      for (const replica of bed.fleet.replicas) {
        const watcher = farewell === undefined ? await Farewell.open(bed, replica) : undefined
        const ending = { millis: 0, reason: "" }
        const takeOver = await bed.fault("SIGTERM", { replica: replica.name }, () =>
          bed.takeOver(replica, async () => Object.assign(ending, await replica.terminate()))
        )
        exits.push(ending.millis)
        reasons.add(ending.reason)
        takeOvers.push(takeOver.lastMillis)
        bed.expect(takeOver.lost === 0, `${takeOver.lost} probes of ${replica.name} were never taken over`)
        if (watcher !== undefined) farewell = await watcher.seen()
        await until(`${replica.name} is ready again`, replica.isReady, 40_000, 100)
        await bed.untilWhole()
      }
    }
    const after = bed.workload.stats()
    const unknown = after.unknown - before.unknown
    const slowest = Math.round(Math.max(...exits))
    const lastTakeOver = Math.max(...takeOvers)
    const median = (times: ReadonlyArray<number>) =>
      Math.round([...times].sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? -1)
    bed.expect(slowest <= 15_000, `the slowest exit took ${slowest} ms`)
    bed.expect(lastTakeOver < 3_000, `a probe was taken over ${lastTakeOver} ms after SIGTERM`)
    bed.expect([...reasons].join() === "code 0", `exits: ${[...reasons].join(", ")}`)
    bed.expect(unknown === 0, `${unknown} requests had no clear answer`)
    bed.expect(farewell?.closeCode === 1012, `a WebSocket was closed with ${farewell?.closeCode}`)
    bed.expect(farewell?.hasRetry === true, "an event stream ended without a retry hint")
    bed.expect(
      farewell?.badAnswers.length === 0,
      `while it left it answered ${farewell?.badAnswers.slice(0, 3).join("; ")}`
    )
    return {
      takeOverMillisMedian: median(takeOvers),
      takeOverMillisMax: lastTakeOver,
      exitMillisMedian: median(exits),
      exitMillisMax: slowest,
      exits: [...reasons].join(", "),
      requests: after.invoked - before.invoked,
      requestsWithoutAnswer: unknown,
      requestsRefused: after.refused - before.refused,
      webSocketCode: farewell?.closeCode ?? -1,
      directAnswersOfTheFirst: JSON.stringify(farewell?.answers ?? {}),
      eventStreamHint: farewell?.hasRetry ?? false,
      p99Millis: after.millisP99
    }
  }
}

export { rf07 }
