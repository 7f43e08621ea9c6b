import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { Context } from "@tessera/infra/context/context"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Cron, DateTime, Effect, Layer, Option, Schema } from "effect"
import { chaosCrons } from "./chaos-crons.ts"
import { Failpoint } from "./failpoint.ts"

interface Row {
  readonly kind: "cron" | "singleton"
  readonly name: string
  readonly scheduledAt: string | null
  readonly value: number | null
}

/** What ran, where and under which fence; a second run of the same tick is its second attempt. */
const write = ({ kind, name, scheduledAt, value }: Row) =>
  Effect.gen(function* () {
    const sql = yield* InfraSql
    const { leadership } = yield* Context.Request.current
    const fence = Option.getOrNull(Option.map(leadership, (known) => known.fence))
    // The recipe for effects of a leader: only under its own fence, in the statement that writes.
    yield* sql`
      WITH mine AS MATERIALIZED (
        SELECT fence FROM app.cluster_singletons WHERE name = ${name} AND fence = ${fence} FOR SHARE)
      INSERT INTO app.chaos_log (kind, name, scheduled_at, attempt, owner, fence, value)
      SELECT ${kind}, ${name}, ${scheduledAt}::timestamptz, 1 + (
          SELECT count(*) FROM app.chaos_log WHERE kind = 'cron' AND name = ${name}
          AND scheduled_at = ${scheduledAt}::timestamptz),
        ${process.env.REPLICA_ID ?? ""}, fence, ${value} FROM mine`
  })

const cron = (name: string, pattern: string) =>
  ClusterService.cron({
    name,
    cron: Cron.unsafeParse(pattern),
    run: ({ scheduledAt }) =>
      Failpoint.around(
        `cron.${name}`,
        write({ kind: "cron", name, scheduledAt: DateTime.formatIso(scheduledAt), value: null })
      )
  })

const counter = ClusterService.singleton({
  name: "chaos-counter",
  every: "250 millis",
  state: Schema.Number,
  initial: 0,
  run: (count) =>
    Effect.as(
      write({ kind: "singleton", name: "chaos-counter", scheduledAt: null, value: count + 1 }),
      count + 1
    )
})

/** Two crons and a counter, each of which leaves a row per run. */
const ProbeChores = {
  layer: Layer.mergeAll(
    cron(chaosCrons[0].name, chaosCrons[0].pattern),
    cron(chaosCrons[1].name, chaosCrons[1].pattern),
    counter
  )
}

export { ProbeChores }
