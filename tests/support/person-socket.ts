import { ApiClient } from "./api-client.ts"
import { type Fleet } from "./fleet.ts"
import { RawSocket } from "./raw-socket.ts"

declare namespace PersonSocket {
  interface Person {
    readonly cookie: string
    readonly name: string
  }
  interface Picture {
    readonly people: ReadonlyArray<{ readonly name: string; readonly sockets: number }>
    readonly total: number
  }
}

/** A page of a signed-in person on one replica: it watches who is online and what is said to the person. */
class PersonSocket {
  readonly raw: RawSocket
  private readonly presence: string
  private readonly notices: string

  private constructor(raw: RawSocket) {
    this.raw = raw
    this.presence = raw.call("presence.watch")
    this.notices = raw.call("notice.watch")
  }

  static async signIn(fleet: Fleet, slug: "acme" | "globex", role: string): Promise<PersonSocket.Person> {
    const user = fleet.tenant(slug).users.find((known) => known.role === role)
    const answer = await ApiClient.send(fleet.replica("replica-1").url, {
      method: "POST",
      path: "/v1/auth/login",
      body: { email: user?.email, password: user?.password }
    })
    if (answer.status !== 200) throw new Error(`${role} of ${slug}: ${answer.status} ${answer.text}`)
    const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? ""
    return { cookie, name: answer.body.name }
  }

  static async open(fleet: Fleet, { cookie }: PersonSocket.Person, replica: number): Promise<PersonSocket> {
    const url = `${fleet.replica(`replica-${replica}`).url.replace("http", "ws")}/rpc/json`
    const headers = { cookie, origin: new URL(fleet.env("PUBLIC_URL")).origin }
    return new PersonSocket(await RawSocket.open(url, { headers, json: true, acks: true }))
  }

  /** The last picture, as `Ada 2, Bob 1`. */
  get online(): string {
    const last = this.values(this.presence).at(-1) as PersonSocket.Picture | undefined
    return (last?.people ?? []).map(({ name, sockets }) => `${name} ${sockets}`).join(", ")
  }

  /** Everyone who was in any picture. */
  get everSeen(): ReadonlySet<string> {
    const pictures = this.values(this.presence) as ReadonlyArray<PersonSocket.Picture>
    return new Set(pictures.flatMap(({ people }) => people.map(({ name }) => name)))
  }

  get noticed(): ReadonlyArray<Readonly<Record<string, unknown>>> {
    const notices = this.values(this.notices) as ReadonlyArray<{
      readonly about: Readonly<Record<string, unknown>>
    }>
    return notices.map(({ about }) => about)
  }

  close(): void {
    this.raw.close()
  }

  private values(call: string): ReadonlyArray<unknown> {
    return this.raw.messages.flatMap(({ _tag, requestId, values }) =>
      _tag === "Chunk" && requestId === call ? (values ?? []) : []
    )
  }
}

export { PersonSocket }
