/** Holds compose, Kubernetes, image and load files to one contract: what a replica reads, and where it listens. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it } from "vitest"
import { parse, parseAllDocuments } from "yaml"

/** Only the parts of a manifest that are looked at. */
interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: {
    readonly configMapKeyRef?: { readonly name: string; readonly key: string }
    readonly secretKeyRef?: { readonly name: string; readonly key: string }
    readonly fieldRef?: { readonly fieldPath: string }
  }
}
interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string }
  readonly periodSeconds: number
  readonly timeoutSeconds: number
  readonly failureThreshold?: number
}
interface Container {
  readonly name: string
  readonly image: string
  readonly command?: ReadonlyArray<string>
  readonly env?: ReadonlyArray<Variable>
  readonly ports?: ReadonlyArray<{ readonly name: string; readonly containerPort: number }>
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } }
  readonly securityContext?: Record<string, unknown>
  readonly resources?: { readonly requests?: object; readonly limits?: object }
  readonly volumeMounts?: ReadonlyArray<{ readonly name: string; readonly mountPath: string }>
}
interface PodSpec {
  readonly containers: ReadonlyArray<Container>
  readonly serviceAccountName?: string
  readonly automountServiceAccountToken: boolean
  readonly terminationGracePeriodSeconds?: number
  readonly securityContext: Record<string, unknown>
  readonly volumes: ReadonlyArray<{ readonly name: string; readonly emptyDir?: object }>
}
interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly rules?: ReadonlyArray<Record<string, ReadonlyArray<string>>>
  readonly spec: Record<string, unknown> & {
    readonly replicas?: number
    readonly template: {
      readonly metadata: { readonly labels: Record<string, string> }
      readonly spec: PodSpec
    }
  }
}
interface Service {
  readonly image: string
  readonly command?: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: ReadonlyArray<string>
  readonly expose?: ReadonlyArray<string>
  readonly read_only?: boolean
  readonly cap_drop?: ReadonlyArray<string>
  readonly stop_grace_period?: string
  readonly volumes?: ReadonlyArray<string>
  readonly healthcheck?: { readonly test: ReadonlyArray<string>; readonly timeout: string }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly profiles?: ReadonlyArray<string>
}

const read = (path: string) => readFileSync(path, "utf8")

const { thresholds }: { thresholds: Readonly<Record<string, ReadonlyArray<string>>> } = await import(
  pathToFileURL(resolve("load/thresholds.js")).href
)

/** The product's own defaults, as soon as there are any: they decide what the files have to say. */
const configFile = resolve("apps/api/src/config.ts")
const config: { Config: { defaults: { httpPort: number; runnerPort: number } } } = existsSync(configFile)
  ? await import(pathToFileURL(configFile).href)
  : { Config: { defaults: { httpPort: 8080, runnerPort: 34431 } } }
const { httpPort, runnerPort } = config.Config.defaults
const sandboxPort = 4010
const receiverPort = 4020
const image = `tessera:${(JSON.parse(read("package.json")) as { version: string }).version}`

const database = ["DATABASE_APP_URL", "DATABASE_INFRA_URL"]
const migrationEnv = [
  "DATABASE_URL",
  "DATABASE_OWNER_PASSWORD",
  "DATABASE_APP_PASSWORD",
  "DATABASE_INFRA_PASSWORD"
]
const replicaEnv = [
  ...database,
  ...[
    "APP_MODE",
    "REPLICA_ID",
    "HTTP_PORT",
    "RUNNER_HOST",
    "RUNNER_PORT",
    "PUBLIC_URL",
    "SELF_URL",
    "SANDBOX_URL"
  ],
  ...["RECEIVER_URL", "DATA_DIR", "OBJECT_SECRET", "WEB_ROOT", "OUTBOUND_ALLOW", "MANAGEMENT_TOKEN"]
]
const programs: Readonly<Record<string, string>> = {
  main: "apps/api/src/main.ts",
  migrate: "apps/api/src/migrate-main.ts",
  seed: "apps/api/src/seed-main.ts",
  sandbox: "apps/api/sandbox/provider-main.ts",
  receiver: "apps/api/sandbox/receiver-main.ts"
}
/** Where `process.env` in compose may be set by the caller, the file's default counts. */
const withDefaults = (text: string) => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1")

describe("the image", () => {
  const dockerfile = read("Dockerfile")

  it("listens where the product listens by default, and is not root", () => {
    expect(dockerfile).toContain(`EXPOSE ${httpPort} ${runnerPort}\n`)
    expect(dockerfile).toMatch(/^USER 10001:10001$/m)
    expect(dockerfile).toContain('CMD ["node", ".build/api/main.js"]')
  })

  it("limits the heap as the launcher does", () => {
    const flags = [...read("scripts/launcher/environment.ts").matchAll(/"(--max-[^"]+)"/g)].map(
      ([, flag]) => flag
    )

    expect(flags).toHaveLength(2)
    expect(dockerfile).toContain(`NODE_OPTIONS="${flags.join(" ")}"`)
  })

  it("copies only what there is and what .dockerignore lets through", () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = ""]) =>
      paths.split(" ")
    )
    const allowed = read(".dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1))

    expect(copied.filter((path) => !existsSync(path))).toEqual([])
    expect(
      copied.filter((path) => !allowed.some((entry) => path === entry || path.startsWith(`${entry}/`)))
    ).toEqual([])
  })

  it("knows every workspace before it installs", () => {
    const workspaces = ["apps", "packages"].flatMap((root) =>
      readdirSync(root).map((name) => `${root}/${name}`)
    )

    for (const workspace of workspaces) {
      expect(dockerfile.split(`COPY ${workspace}/package.json ${workspace}/\n`)).toHaveLength(3)
    }
  })

  it("starts programs that the build makes", () => {
    const built = read("scripts/launcher/build-app.ts")

    for (const [name, source] of Object.entries(programs)) expect(built).toContain(`${name}: "${source}"`)
  })
})

describe("docker-compose.yml", () => {
  const compose = parse(withDefaults(read("docker-compose.yml")), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>
    readonly volumes: object
  }
  const service = (name: string): Service => {
    const found = compose.services[name]
    if (found === undefined) throw new Error(`no service ${name}`)
    return found
  }
  const ours = ["migrate", "seed", "replica-1", "replica-2", "replica-3", "sandbox", "receiver"]
  const replicas = ["replica-1", "replica-2", "replica-3"]

  it("runs one image, and no :latest of anything", () => {
    expect(ours.map((name) => service(name).image)).toEqual(ours.map(() => image))
    expect(Object.values(compose.services).filter(({ image }) => !/:\d|:v\d/.test(image))).toEqual([])
  })

  it.each([
    ["migrate", "migrate"],
    ["seed", "seed"],
    ...replicas.map((name) => [name, "main"]),
    ["sandbox", "sandbox"],
    ["receiver", "receiver"]
  ])("%s starts the program %s", (name, program) => {
    expect(service(name).command).toEqual(["node", `.build/api/${program}.js`])
  })

  it.each(replicas)("%s gets every variable, and its own address", (name) => {
    const { environment = {}, expose } = service(name)

    expect(replicaEnv.filter((variable) => (environment[variable] ?? "") === "")).toEqual([])
    expect(Object.keys(environment).filter((variable) => !replicaEnv.includes(variable))).toEqual([])
    expect(environment).toMatchObject({
      REPLICA_ID: name,
      RUNNER_HOST: name,
      HTTP_PORT: String(httpPort),
      RUNNER_PORT: String(runnerPort),
      SELF_URL: `http://${name}:${httpPort}`
    })
    expect(expose).toEqual([String(httpPort), String(runnerPort)])
  })

  it.each(replicas)("%s is asked for readiness, starts after the data, and has 30 s to drain", (name) => {
    const replica = service(name)

    expect(replica.healthcheck?.test).toContain(`http://127.0.0.1:${httpPort}/health/ready`)
    expect(replica.healthcheck?.timeout).toBe("3s")
    expect(replica.depends_on).toMatchObject({
      migrate: { condition: "service_completed_successfully" },
      seed: { condition: "service_completed_successfully" },
      sandbox: { condition: "service_healthy" }
    })
    expect(replica.stop_grace_period).toBe("30s")
    expect(replica.volumes).toEqual([`objects:${replica.environment?.DATA_DIR}`])
  })

  it("gives the superuser to the migration alone, with the passwords that the replicas use", () => {
    const { environment = {} } = service("migrate")

    expect(migrationEnv.filter((variable) => (environment[variable] ?? "") === "")).toEqual([])
    const knowing = Object.entries(compose.services).filter(
      ([, { environment = {} }]) => "DATABASE_URL" in environment
    )
    expect(knowing.map(([name]) => name)).toEqual(["migrate"])
    const { DATABASE_APP_URL = "", DATABASE_INFRA_URL = "" } = service("replica-1").environment ?? {}
    const login = (url: string) => [new URL(url).username, new URL(url).password]
    expect(login(DATABASE_APP_URL)).toEqual(["tessera_app", environment.DATABASE_APP_PASSWORD])
    expect(login(DATABASE_INFRA_URL)).toEqual(["tessera_infra", environment.DATABASE_INFRA_PASSWORD])
    expect(login(environment.DATABASE_URL ?? "")).toEqual([
      "postgres",
      service("postgres").environment?.POSTGRES_PASSWORD
    ])
  })

  it("has sandbox and receiver listen where the replicas look for them, and lets exactly them through the guard", () => {
    const { environment = {} } = service("replica-1")
    const allowed = environment.OUTBOUND_ALLOW?.split(",")

    expect(environment.SANDBOX_URL).toBe(`http://sandbox:${sandboxPort}`)
    expect(environment.RECEIVER_URL).toBe(`http://receiver:${receiverPort}`)
    expect(service("sandbox").environment).toMatchObject({
      SANDBOX_HOST: "0.0.0.0",
      SANDBOX_PORT: String(sandboxPort)
    })
    expect(service("receiver").environment).toMatchObject({
      RECEIVER_HOST: "0.0.0.0",
      RECEIVER_PORT: String(receiverPort)
    })
    expect(allowed).toEqual([
      environment.SANDBOX_URL,
      environment.RECEIVER_URL,
      ...replicas.map((name) => service(name).environment?.SELF_URL)
    ])
  })

  it.each([...ours, "balancer"])("%s has a read-only root and no capability", (name) => {
    expect(service(name)).toMatchObject({ read_only: true, cap_drop: ["ALL"] })
  })

  it("balances over all replicas, with streams and sockets unbuffered", () => {
    const nginx = read("deploy/nginx/nginx.conf")
    const locations = [...nginx.matchAll(/location (?:= )?(\S+) \{([^}]*)\}/g)].map(([, path, body]) => [
      path,
      body
    ])
    const location = (path: string) => String(locations.find(([name]) => name === path)?.[1])

    expect([...nginx.matchAll(/^ +server (\S+) resolve/gm)].map(([, name]) => name)).toEqual(
      replicas.map((name) => `${name}:${httpPort}`)
    )
    expect(service("balancer").ports).toEqual([`8080:${/listen (\d+);/.exec(nginx)?.[1]}`])
    for (const path of ["/rpc", "/v1/events"])
      expect(location(path)).toMatch(/proxy_buffering off;[\s\S]*proxy_read_timeout 1h;/)
    expect(location("/v1/imports")).toContain("proxy_request_buffering off;")
  })

  it("has Prometheus scrape every replica", () => {
    const { scrape_configs } = parse(read("deploy/prometheus/prometheus.yml")) as {
      scrape_configs: ReadonlyArray<{ static_configs: ReadonlyArray<{ targets: ReadonlyArray<string> }> }>
    }

    expect(scrape_configs[0]?.static_configs[0]?.targets).toEqual(
      replicas.map((name) => `${name}:${httpPort}`)
    )
  })
})

describe("k8s", () => {
  const folders = ["k8s/base", "k8s/components/demo"]
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name !== "kustomization.yaml")
      .map((name) => join(folder, name))
  )
  const manifests = files.flatMap((file) =>
    parseAllDocuments(read(file)).map((document) => document.toJS() as Manifest)
  )
  const kustomization = (folder: string) =>
    parse(read(join(folder, "kustomization.yaml"))) as {
      readonly resources: ReadonlyArray<string>
      readonly components?: ReadonlyArray<string>
      readonly configMapGenerator?: ReadonlyArray<{
        readonly name: string
        readonly literals: ReadonlyArray<string>
      }>
      readonly secretGenerator?: ReadonlyArray<{
        readonly name: string
        readonly literals: ReadonlyArray<string>
      }>
    }
  const one = (kind: string, name: string): Manifest => {
    const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name)
    if (found === undefined) throw new Error(`no ${kind} ${name}`)
    return found
  }
  const workloads = manifests.filter(({ kind }) => ["Deployment", "StatefulSet", "Job"].includes(kind))
  const podOf = (manifest: Manifest) => manifest.spec.template.spec
  const containerOf = (manifest: Manifest): Container => {
    const [container] = podOf(manifest).containers
    if (container === undefined) throw new Error(`${manifest.metadata.name} has no container`)
    return container
  }
  const replica = one("Deployment", "replica")
  const variable = (container: Container, name: string) => container.env?.find((entry) => entry.name === name)
  const namesIn = (container: Container) => (container.env ?? []).map(({ name }) => name)

  it.each([...folders, "k8s/overlays/kind", "k8s/overlays/minikube"])(
    "%s names every file it has",
    (folder) => {
      const { components = [], resources } = kustomization(folder)
      const here = readdirSync(folder).filter(
        (name) => !["kustomization.yaml", "cluster.yaml"].includes(name)
      )

      expect(resources.filter((path) => !existsSync(join(folder, path)))).toEqual([])
      expect(components.filter((path) => !existsSync(join(folder, path)))).toEqual([])
      expect(resources.filter((path) => path.endsWith(".yaml")).sort()).toEqual(here.sort())
    }
  )

  it("runs one image, and no :latest of anything", () => {
    const images = workloads
      .filter(({ metadata }) => metadata.name !== "postgres")
      .map((each) => containerOf(each).image)

    expect(new Set(images)).toEqual(new Set([image]))
    expect(workloads.map((each) => containerOf(each).image).filter((name) => !/:\d/.test(name))).toEqual([])
  })

  it.each([
    ["Deployment", "replica", "main"],
    ["Job", "migrate", "migrate"],
    ["Job", "seed", "seed"],
    ["Deployment", "sandbox", "sandbox"],
    ["Deployment", "receiver", "receiver"]
  ])("%s %s starts the program %s", (kind, name, program) => {
    expect(containerOf(one(kind, name)).command).toEqual(["node", `.build/api/${program}.js`])
  })

  it("gives a replica every variable and nothing else, and its pod's address to other runners", () => {
    const container = containerOf(replica)

    expect([...namesIn(container)].sort()).toEqual([...replicaEnv].sort())
    expect(variable(container, "RUNNER_HOST")?.valueFrom?.fieldRef?.fieldPath).toBe("status.podIP")
    expect(variable(container, "REPLICA_ID")?.valueFrom?.fieldRef?.fieldPath).toBe("metadata.name")
    expect(variable(container, "HTTP_PORT")?.value).toBe(String(httpPort))
    expect(variable(container, "RUNNER_PORT")?.value).toBe(String(runnerPort))
    expect(variable(container, "SELF_URL")?.value).toBe(`http://$(RUNNER_HOST):${httpPort}`)
    expect(container.ports).toEqual([
      { name: "http", containerPort: httpPort },
      { name: "runner", containerPort: runnerPort }
    ])
    expect(container.volumeMounts).toContainEqual({
      name: "objects",
      mountPath: variable(container, "DATA_DIR")?.value
    })
  })

  it("defines what a variable refers to before it", () => {
    for (const { env = [] } of workloads.map(containerOf)) {
      for (const [index, { value = "" }] of env.entries()) {
        const before = env.slice(0, index).map(({ name }) => name)
        expect(
          [...value.matchAll(/\$\((\w+)\)/g)]
            .map(([, name]) => name)
            .filter((name) => !before.includes(name ?? ""))
        ).toEqual([])
      }
    }
  })

  it("finds every key of a config map or secret in the demo", () => {
    const generated = folders.flatMap((folder) => [
      ...(kustomization(folder).configMapGenerator ?? []),
      ...(kustomization(folder).secretGenerator ?? [])
    ])
    const keys = generated.flatMap(({ literals, name }) =>
      literals.map((literal) => `${name}/${literal.split("=")[0]}`)
    )
    const used = workloads
      .flatMap((each) => containerOf(each).env ?? [])
      .flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef ?? [])
      .map(({ key, name }) => `${name}/${key}`)

    expect(used.filter((key) => !keys.includes(key))).toEqual([])
    expect(keys.filter((key) => !used.includes(key))).toEqual([])
  })

  it("gives the superuser to the migration alone", () => {
    const knowing = workloads.filter((each) => namesIn(containerOf(each)).includes("DATABASE_URL"))

    expect(knowing.map(({ metadata }) => metadata.name)).toEqual(["migrate"])
    expect(
      migrationEnv.filter((name) => !namesIn(containerOf(one("Job", "migrate"))).includes(name))
    ).toEqual([])
  })

  it("probes life and readiness apart, with timeouts, red within 10 s", () => {
    const { livenessProbe, readinessProbe } = containerOf(replica)

    expect(livenessProbe?.httpGet).toEqual({ path: "/health/live", port: "http" })
    expect(readinessProbe?.httpGet).toEqual({ path: "/health/ready", port: "http" })
    for (const probe of [livenessProbe, readinessProbe]) expect(probe?.timeoutSeconds).toBeLessThanOrEqual(2)
    const { failureThreshold = 3, periodSeconds = 10, timeoutSeconds = 1 } = readinessProbe ?? {}
    expect(failureThreshold * periodSeconds + timeoutSeconds).toBeLessThan(10)
  })

  it("keeps three replicas, two of them at any time, and lets one drain for 30 s", () => {
    expect(replica.spec.replicas).toBe(3)
    expect(one("PodDisruptionBudget", "replica").spec.minAvailable).toBe(2)
    expect(podOf(replica).terminationGracePeriodSeconds).toBe(30)
    expect(containerOf(replica).lifecycle?.preStop.sleep.seconds).toBe(5)
  })

  it.each(workloads.map((each) => [each.metadata.name, each] as const))(
    "%s may do nothing that it need not",
    (_, workload) => {
      const container = containerOf(workload)

      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] }
      })
      expect(podOf(workload).securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" }
      })
      expect(container.volumeMounts).toContainEqual({ name: "tmp", mountPath: "/tmp" })
      expect(podOf(workload).volumes.find(({ name }) => name === "tmp")?.emptyDir).toBeDefined()
      expect(Object.keys(container.resources?.limits ?? {}).sort()).toEqual(["cpu", "memory"])
      expect(Object.keys(container.resources?.requests ?? {}).sort()).toEqual(["cpu", "memory"])
      expect(podOf(workload).automountServiceAccountToken).toBe(workload === replica)
    }
  )

  it("lets a replica list pods and nothing else of Kubernetes", () => {
    expect(podOf(replica).serviceAccountName).toBe("replica")
    expect(manifests.flatMap(({ rules }) => rules ?? [])).toEqual([
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] }
    ])
  })

  it("lets only replicas reach a runner, and everybody the HTTP port", () => {
    const { ingress, egress } = one("NetworkPolicy", "replica").spec as Record<
      string,
      ReadonlyArray<{
        readonly from?: unknown
        readonly to?: unknown
        readonly ports: ReadonlyArray<{ readonly port: number }>
      }>
    >
    const peers = [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "replica" } } }]
    const ports = (rule?: { readonly ports: ReadonlyArray<{ readonly port: number }> }) =>
      rule?.ports.map(({ port }) => port)

    expect(ingress?.map((rule) => [rule.from, ports(rule)])).toEqual([
      [undefined, [httpPort]],
      [peers, [runnerPort]]
    ])
    expect(egress?.[0]?.to).toEqual(peers)
    expect(ports(egress?.[0])).toEqual([runnerPort, httpPort])
    expect(one("NetworkPolicy", "nothing-by-default").spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"]
    })
  })

  it.each([
    ["sandbox", "SANDBOX", sandboxPort],
    ["receiver", "RECEIVER", receiverPort]
  ])("has %s listen where the demo says it is", (name, prefix, port) => {
    const container = containerOf(one("Deployment", name))
    const demo = kustomization("k8s/components/demo").configMapGenerator?.[0]?.literals

    expect(demo).toContain(`${prefix}_URL=http://${name}:${port}`)
    expect(variable(container, `${prefix}_PORT`)?.value).toBe(String(port))
    expect(container.ports).toEqual([{ name: "http", containerPort: port }])
    expect(JSON.stringify(one("NetworkPolicy", name).spec.ingress)).toContain(`"port":${port}`)
  })

  it("is production unless the demo component is part of it", () => {
    expect(kustomization("k8s/base").configMapGenerator?.[0]?.literals).toContain("APP_MODE=production")
    expect(kustomization("k8s/components/demo").configMapGenerator?.[0]?.literals).toContain("APP_MODE=demo")
    expect(kustomization("k8s/base").secretGenerator).toBeUndefined()
  })
})

describe("load", () => {
  it("goes to the address of npm start and compose unless told otherwise", () => {
    expect(read("load/orders.k6.js")).toContain(`__ENV.BASE_URL ?? "http://localhost:${httpPort}"`)
  })

  it("holds the limits of docs/slo.md", () => {
    const rows = read("docs/slo.md")
      .split("\n")
      .filter((line) => /^\| .*`/.test(line))
    const table = rows.map((row) => {
      const [, , metric = "", limits = ""] = row.split(/(?<!\\)\|/)
      const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text)
      return [quoted(metric)[0], quoted(limits)]
    })

    expect(table).toEqual(Object.entries(thresholds))
  })
})
