import { type ChaosCase } from "../bed/chaos-case.ts"
import { ProviderBooks } from "../bed/provider-books.ts"

/** SIGKILL between the capture at the provider and its note in the saga. */
const rf01: ChaosCase = {
  id: "RF-01",
  title: "kill -9 in the middle of a saga",
  does: "A saga is held right after its payment was captured, and its replica gets SIGKILL.",
  expected: "The saga goes on elsewhere within 10 s (30 s at most); the customer is charged once.",
  run: async (bed) => {
    let order = ""
    const victim = await bed.caught("saga.capture.forward.after", "pause", async () => {
      order = await bed.place()
    })
    // Its shards must go to others, not wait for its return.
    victim.isHeld = true
    const takeOver = await bed.fault("SIGKILL", { replica: victim.name }, () =>
      bed.takeOver(victim, async () => {
        await victim.kill()
        victim.failpoints({})
      })
    )
    const killedAt = performance.now() - takeOver.lastMillis
    const status = await bed.ended(order)
    const endedMillis = Math.round(performance.now() - killedAt)
    bed.expect(status === "fulfilled", `the order is ${status}`)
    bed.expect(endedMillis < 30_000, `the saga ended ${endedMillis} ms after the kill`)
    bed.expect(takeOver.lost === 0, `${takeOver.lost} probes were never taken over`)
    victim.isHeld = false
    const { payments } = (await ProviderBooks.read(bed.fleet)).of(order)
    bed.expect(payments.join() === "captured", `the provider holds ${JSON.stringify(payments)}`)
    const wholeMillis = takeOver.lastMillis + (await bed.untilWhole())
    return { takeOverMillis: takeOver.lastMillis, sagaEndedMillis: endedMillis, wholeMillis }
  }
}

export { rf01 }
