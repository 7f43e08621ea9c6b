import { TableRows } from "./table-rows.ts"

const iso = (millis: number) => new Date(millis).toISOString()

/** Rows of a probe: it leads nothing, and whoever owns it answers. */
const probes = (when: string) =>
  ["replica-1", "replica-2"].map((owner) => ({
    ...{
      kind: "keep",
      name: "probe",
      scheduled_at: null,
      attempt: 1,
      owner,
      fence: null,
      value: null,
      at: when
    }
  }))

/** A cron of eight ticks that moved once, and a singleton that counts them. */
const cleanLeaders = async (url: string, startedAt: number): Promise<void> => {
  const [name, owner] = ["each-minute", "replica-1"]
  const ticks = Array.from({ length: 8 }, (_, index) => iso(startedAt + index * 60_000))
  await TableRows.insert(url, "cluster_singletons", [
    {
      name,
      owner,
      fence: 3,
      every_millis: 1_000,
      started_at: ticks[0],
      runs: 8,
      failures: 0,
      state: { value: 8 }
    }
  ])
  const cron = ticks.map((scheduled_at, index) => ({
    ...{ name, scheduled_at, ran_on: owner, outcome: "done", fence: index < 4 ? 2 : 3, attempts: 1 },
    ...{ started_at: scheduled_at, ended_at: scheduled_at }
  }))
  await TableRows.insert(url, "cron_ticks", cron)
  await TableRows.insert(url, "chaos_log", [
    ...cron.map(({ fence, scheduled_at }) => ({
      ...{ kind: "cron", name, scheduled_at, attempt: 1, owner: `replica-${fence}`, fence, value: null },
      at: scheduled_at
    })),
    ...cron.map(({ fence, scheduled_at }, index) => ({
      ...{
        kind: "singleton",
        name: "counter",
        scheduled_at: null,
        attempt: 1,
        owner: `replica-${fence}`,
        fence
      },
      ...{ value: index + 1, at: scheduled_at }
    })),
    ...probes(iso(startedAt))
  ])
}

export { cleanLeaders }
