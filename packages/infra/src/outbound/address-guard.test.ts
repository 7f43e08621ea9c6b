import { type LookupAddress } from "node:dns"
import { Option } from "effect"
import { expect, it } from "vitest"
import { AddressGuard } from "./address-guard.ts"

const allow = new Set(["http://127.0.0.1:4020"])

it.each([
  "127.0.0.1",
  "0.0.0.0",
  "10.1.2.3",
  "172.16.0.1",
  "192.168.1.1",
  "100.64.0.1",
  "169.254.169.254",
  "192.0.0.8",
  "198.18.0.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:a9fe:a9fe",
  "::127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b:1::7f00:1",
  "2002:7f00:1::",
  "2001:db8::1",
  "fe80::1",
  "fc00::1",
  "fd00:ec2::254",
  "ff02::1",
  "example.com",
  ""
])("counts %s as not public", (address) => {
  expect(AddressGuard.isPublic(address)).toBe(false)
})

it.each(["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8"])(
  "counts %s as public",
  (address) => {
    expect(AddressGuard.isPublic(address)).toBe(true)
  }
)

it.each([
  ["not a url", "syntax"],
  ["https://user:secret@example.com/", "credentials"],
  ["http://example.com/", "scheme"],
  ["ftp://example.com/", "scheme"],
  ["https://example.com:6379/", "port"],
  ["https://2130706433/", "address"],
  ["https://0x7f.1/", "address"],
  ["https://0177.0.0.1/", "address"],
  ["https://127.0.0.1./", "address"],
  ["https://[::ffff:127.0.0.1]/", "address"],
  ["https://localhost/", "host"],
  ["https://localhost./", "host"],
  ["https://kubernetes.default.svc.cluster.local/", "host"],
  ["https://metadata.google.internal/", "host"],
  ["http://127.0.0.1:4021/", "scheme"]
])("refuses to register %s because of its %s", (url, reason) => {
  expect(AddressGuard.screen(url, allow)).toEqual(Option.some(reason))
})

it.each(["https://example.com/hooks", "https://example.com:8443/", "http://127.0.0.1:4020/hooks/shop"])(
  "lets %s be registered",
  (url) => {
    expect(AddressGuard.screen(url, allow)).toEqual(Option.none())
  }
)

const dialled = (answers: ReadonlyArray<ReadonlyArray<LookupAddress>>) => {
  const left = [...answers]
  const lookup = (_name: string, _options: object, callback: (...answer: Array<unknown>) => void) =>
    callback(null, left.shift())
  const connect = AddressGuard.connector({ allow, lookup: lookup as never })
  return new Promise<unknown>((resolve) =>
    connect(
      { hostname: "rebind.example", host: "rebind.example:9", protocol: "http:", port: "9" },
      (...[error]) => resolve(error)
    )
  )
}

it("refuses a name with one private address among public ones, before it dials", async () => {
  const error = await dialled([
    [
      { address: "1.1.1.1", family: 4 },
      { address: "10.0.0.1", family: 4 }
    ]
  ])

  expect(error).toMatchObject({ reason: "refused-address" })
})

it("refuses a name that has no address at all", async () => {
  expect(await dialled([[]])).toMatchObject({ reason: "refused-address" })
})
