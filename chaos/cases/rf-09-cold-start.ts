import { randomUUID } from "node:crypto"
import { until } from "../../tests/support/until.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"

const messages = 10_000
const chunk = 500

/** All replicas die with a backlog of persisted messages and start again at once. */
const rf09: ChaosCase = {
  id: "RF-09",
  title: "cold start of all three with a backlog of 10,000 messages",
  does: "10,000 persisted messages are held back, all replicas get SIGKILL, then all start at once.",
  expected: "No message is answered with a defect, all are handled within 60 s of the start.",
  workload: { clients: 1, pauseMillis: 500 },
  run: async (bed) => {
    const { fleet } = bed
    const prefix = `backlog-${randomUUID()}`
    for (const replica of fleet.replicas) replica.failpoints({ "probe.keep": "pause" })
    const sentAt = performance.now()
    const send = async (from: number) => {
      const replica = fleet.replica(1 + ((from / chunk) % 3))
      const answer = await replica.json<Readonly<Record<string, number>>>(
        `/chaos/backlog?prefix=${prefix}&from=${from}&count=${chunk}`,
        "POST",
        120_000
      )
      return answer.ok ?? 0
    }
    let sent = 0
    for (let from = 0; from < messages; from += 3 * chunk) {
      const starts = [from, from + chunk, from + 2 * chunk].filter((start) => start < messages)
      sent += (await Promise.all(starts.map(send))).reduce((sum, count) => sum + count, 0)
    }
    const sendMillis = performance.now() - sentAt
    const waiting = await fleet.sql<{ readonly count: number }>(
      `SELECT count(*)::int AS count FROM cluster.cluster_messages
       WHERE entity_type = 'ChaosProbe' AND kind = 0 AND NOT processed AND message_id LIKE $1`,
      [`%${prefix}-%`]
    )
    for (const replica of fleet.replicas) replica.isHeld = true
    await bed.fault("SIGKILL of all", {}, () => Promise.all(fleet.replicas.map((replica) => replica.kill())))
    for (const replica of fleet.replicas) replica.failpoints({})
    const handled = async () => {
      const [row] = await fleet.sql<{ readonly count: number; readonly keys: number }>(
        `SELECT count(*)::int AS count, count(DISTINCT name)::int AS keys FROM chaos_log
         WHERE kind = 'keep' AND name LIKE $1`,
        [`${prefix}-%`]
      )
      return row ?? { count: 0, keys: 0 }
    }
    // The supervisor's pause after a death does not count.
    await bed.quiet(5_000)
    const startedAt = performance.now()
    for (const replica of fleet.replicas) replica.isHeld = false
    await until(
      "one replica is ready",
      async () => (await Promise.all(fleet.replicas.map((r) => r.isReady()))).some(Boolean),
      60_000
    )
    const readyMillis = performance.now() - startedAt
    await until("the backlog is handled", async () => (await handled()).keys >= sent, 150_000, 250).catch(
      (error: Error) => bed.expect(false, error.message)
    )
    const drainedMillis = Math.round(performance.now() - startedAt)
    const { count, keys } = await handled()
    const defects = await fleet.sql(
      `SELECT 1 FROM cluster.cluster_replies r JOIN cluster.cluster_messages m ON m.request_id = r.request_id
       WHERE m.entity_type = 'ChaosProbe' AND m.message_id LIKE $1 AND r.payload LIKE '%"Die"%'`,
      [`%${prefix}-%`]
    )
    bed.expect(sent === messages, `${sent} of ${messages} messages were accepted`)
    bed.expect(keys === sent, `${keys} of ${sent} messages were handled`)
    bed.expect(defects.length === 0, `${defects.length} messages were answered with a defect`)
    bed.expect(drainedMillis <= 60_000, `the backlog was handled ${drainedMillis} ms after the start`)
    return {
      sent,
      sendMillis: Math.round(sendMillis),
      waitingAtStart: waiting[0]?.count ?? -1,
      firstReadyMillis: Math.round(readyMillis),
      handledMillis: drainedMillis,
      handledTwice: count - keys
    }
  }
}

export { rf09 }
