import { type LookupAddress, lookup as lookupName } from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import { Array as Arr, Option } from "effect"
import ipaddr from "ipaddr.js"
import { buildConnector } from "undici"
import { OutboundFailure } from "./outbound-failure.ts"

declare namespace AddressGuard {
  type Reason = "syntax" | "credentials" | "scheme" | "port" | "address" | "host"
  type Options = {
    /** Exact origins (`http://127.0.0.1:4020`) that may be reached wherever they are. */
    readonly allow: ReadonlySet<string>
    /** Asks the system's resolver by default. */
    readonly lookup?: typeof lookupName
  }
}

const _connectTimeoutMillis = 5_000
/**
 * RFC 4291 §2.4: all that is routed. Outside lie the deprecated `::127.0.0.1` and local NAT64.
 */
const _globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3")
const _internalName = /^([^.]*|.*\.(localhost|local|internal|lan|home\.arpa))$/

const _refusals: ReadonlyArray<readonly [AddressGuard.Reason, (url: URL, host: string) => boolean]> = [
  ["scheme", (url) => url.protocol !== "https:"],
  ["port", (url) => !["", "8443"].includes(url.port)],
  ["address", (_, host) => isIP(host) !== 0 && !AddressGuard.isPublic(host)],
  ["host", (_, host) => isIP(host) === 0 && _internalName.test(host)]
]

/**
 * Keeps calls to addresses that users chose out of our own network. The check sits in the connection itself,
 * after the name is resolved and on the very addresses that are dialled: an IP literal never reaches a
 * `lookup` hook, and a name can change its answer between a check and a use.
 */
const AddressGuard = {
  /** `false` also for what is no address. */
  isPublic: (address: string): boolean => ipaddr.isValid(address) && _isUnicast(ipaddr.process(address)),
  /**
   * Why a user may not register this URL; names that resolve to private addresses are left to the connection.
   */
  screen: (text: string, allow: ReadonlySet<string>): Option.Option<AddressGuard.Reason> =>
    Option.match(_parse(text), {
      onNone: () => Option.some("syntax" as const),
      onSome: (url) =>
        `${url.username}${url.password}` === "" ? _screen(url, allow) : Option.some("credentials")
    }),
  connector: ({ allow, lookup = lookupName }: AddressGuard.Options): buildConnector.connector => {
    const trusting = buildConnector({ timeout: _connectTimeoutMillis })
    const guarded = buildConnector({ timeout: _connectTimeoutMillis, lookup: _guarded(lookup) })
    return (options, callback) =>
      allow.has(`${options.protocol}//${options.host ?? options.hostname}`)
        ? trusting(options, callback)
        : isIP(options.hostname) === 0 || AddressGuard.isPublic(options.hostname)
          ? guarded(options, callback)
          : callback(_refused(options.hostname), null)
  }
} as const

const _parse = (text: string) => (URL.canParse(text) ? Option.some(new URL(text)) : Option.none())

const _screen = (url: URL, allow: ReadonlySet<string>) =>
  allow.has(url.origin)
    ? Option.none()
    : Option.map(
        Arr.findFirst(_refusals, ([, refuses]) => refuses(url, _bareHost(url))),
        ([reason]) => reason
      )

const _bareHost = (url: URL) => url.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "")

const _isUnicast = (address: ipaddr.IPv4 | ipaddr.IPv6) =>
  address.range() === "unicast" && (address.kind() === "ipv4" || address.match(_globalUnicast))

const _refused = (host: string) =>
  new OutboundFailure({ reason: "refused-address", message: `${host} is not a public address` })

/** One private address among several refuses the name: the system would be free to dial that one. */
const _guarded =
  (lookup: typeof lookupName): LookupFunction =>
  (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, addresses) =>
      error === null ? _answer(hostname, addresses, options.all === true, callback) : callback(error, "", 0)
    )

const _answer = (
  hostname: string,
  addresses: ReadonlyArray<LookupAddress>,
  all: boolean,
  callback: Parameters<LookupFunction>[2]
) =>
  Option.match(
    Option.filter(Arr.head(addresses), () =>
      addresses.every(({ address }) => AddressGuard.isPublic(address))
    ),
    {
      onNone: () => callback(_refused(hostname), "", 0),
      onSome: ({ address, family }) =>
        all ? callback(null, Arr.fromIterable(addresses)) : callback(null, address, family)
    }
  )

export { AddressGuard }
