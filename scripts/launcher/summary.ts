import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

interface Demo {
  readonly tenants?: ReadonlyArray<{
    readonly slug: string
    readonly apiKey: string
    readonly users: ReadonlyArray<{
      readonly email: string
      readonly password: string
      readonly role: string
    }>
  }>
}

/** The one screen a person reads after the start: where to go, who to be, what to try. */
const Summary = {
  of: (dataDir: string, url: string, balancerUrl: string, replicas: number): string => {
    const tenants = demo(dataDir).tenants ?? []
    const tenant = tenants[0]
    return [
      "",
      `  Tessera runs: ${url}   (${replicas === 1 ? "1 replica" : `${replicas} replicas`}, Ctrl-C stops everything)`,
      "",
      ...tenants.flatMap(({ apiKey, slug, users }) => [
        `  ${slug}`,
        ...users.map(({ email, password, role }) => `    ${email.padEnd(32)} ${password.padEnd(24)} ${role}`),
        `    API key ${apiKey}`,
        ""
      ]),
      "  Try",
      "    sign in as two people of one tenant in two windows: orders, imports and the dashboard are live",
      ...(tenant === undefined
        ? []
        : [`    curl -H 'Authorization: Bearer ${tenant.apiKey}' ${url}/v1/orders`]),
      `    kill a replica while you work: kill -9 $(node -p "require('${join(dataDir, "run.json")}').processes['replica-1'].pid")`,
      `    ${balancerUrl}/__balancer shows who answers; logs are in ${join(dataDir, "logs")}`,
      ""
    ].join("\n")
  }
}

const demo = (dataDir: string): Demo => {
  const file = join(dataDir, "demo.json")
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Demo) : {}
}

export { Summary }
