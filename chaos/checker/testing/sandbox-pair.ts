import { createHash, createHmac, randomBytes } from "node:crypto"
import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HttpServer } from "@effect/platform"
import { ConfigProvider, Context, Effect, Exit, Layer, Logger, LogLevel, Scope } from "effect"
import { Provider } from "../../../apps/api/sandbox/provider/provider.ts"
import { Receiver } from "../../../apps/api/sandbox/receiver/receiver.ts"

const secret = `whsec_${randomBytes(24).toString("base64")}`
const stranger = `whsec_${randomBytes(24).toString("base64")}`

/** The real provider and the real receiver in this process, on a folder of their own that begins as a copy. */
class SandboxPair {
  readonly folder: string
  readonly sandboxUrl: string
  readonly receiverUrl: string
  private readonly scope: Scope.CloseableScope

  private constructor(folder: string, urls: readonly [string, string], scope: Scope.CloseableScope) {
    this.folder = folder
    this.sandboxUrl = urls[0]
    this.receiverUrl = urls[1]
    this.scope = scope
  }

  static async start(from?: SandboxPair): Promise<SandboxPair> {
    const folder = mkdtempSync(join(tmpdir(), "tessera-checker-"))
    if (from !== undefined) cpSync(from.folder, folder, { recursive: true })
    const scope = Effect.runSync(Scope.make())
    const urls = await Promise.all([
      serve(Provider.layer, { SANDBOX_PORT: "0", DATA_DIR: folder }, scope),
      serve(Receiver.layer, { RECEIVER_PORT: "0", DATA_DIR: folder }, scope)
    ])
    const pair = new SandboxPair(folder, urls, scope)
    await pair.call(pair.receiverUrl, "PUT", "/secrets/acme", { secret })
    return pair
  }

  get receiverFile(): string {
    return join(this.folder, "receiver", "received.ndjson")
  }

  async stop(): Promise<void> {
    await Effect.runPromise(Scope.close(this.scope, Exit.void))
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** A payment as far as its last move; answers the provider's id. */
  async pay(
    reference: string,
    amountMinor: number,
    moves: ReadonlyArray<"capture" | "refund">,
    key = reference
  ): Promise<string> {
    const body = { reference, amountMinor, currency: "EUR", token: "tok_ok" }
    const { id } = await this.call(
      this.sandboxUrl,
      "POST",
      "/payments/authorisations",
      body,
      `${key}:authorise`
    )
    for (const move of moves) {
      await this.call(this.sandboxUrl, "POST", `/payments/authorisations/${id}/${move}`, {}, `${key}:${move}`)
    }
    return String(id)
  }

  async refund(id: string, amountMinor: number, key: string): Promise<void> {
    await this.call(this.sandboxUrl, "POST", `/payments/authorisations/${id}/refund`, { amountMinor }, key)
  }

  async ship(reference: string, key = reference): Promise<string> {
    const body = { reference, postcode: "10115" }
    return String((await this.call(this.sandboxUrl, "POST", "/shipments", body, `${key}:book`)).id)
  }

  /** A webhook as the product sends it; forged with a secret that is not the endpoint's. */
  async deliver(messageId: string, body: string, isForged = false): Promise<void> {
    const timestamp = String(Math.floor(Date.now() / 1_000))
    await fetch(`${this.receiverUrl}/hooks/acme`, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "webhook-id": messageId,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(isForged ? stranger : secret, `${messageId}.${timestamp}.${body}`)
      }
    })
  }

  private async call(
    url: string,
    method: string,
    path: string,
    body: object,
    key = createHash("sha256").update(path).digest("hex")
  ): Promise<{ readonly id?: unknown }> {
    const response = await fetch(`${url}${path}`, {
      method,
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", "idempotency-key": key }
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === "" ? {} : (JSON.parse(text) as { readonly id?: unknown })
  }
}

/** As Standard Webhooks says. */
const signature = (of: string, content: string): string =>
  `v1,${createHmac("sha256", Buffer.from(of.slice("whsec_".length), "base64"))
    .update(content)
    .digest("base64")}`

const serve = async (
  layer: typeof Provider.layer | typeof Receiver.layer,
  env: Readonly<Record<string, string>>,
  scope: Scope.Scope
): Promise<string> => {
  const configured = layer.pipe(
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env))))),
    Layer.provide(Logger.minimumLogLevel(LogLevel.Warning))
  )
  const services = await Effect.runPromise(Layer.buildWithScope(configured, scope))
  const { address } = Context.get(services, HttpServer.HttpServer)
  if (address._tag !== "TcpAddress") throw new Error("The sandbox listens on no port.")
  return `http://127.0.0.1:${address.port}`
}

export { SandboxPair }
