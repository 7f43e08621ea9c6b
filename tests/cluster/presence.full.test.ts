/** Who is online, and what is said to a person, over three replicas and the death of any of them. */
import { Lanes } from "@tessera/infra/lanes/lanes"
import { afterEach, beforeAll, describe, expect, it } from "vitest"
import { ApiClient } from "../support/api-client.ts"
import { Fleet } from "../support/fleet.ts"
import { PersonSocket } from "../support/person-socket.ts"
import { until } from "../support/until.ts"

const _healedMillis = 15_000

let fleet: Fleet
let owner: PersonSocket.Person
let viewer: PersonSocket.Person
let stranger: PersonSocket.Person
const open = new Set<PersonSocket>()

beforeAll(async () => {
  fleet = await Fleet.whole()
  owner = await PersonSocket.signIn(fleet, "acme", "owner")
  viewer = await PersonSocket.signIn(fleet, "acme", "viewer")
  stranger = await PersonSocket.signIn(fleet, "globex", "owner")
})

afterEach(async () => {
  for (const socket of open) socket.close()
  open.clear()
  await fleet.untilWhole()
})

const opened = async (person: PersonSocket.Person, replica: number) => {
  const socket = await PersonSocket.open(fleet, person, replica)
  open.add(socket)
  return socket
}

const picture = (...people: ReadonlyArray<readonly [PersonSocket.Person, number]>) =>
  people
    .map(([{ name }, sockets]) => `${name} ${sockets}`)
    .toSorted()
    .join(", ")

const shows = (sockets: ReadonlyArray<PersonSocket>, wanted: string, millis = _healedMillis) =>
  until(`every socket shows ${wanted}`, () => sockets.every(({ online }) => online === wanted), millis).catch(
    (error: Error) => {
      throw new Error(`${error.message}; they show ${sockets.map(({ online }) => online).join(" | ")}`)
    }
  )

/** The replica that speaks for the tenant. */
const speaker = async () => {
  const partition = Lanes.partitionOf(await fleet.tenantId("acme"))
  const [row] = await fleet.sql<{ readonly owner: string }>(
    "SELECT owner FROM lane_partitions WHERE partition = $1",
    [partition]
  )
  return Number(row?.owner.match(/\d$/)?.[0])
}

describe("people on three replicas", () => {
  it("see each other and nobody of another tenant", async () => {
    const theirs = await opened(stranger, 2)
    const sockets = [await opened(owner, 1), await opened(owner, 2), await opened(viewer, 3)]

    await shows(sockets, picture([owner, 2], [viewer, 1]))
    sockets[1]?.close()
    await shows(
      [sockets[0], sockets[2]].filter((one) => one !== undefined),
      picture([owner, 1], [viewer, 1])
    )

    await shows([theirs], picture([stranger, 1]))
    expect(theirs.everSeen).toEqual(new Set([stranger.name]))
    expect(sockets.flatMap(({ everSeen }) => [...everSeen])).not.toContain(stranger.name)
  })

  it("get what is for them at every socket: an approval whoever may give it, nobody else", async () => {
    const theirs = await opened(stranger, 3)
    const ofOwner = [await opened(owner, 1), await opened(owner, 2)]
    const ofViewer = await opened(viewer, 3)
    await shows([...ofOwner, ofViewer], picture([owner, 2], [viewer, 1]))
    const acme = new ApiClient(fleet, "acme")
    const sku = `NOTICE-${Date.now()}`
    const dear = { sku, name: "Dear", priceMinor: 600_000, initial: 1 }
    await acme.askAny(1, { method: "POST", path: "/v1/products", body: dear })

    const id = await acme.place(3, { sku })
    await until("both sockets have the notice", () => ofOwner.every(({ noticed }) => noticed.length > 0))

    for (const { noticed } of ofOwner)
      expect(noticed).toMatchObject([{ _tag: "order.approval_requested", orderId: id, totalMinor: 600_000 }])
    expect(ofViewer.noticed).toEqual([])
    expect(theirs.noticed).toEqual([])
    await acme.askAny(1, { method: "POST", path: `/v1/orders/${id}/reject`, body: {} })
  })

  it("get the end of an import of their own, on another replica than the one that took the file", async () => {
    const ofOwner = await opened(owner, 2)
    const ofViewer = await opened(viewer, 3)
    await shows([ofOwner, ofViewer], picture([owner, 1], [viewer, 1]))
    const form = new FormData()
    form.set("kind", "products")
    form.set("autocommit", "true")
    form.set("file", new Blob([`sku,name,price\nN-${Date.now()},Noticed,1.00\n`]), "noticed.csv")

    const answer = await ApiClient.send(fleet.replica("replica-1").url, {
      method: "POST",
      path: "/v1/imports",
      form,
      headers: { cookie: owner.cookie, origin: new URL(fleet.env("PUBLIC_URL")).origin }
    })
    expect(answer.status, answer.text).toBeLessThan(300)
    await until("the notice", () => ofOwner.noticed.length > 0)

    expect(ofOwner.noticed).toMatchObject([{ _tag: "import.completed", fileName: "noticed.csv" }])
    expect(ofViewer.noticed).toEqual([])
  })
})

describe("a replica that is killed", () => {
  it("takes its people along within 15 s, when it only held their sockets", async () => {
    const speaks = await speaker()
    const [dies = 0, stays = 0] = [1, 2, 3].filter((replica) => replica !== speaks)
    const watching = [await opened(owner, speaks), await opened(owner, stays)]
    await opened(viewer, dies)
    await shows(watching, picture([owner, 2], [viewer, 1]))

    await fleet.kill(`replica-${dies}`)
    const killedAt = performance.now()
    await shows(watching, picture([owner, 2]))

    console.log(`its people were gone after ${Math.round(performance.now() - killedAt)} ms`)
  })

  it("is replaced within 15 s, when it spoke for the tenant: the others tell its successor", async () => {
    const speaks = await speaker()
    const [one = 0, two = 0] = [1, 2, 3].filter((replica) => replica !== speaks)
    const watching = [await opened(owner, one), await opened(viewer, two)]
    await opened(viewer, speaks)
    await shows(watching, picture([owner, 1], [viewer, 2]))

    await fleet.kill(`replica-${speaks}`)
    const killedAt = performance.now()
    await shows(watching, picture([owner, 1], [viewer, 1]))
    console.log(`the picture was right after ${Math.round(performance.now() - killedAt)} ms`)
    const more = await opened(owner, two)

    await shows([...watching, more], picture([owner, 2], [viewer, 1]))
  })
})
