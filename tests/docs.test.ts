/** Holds the documentation to the repository: a page that names what is not there is a page that misleads. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { HttpApi } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Option, SchemaAST } from "effect"
import { describe, expect, it } from "vitest"
import { ProblemResponse } from "../apps/api/src/edge/problem-response.ts"
import { FulfilmentMachines } from "../apps/api/src/features/fulfilment/fulfilment-machines.ts"
import { ReservationMachine } from "../apps/api/src/features/reservation/reservation-machine.ts"

const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
  encoding: "utf8",
  maxBuffer: 1e8
})
  .split("\0")
  .filter((path) => path !== "" && existsSync(path))
const fileNames = new Set(files.map((path) => path.split("/").at(-1)))
const topFolders = new Set(files.filter((path) => path.includes("/")).map((path) => path.split("/")[0]))

const pages = files.filter((path) => /^(README|CONTRIBUTING)\.md$|^docs\/.*\.md$/.test(path))
const scripts = new Set(
  Object.keys((JSON.parse(readFileSync("package.json", "utf8")) as { scripts: object }).scripts)
)

const withoutFences = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, "")

/** What stands in backticks and can only be meant as a file or folder of this repository. */
const pathsIn = (text: string): ReadonlyArray<string> =>
  [...withoutFences(text).matchAll(/`([^`\s]+)`/g)]
    .map(([, token = ""]) => token)
    .filter((token) => /^[\w.@*/-]+$/.test(token))
    .filter((token) =>
      token.includes("/")
        ? topFolders.has(token.split("/")[0] ?? "")
        : /^[\w.-]+\.(ts|tsx|mjs|cjs|js|json|md|ya?ml|conf)$/.test(token)
    )

const asPattern = (path: string) =>
  new RegExp(
    `^${path
      .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("**", "\0")
      .replaceAll("*", "[^/]*")
      .replaceAll("\0", ".*")}(/|$)`
  )

/** Judged by what a clone would have: an empty or an ignored folder on this machine does not count. */
const isThere = (path: string): boolean =>
  path.includes("/")
    ? files.some((file) => asPattern(path.replace(/\/$/, "")).test(file))
    : fileNames.has(path) || generated.includes(path)

/** Written by the running product into its data folder, so no clone has them. */
const generated = ["demo.json", "run.json", "secrets.json"]

const scriptsIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name = ""]) => name)

/** Targets of links inside the repository, as seen from the repository's root. */
const linksIn = (page: string, text: string): ReadonlyArray<string> =>
  [...withoutFences(text).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => join(dirname(page), target))

const missingIn = (page: string, text: string): ReadonlyArray<string> => [
  ...pathsIn(text).filter((path) => !isThere(path)),
  ...linksIn(page, text).filter((path) => !existsSync(path)),
  ...scriptsIn(text)
    .filter((name) => !scripts.has(name))
    .map((name) => `npm run ${name}`)
]

describe("the documentation", () => {
  it("has pages", () => {
    expect(pages.length).toBeGreaterThan(15)
  })

  it.each(pages)("%s names only what is there", (page) => {
    expect(missingIn(page, readFileSync(page, "utf8"))).toEqual([])
  })

  it("is caught when it names what is not there", () => {
    const text = [
      "`apps/api/src/nowhere.ts` `nowhere.ts` `apps/*/nowhere/*.ts` [page](docs/nowhere.md) `npm run nowhere`",
      "`apps/api/src/app.ts` `app.ts` `apps/*/src/app.ts` [page](LICENSE) `npm run check` `/v1/orders` `a/b`"
    ].join("\n")

    expect(missingIn("README.md", text)).toEqual([
      "apps/api/src/nowhere.ts",
      "nowhere.ts",
      "apps/*/nowhere/*.ts",
      "docs/nowhere.md",
      "npm run nowhere"
    ])
  })
})

describe("docs/state-machines.md", () => {
  it("has the picture of every machine, as the machine draws it", () => {
    const text = readFileSync("docs/state-machines.md", "utf8")
    const pictures = [...text.matchAll(/^```mermaid\n([\s\S]*?)\n?^```$/gm)].map(([, picture]) => picture)

    const machines = [...Object.values(FulfilmentMachines), ReservationMachine]

    expect(pictures).toEqual(machines.map(({ mermaid }) => mermaid))
  })
})

describe("docs/errors.md", () => {
  const rows = readFileSync("docs/errors.md", "utf8")
    .split("\n")
    .filter((line) => /^\| `[A-Z]/.test(line))
    .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$|`/g, "").trim()))
  const refusals = rows.filter((cells) => cells.length === 5)
  const ofTheEdge = rows.filter((cells) => cells.length === 4)

  /** Each refusal as its contract writes it: code, status, title. */
  const contracts = files
    .filter((path) => /^packages\/shared\/src\/.*\.ts$/.test(path))
    .map((path) => readFileSync(path, "utf8"))
    .flatMap((text) => [...text.matchAll(/Problem\.fields\(\s*"([^"]+)",\s*(\d+),\s*"([^"]+)"/g)])
    .map(([, code = "", status = "", title = ""]) => [code, status, title])

  const members = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> =>
    SchemaAST.isUnion(ast) ? ast.types.flatMap(members) : [SchemaAST.isTransformation(ast) ? ast.to : ast]
  /** What the endpoints say that they can answer, as `<status> <code>`. */
  const declared: ReadonlyArray<string> = (() => {
    const found = new Set<string>()
    HttpApi.reflect(Api as unknown as Parameters<typeof HttpApi.reflect>[0], {
      onGroup: () => {},
      onEndpoint: ({ errors }) => {
        for (const [status, { ast }] of errors)
          for (const member of Option.toArray(ast).flatMap(members))
            found.add(`${status} ${Option.getOrElse(SchemaAST.getJSONIdentifier(member), () => "unnamed")}`)
      }
    })
    return [...found].filter((name) => !name.includes("HttpApiDecodeError")).sort()
  })()

  it("has one row for every refusal of the contract, with its status and title", () => {
    expect(refusals.map(([code, status, title]) => [code, status, title])).toEqual(
      contracts.toSorted(([one = ""], [other = ""]) => (one < other ? -1 : 1))
    )
  })

  it("has a row for whatever an endpoint can answer", () => {
    const known = new Set(refusals.map(([code, status]) => `${status} ${code}`))

    expect(declared.length).toBeGreaterThan(15)
    expect(declared.filter((name) => !known.has(name))).toEqual([])
  })

  it("says of each when it comes and what to do", () => {
    expect(rows.filter((cells) => cells.some((cell) => cell.length < 3))).toEqual([])
  })

  it("calls what the edge answers as the edge does", () => {
    const said = ofTheEdge.map(([, status = ""]) => {
      const { body } = ProblemResponse.body(Number(status), {}) as { readonly body: Uint8Array }
      const { code } = JSON.parse(Buffer.from(body).toString()) as { readonly code: string }
      return [code, status]
    })

    expect(ofTheEdge.map(([code, status]) => [code, status])).toEqual(said)
  })
})

describe("docs/requirements.md", () => {
  const ids = [
    ...["CLUS-01", "CLUS-02", "CLUS-03", "CLUS-04", "CLUS-05", "CLUS-06", "CLUS-07", "JOBS-01", "JOBS-02"],
    ...["EVNT-01", "EVNT-02", "EVNT-03", "EVNT-04", "EVNT-05", "EVNT-06", "EVNT-07", "EVNT-08"],
    ...["STRM-01", "STRM-02", "WS-01", "WS-02", "WS-03", "WHK-01", "WHK-02", "WHK-03", "WHK-04", "WRK-01"],
    ...["CACHE-01", "RATE-01", "CIRC-01", "HLTH-01", "HLTH-02", "OBS-01"],
    ...["APP-01", "APP-02", "APP-03", "APP-04", "APP-05", "APP-06"],
    ...["DLV-01", "DLV-02", "DLV-03", "DLV-04", "DLV-05"],
    ...["QUOT-01", "QUOT-02", "FEAT-01", "GEO-01", "GEO-02"]
  ]
  const text = existsSync("docs/requirements.md") ? readFileSync("docs/requirements.md", "utf8") : ""
  const rows = text
    .split("\n")
    .filter((line) => /^\| [A-Z]+-\d\d \|/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map(([, id = "", must = "", where = "", tests = "", state = ""]) => ({ id, must, where, tests, state }))

  it("has one row for every requirement", () => {
    expect(rows.map(({ id }) => id).sort()).toEqual([...ids].sort())
  })

  it("calls nothing shown without a test, nothing partly shown without what is missing", () => {
    const unfounded = rows.filter(({ must, state, tests }) => {
      const isFounded = {
        shown: state === "shown" && /`[^`]+\.(test|spec)\.tsx?`/.test(tests),
        partly: /^partly: .{10,}/.test(state),
        open: /^open: .{3,}/.test(state)
      }
      return must === "" || !Object.values(isFounded).includes(true)
    })

    expect(unfounded.map(({ id }) => id)).toEqual([])
  })
})
