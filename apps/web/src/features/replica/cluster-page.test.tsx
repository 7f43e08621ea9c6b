import { MantineProvider } from "@mantine/core"
import { QueryClient, QueryClientProvider } from "@tanstack/react-query"
import { Cluster } from "@tessera/shared/replica/cluster"
import { Replica } from "@tessera/shared/replica/replica"
import { type Session } from "@tessera/shared/session/session"
import { DateTime } from "effect"
import { renderToStaticMarkup } from "react-dom/server"
import { describe, expect, it } from "vitest"
import { ClientProblem } from "../../lib/client-problem.ts"
import { SessionQueries } from "../../lib/session-queries.ts"
import { ClusterPage } from "./cluster-page.tsx"
import { ReplicaQueries } from "./replica-queries.ts"

const at = DateTime.unsafeMake("2026-03-04T10:00:00Z")
const before = (seconds: number) => DateTime.subtract(at, { seconds })

const replica = (
  name: number,
  more: Partial<Pick<Replica.Model, "phase" | "reporting" | "healthy">> = {}
) => {
  const shardIds = Array.from({ length: 150 }, (_, index) => (name - 1) * 150 + index + 1)
  return Replica.Model.make({
    id: `replica-${name}`,
    address: `127.0.0.1:${name}`,
    version: "0.1.0",
    phase: "serving",
    reporting: true,
    healthy: true,
    shards: more.reporting === false ? 0 : 150,
    shardIds,
    entities: 4,
    jobsRunning: 2,
    rssBytes: 250_000_000,
    heapBytes: 90_000_000,
    lagP50Millis: 0.2,
    lagP99Millis: 12.5,
    memoryTrend: [240, 250],
    lagTrend: [10, 12.5],
    startedAt: before(3725),
    seenAt: before(more.reporting === false ? 7 : 1),
    self: name === 1,
    ...more
  })
}

const leader = (more: Partial<Pick<Cluster.Leader, "late" | "failures">> = {}) =>
  Cluster.Leader.make({
    name: "purge",
    kind: "cron",
    owner: "replica-2",
    fence: 7,
    everyMillis: 60_000,
    startedAt: before(600),
    lastRunAt: before(30),
    runs: 10,
    failures: 0,
    late: false,
    ticks: [
      Cluster.Tick.make({
        scheduledAt: before(30),
        outcome: "done",
        ranOn: "replica-2",
        fence: 7,
        attempts: 1,
        startedAt: before(30),
        endedAt: before(29)
      })
    ],
    ...more
  })

const snapshot = (replicas: ReadonlyArray<Replica.Model>, leaders: ReadonlyArray<Cluster.Leader> = []) =>
  Cluster.Snapshot.make({ at, seenBy: "replica-1", replicas, leaders })

const page = (
  fill: (queries: QueryClient) => void,
  { demo = true, role = "owner" }: { demo?: boolean; role?: "owner" | "viewer" } = {},
  queries = new QueryClient()
) => {
  queries.setQueryData(SessionQueries.me.queryKey, {
    actorId: "ada",
    name: "Ada",
    email: null,
    role,
    demo,
    tenant: { id: "t", slug: "acme", name: "Acme", currency: "EUR" }
  } as unknown as Session.Model)
  fill(queries)
  const html = renderToStaticMarkup(
    <MantineProvider>
      <QueryClientProvider client={queries}>
        <ClusterPage />
      </QueryClientProvider>
    </MantineProvider>
  )
  return { html, text: html.replace(/<style[\s\S]*?<\/style>/g, "").replace(/<[^>]+>/g, " ") }
}
const full = (shown: Cluster.Snapshot) => (queries: QueryClient) =>
  queries.setQueryData(ReplicaQueries.now.queryKey, shown)
const count = (html: string, part: string) => html.split(part).length - 1

describe("ClusterPage", () => {
  it("is a skeleton until the first snapshot", () => {
    const { html } = page(() => {})

    expect(html).toContain('data-testid="loading"')
    expect(html).not.toContain("replica-card")
  })

  it("says what went wrong when there is no snapshot, and offers to ask again", () => {
    const failed = new QueryClient({ defaultOptions: { queries: { retry: false, retryOnMount: false } } })
    const asked = failed.prefetchQuery({
      queryKey: ReplicaQueries.now.queryKey,
      queryFn: () => Promise.reject(ClientProblem.unreachable)
    })

    return asked.then(() => {
      const { text } = page(() => {}, {}, failed)

      expect(text).toContain("The server cannot be reached")
      expect(text).toContain("Retry")
    })
  })

  it("says so when no replica has registered", () => {
    expect(page(full(snapshot([]))).text).toContain("No replica has registered")
  })

  it("shows every replica's vitals, all shards and the leaders", () => {
    const { html, text } = page(full(snapshot([replica(1), replica(2)], [leader()])))

    expect(count(html, 'data-testid="replica-card"')).toBe(2)
    expect(text).toContain("serving · up 1 h 02 min · v0.1.0")
    expect(text).toContain("250 MB")
    expect(text).toContain("12.5 ms")
    expect(count(html, 'class="tessera-shard"')).toBe(300)
    expect(html).toContain('aria-label="Shards: 150 of replica-1, 150 of replica-2"')
    expect(html).toContain('data-testid="leader-row" data-name="purge" data-late="false"')
    expect(text).toContain("cron, every 1 min 00 s")
    expect(text).toContain("30 s ago")
    expect(text).toContain("All quiet")
  })

  it("shows what a silent replica left behind as waiting, and cannot end it twice", () => {
    const dead = replica(2, { reporting: false, healthy: false })
    const { html, text } = page(full(snapshot([replica(1), dead], [leader({ late: true })])))

    expect(text).toMatch(/1 of 2/)
    expect(text).toContain("150 of 300")
    expect(text).toContain("Not answering")
    expect(text).toContain("last report 7.0 s ago")
    expect(html).toContain('aria-label="Shards: 150 of replica-1, 150 left behind by replica-2"')
    expect(count(html, 'data-owned="false"')).toBe(150)
    expect(count(html, 'data-disabled="true"')).toBe(2)
    expect(text).toContain("1 late")
  })

  it("names a replica that drains or boots by that, and one whose runner is not reached", () => {
    const phases = (["booting", "draining"] as const).map((phase) => replica(1, { phase, healthy: false }))
    const shown = [...phases, replica(1, { healthy: false })].map((one) => page(full(snapshot([one]))).text)

    expect(shown.map((text) => /Booting|Draining|Runner not reached/.exec(text)?.[0])).toEqual([
      "Booting",
      "Draining",
      "Runner not reached"
    ])
  })

  it("has ways to end a replica in the demo only, and for those who may manage", () => {
    const one = full(snapshot([replica(1)]))
    const [owner, viewer, production] = [page(one), page(one, { role: "viewer" }), page(one, { demo: false })]

    expect([owner, viewer, production].map(({ text }) => /Drain\b.*Kill\b/s.test(text))).toEqual([
      true,
      true,
      false
    ])
    expect([owner, viewer].map(({ html }) => count(html, 'data-disabled="true"'))).toEqual([0, 2])
  })
})
