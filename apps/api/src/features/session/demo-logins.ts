import { join } from "node:path"
import { FileSystem } from "@effect/platform"
import { Session } from "@tessera/shared/session/session"
import { Context, Effect, Layer, Schema } from "effect"
import { AccessSettings } from "../../access/access-settings.ts"

const _File = Schema.parseJson(
  Schema.Struct({
    tenants: Schema.Array(
      Schema.Struct({
        slug: Schema.String,
        users: Schema.Array(
          Schema.Struct({
            email: Session.DemoLogin.fields.email,
            password: Session.DemoLogin.fields.password,
            role: Session.DemoLogin.fields.role
          })
        )
      })
    )
  })
)

declare namespace DemoLogins {
  type Shape = { readonly list: Effect.Effect<ReadonlyArray<Session.DemoLogin>> }
}

/**
 * The sign-ins that the seed wrote to `demo.json` of the data folder; empty outside the demo and before the
 * seed ran. Read at each call, because the seed may run after the start.
 */
class DemoLogins extends Context.Tag("api/session/DemoLogins")<DemoLogins, DemoLogins.Shape>() {
  static readonly layer = Layer.effect(
    DemoLogins,
    Effect.gen(function* () {
      const fileSystem = yield* FileSystem.FileSystem
      const { dataDir, demo } = yield* AccessSettings

      const read = fileSystem.readFileString(join(dataDir, "demo.json")).pipe(
        Effect.flatMap(Schema.decode(_File)),
        Effect.map(({ tenants }) =>
          tenants.flatMap(({ slug, users }) =>
            users.map((user) => Session.DemoLogin.make({ ...user, tenant: slug }))
          )
        ),
        Effect.catchTags({
          SystemError: () => Effect.succeed([]),
          BadArgument: (error) => Effect.die(error),
          ParseError: (error) => Effect.die(error)
        })
      )

      return DemoLogins.of({ list: demo ? read : Effect.succeed([]) })
    })
  )
}

export { DemoLogins }
