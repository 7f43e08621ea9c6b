/** Checks the properties of the code itself: what a machine can hold of the house style. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, statSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { findingsIn, ruleNames } from "./tidy/findings.ts"

/** Tracked files and those that are about to be: what an ignored file says is nobody's business. */
const repositoryFiles = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
  encoding: "utf8",
  maxBuffer: 1e8
})
  .split("\0")
  .filter((path) => path !== "" && existsSync(path) && statSync(path).isFile())

const isSource = (path: string) =>
  /^(apps\/[^/]+\/src|apps\/api\/sandbox|packages\/[^/]+\/src)\/.*\.tsx?$/.test(path) &&
  !/(\.test\.tsx?|\.d\.ts|-main\.ts|\/main\.tsx?|\/parse-worker\.ts)$/.test(path)

const sources = repositoryFiles.filter(isSource)
const findings = sources.flatMap((path) => findingsIn(path, readFileSync(path, "utf8")))
const breaches = (path: string, text: string) => findingsIn(path, text).map(({ rule }) => rule)

describe("the house style", () => {
  it("looks at the sources", () => {
    expect(sources.length).toBeGreaterThan(20)
  })

  it.each(ruleNames)("%s", (rule) => {
    expect(findings.filter((finding) => finding.rule === rule).map(({ at }) => at)).toEqual([])
  })
})

describe("the rules", () => {
  const fine =
    'import { Effect } from "effect"\n\nconst OrderTable = { empty: Effect.void } as const\n\nexport { OrderTable }\n'
  const at = "apps/api/src/features/order/order-table.ts"
  const withLine = (line: string) => fine.replace("\n\nconst", `\n\n${line}\nconst`)

  it("find nothing in a tidy file", () => {
    expect(findingsIn(at, fine)).toEqual([])
  })

  it.each([
    [0, "x".repeat(111).replace(/^/, "// ")],
    [0, "\n".repeat(225)],
    [1, "export const more = 1"],
    [1, "export default 1"],
    [2, "const other = 1"],
    [2, "const { _a, b } = { _a: 1, b: 2 }"],
    [2, "declare namespace Elsewhere { type A = 1 }"],
    [3, "const _f = (n: number) => { if (n > 1) return 1; return 2 }"],
    [3, "const _g = () => { for (const n of [1]) void n }"],
    [3, "const _h = () => { while (true) void 0 }"],
    [4, "const _f = async () => 1"],
    [4, "const _f = () => { try { return 1 } finally { void 0 } }"],
    [4, "const _f = (n: number) => { switch (n) { default: return 1 } }"],
    [5, "const _x: Record<string, any> = {}"],
    [5, "const _x = 1 as unknown"],
    [5, "const _x = [1][0]!"],
    [5, "// @ts-expect-error"],
    [6, "const _now = Date.now()"],
    [6, "const _now = new Date()"],
    [6, "const _x = Math.random()"],
    [6, "const _x = process.env"],
    [6, 'const _x = () => console.log("x")'],
    [6, "const _x = () => setTimeout(() => 1, 2)"],
    [7, "const _x = Match.orElse(() => 1)"],
    [7, "const _x = Match.when((n) => n > 1, () => 1)"],
    [7, "const _x = Match.when(true, () => 1)"],
    [7, "const _x = Match.when(Predicate.isString, () => 1)"],
    [8, "const _x = sql`select 1`"],
    [8, "const _x = sql<{ a: 1 }>`select 1`"],
    [10, 'const _x = Entity.make("A", [Rpc.make("a", { payload: {} })])'],
    [10, 'const _x = Entity.make("A", [Rpc.make("a").annotate(ClusterSchema.Uninterruptible, true)])'],
    [10, 'const _x = Entity.make("A", [Rpc.make("a")]).annotateRpcs(ClusterSchema.Persisted, isKept)'],
    [
      10,
      'const _x = Entity.make("A", [Rpc.make("a").annotate(ClusterSchema.Persisted, true), Rpc.make("b")])'
    ],
    [10, 'const _x = ActorMessage.entity(Entity.make("A", [Rpc.make("a")]))'],
    [10, 'const _x = Entity.make("A", _messages)'],
    // One that says so does not speak for its neighbour.
    [
      10,
      'const _x = [Entity.make("A", [Rpc.make("a")]).annotateRpcs(ClusterSchema.Persisted, true), Entity.make("B", [Rpc.make("b")])]'
    ],
    [11, "const _x = sql`SELECT id FROM jobs FOR UPDATE SKIP LOCKED`"],
    [12, 'const _x = (n: number) => Activity.make({ name: "a" + n, execute: Effect.void })'],
    [12, 'const _x = Flow.toLayer(() => Activity.make({ name: "a", execute: Effect.void }))'],
    [12, 'const _x = Effect.gen(function* () { yield* Activity.make({ name: "a", execute: Effect.void }) })']
  ] as const)("find a breach of rule %i in: %s", (rule, line) => {
    expect(breaches(at, withLine(line))).toContain(ruleNames[rule])
  })

  it.each([
    [2, "const _a = 1"],
    [5, 'import { Effect as _Effect } from "effect"'],
    [6, "const _x = Schema.Date"],
    [6, "type _Row = { readonly at: Date }"],
    [7, 'const _x = Match.when("placed", () => 1)'],
    [10, 'const _x = Entity.make("A", [Rpc.make("a").annotate(ClusterSchema.Persisted, false)])'],
    [10, 'const _x = Entity.make("A", [Rpc.make("a")]).annotateRpcs(ClusterSchema.Persisted, true)'],
    [10, 'const _x = Entity.make("A", _messages).annotateRpcs(ClusterSchema.Persisted, false)'],
    [
      10,
      'const _x = Entity.fromRpcGroup("A", RpcGroup.make(Rpc.make("a")).annotateRpcs(ClusterSchema.Persisted, true))'
    ],
    [10, 'const _x = Rpc.make("a", { payload: {} })'],
    [12, 'const _x = Activity.make({ name: "a", execute: Effect.void })'],
    [12, "const _x = StepActivity.of(Schema.Void, Schema.Never)"]
  ] as const)("find no breach of rule %i in: %s", (rule, line) => {
    expect(breaches(at, withLine(line))).not.toContain(ruleNames[rule])
  })

  it("keep the contracts pure", () => {
    const path = "packages/shared/src/order/order-table.ts"

    expect(breaches(path, withLine('import { SqlClient } from "@effect/sql"'))).toEqual([ruleNames[9]])
    expect(breaches(path, withLine('import { HttpApi } from "@effect/platform"'))).toEqual([])
  })

  it("let the readers and batchers of infra loop, and nobody else of infra", () => {
    const loop = withLine("const _f = () => { for (const n of [1]) void n }")

    expect(breaches("packages/infra/src/workers/order-table.ts", loop)).toEqual([])
    expect(breaches("packages/infra/src/jobs/order-table.ts", loop)).toEqual([ruleNames[3]])
  })

  it("let a repository write SQL, a migration have its number, and a page its private components", () => {
    const query = "const _x = sql`select 1`"

    expect(
      breaches(
        "apps/api/src/features/order/order-repo.ts",
        withLine(query).replaceAll("OrderTable", "OrderRepo")
      )
    ).toEqual([])
    expect(breaches("apps/api/src/migrations/0001-orders.ts", withLine(query))).toEqual([])
    expect(breaches("apps/web/src/order-table.tsx", withLine("const Row = () => <tr />"))).toEqual([])
    expect(breaches("apps/web/src/other.tsx", fine)).toEqual([ruleNames[1]])
  })
})

describe("the repository", () => {
  // Put together here, so that this file does not hold what it forbids.
  const word = (...parts: ReadonlyArray<string>) => parts.join("")
  const outside = [
    "REQUIREMENTS",
    "DESIGN",
    "STYLE",
    "EFFECT-FACTS",
    "PERFORMANCE",
    "RELIABILITY",
    "ECOSYSTEM"
  ]
  const folders = ["FEATURES", "data", "tools", "spikes", "examples"]
  const forbidden = [
    word("\\.\\./sha", `red/(${[...outside, ...folders].join("|")})`),
    word("/wo", "rk/"),
    word("far", "m-"),
    word("\\bTO", "DO\\b"),
    word("\\bFIX", "ME\\b")
  ]
  const texts = repositoryFiles
    .filter((path) => path !== "package-lock.json")
    .map((path) => ({ path, text: readFileSync(path).toString("latin1") }))
    .filter(({ text }) => !text.includes("\0"))

  it.each(forbidden)("nowhere says %s", (pattern) => {
    const found = texts.flatMap(({ path, text }) =>
      text
        .split("\n")
        .flatMap((line, index) => (new RegExp(pattern).test(line) ? [`${path}:${index + 1}`] : []))
    )

    expect(found).toEqual([])
  })
})
