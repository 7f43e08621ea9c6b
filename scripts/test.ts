import { Effect } from "effect"
import { attempt } from "./launcher/attempt.ts"
import { buildApp } from "./launcher/build-app.ts"
import { Chromium } from "./launcher/chromium.ts"
import { foreground } from "./launcher/foreground.ts"
import { Paths } from "./launcher/paths.ts"
import { runCommand } from "./launcher/run-command.ts"

interface Suite {
  readonly name: string
  /** Whole minutes it may take on two cores; then it is stopped and has failed. */
  readonly minutes: number
  readonly tier: "short" | "full"
  readonly command: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
  /** True when it runs what `npm run build` makes. */
  readonly needsBuild?: boolean
}

const node = (program: string, ...args: ReadonlyArray<string>) => [
  process.execPath,
  Paths.inRepo(program),
  ...args
]
const vitest = (project: string) => node("node_modules/vitest/vitest.mjs", "run", "--project", project)

// The only place where the budgets are written. `npm test` runs the short tier, about 13 minutes; test:full runs all.
const suites: ReadonlyArray<Suite> = [
  { name: "check", minutes: 3, tier: "short", command: ["npm", "run", "--silent", "check"] },
  { name: "unit", minutes: 3, tier: "short", command: vitest("unit") },
  { name: "integration", minutes: 5, tier: "short", command: vitest("integration") },
  { name: "cluster", minutes: 5, tier: "short", command: vitest("cluster"), needsBuild: true },
  {
    name: "chaos",
    minutes: 3,
    tier: "short",
    command: node("scripts/bootstrap.mjs", "chaos", "--smoke")
  },
  {
    name: "browser",
    minutes: 4,
    tier: "short",
    command: node("node_modules/@playwright/test/cli.js", "test"),
    needsBuild: true
  },
  { name: "cluster-full", minutes: 5, tier: "full", command: vitest("cluster-full"), needsBuild: true },
  { name: "scale", minutes: 8, tier: "full", command: vitest("scale") },
  {
    name: "pages",
    minutes: 6,
    tier: "full",
    command: node("node_modules/@playwright/test/cli.js", "test", "pages"),
    env: { E2E_FULL: "1" },
    needsBuild: true
  },
  {
    name: "chaos-cases",
    minutes: 80,
    tier: "full",
    command: node("scripts/bootstrap.mjs", "chaos")
  }
]

const say = (line: string) => console.log(line)

const chosen = (args: ReadonlyArray<string>) =>
  suites.filter((suite) => args.includes("--full") || suite.tier === "short")

const outcomeOf = (suite: Suite, chromium: string) =>
  Effect.gen(function* () {
    if (suite.needsBuild === true) yield* attempt(() => buildApp(say))
    const [command = "", ...args] = suite.command
    return yield* foreground({
      command,
      args,
      env: { CHROMIUM_PATH: chromium, ...suite.env },
      limitMillis: suite.minutes * 60_000
    })
  }).pipe(
    Effect.catchTag("LaunchError", (error) =>
      Effect.sync(() => {
        console.error(error.message)
        return 1
      })
    )
  )

const verdict = (outcome: number | "timeout", minutes: number) => {
  if (outcome === 0) return "passed"
  return outcome === "timeout"
    ? `FAILED: stopped after its budget of ${minutes} min`
    : `FAILED with code ${outcome}`
}

const test = Effect.gen(function* () {
  // Asked for first: nobody wants to learn after ten minutes that there is no browser.
  const chromium = yield* attempt(async () => Chromium.ensure())
  const lines: Array<string> = []
  let passed = 0
  let failed = 0
  for (const suite of chosen(process.argv.slice(2))) {
    const startedAt = performance.now()
    say(`\n== ${suite.name} (at most ${suite.minutes} min)`)
    const outcome = yield* outcomeOf(suite, chromium)
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    lines.push(
      `${suite.name.padEnd(12)} ${String(seconds).padStart(4)} s  ${verdict(outcome, suite.minutes)}`
    )
    say(`== ${lines.at(-1)}`)
    if (outcome === 0) passed++
    else {
      failed++
      break
    }
  }
  say(`\nSuites:\n${lines.map((line) => `  ${line}`).join("\n")}`)
  say(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}).pipe(
  // The last line is counted even when nothing could run.
  Effect.tapError(() => Effect.sync(() => process.on("exit", () => say("0 passed, 1 failed"))))
)

runCommand(test)
