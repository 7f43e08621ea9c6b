import { randomBytes, randomInt } from "node:crypto"
import { FileSystem, Path } from "@effect/platform"
import { Effect, Schema } from "effect"
import { DemoTenants } from "./demo-tenants.ts"

const _File = Schema.Struct({
  url: Schema.String,
  tenants: Schema.Array(
    Schema.Struct({
      slug: Schema.String,
      apiKey: Schema.String,
      users: Schema.Array(
        Schema.Struct({ email: Schema.String, password: Schema.String, role: Schema.String })
      )
    })
  )
})
const _Json = Schema.parseJson(_File, { space: 2 })

declare namespace DemoAccounts {
  type File = typeof _File.Type
  type Kept = {
    readonly file: DemoAccounts.File
    /** The passwords were just drawn, so the database does not know them yet. */
    readonly isNew: boolean
  }
}

const _roles = ["owner", "admin", "operator", "viewer"]
const _words = `
  amber anchor apple arrow basil beacon birch bramble breeze cedar cherry cinder
  clover comet copper coral cricket dapple delta ember falcon fennel flint forest
  garnet ginger glacier harbor hazel heron indigo ivory jasper juniper kestrel
  lantern laurel linden lotus maple marble meadow mellow mint nectar nutmeg olive
  onyx opal orchid otter pebble pepper quartz raven river saffron sierra thistle
  willow
`
  .trim()
  .split(/\s+/)

/**
 * `demo.json` (mode 0600): the only place where the demo's passwords and API keys stand in the clear.
 * Written before the database learns them, so that a crash in between leaves nobody locked out.
 */
const DemoAccounts = {
  keep: Effect.fn("DemoAccounts.keep")(function* (options: {
    readonly dataDir: string
    readonly url: string
  }) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const name = path.join(options.dataDir, "demo.json")
    yield* fs.makeDirectory(options.dataDir, { recursive: true })
    const known = yield* fs.readFileString(name).pipe(Effect.flatMap(Schema.decode(_Json)), Effect.option)
    const file = yield* Effect.map(
      Effect.orElse(known, () => Effect.sync(_draw)),
      (accounts) => ({ ...accounts, url: options.url })
    )
    const temporary = `${name}.new`
    yield* fs.writeFileString(temporary, `${yield* Schema.encode(_Json)(file)}\n`, { mode: 0o600 })
    yield* fs.rename(temporary, name)
    return { file, isNew: known._tag === "None" } satisfies DemoAccounts.Kept
  })
} as const

const _draw = (): Omit<DemoAccounts.File, "url"> => ({
  tenants: DemoTenants.map(({ slug }) => ({
    slug,
    apiKey: `tsk_${randomBytes(32).toString("base64url")}`,
    users: _roles.map((role) => ({ email: `${role}@${slug}.test`, password: _password(), role }))
  }))
})

const _password = (): string => [_word(), _word(), _word(), randomInt(1000, 9999)].join("-")

const _word = (): string => _words[randomInt(_words.length)] ?? ""

export { DemoAccounts }
