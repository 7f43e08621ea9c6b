import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { type Access } from "@tessera/shared/access/access"
import { OrderSettings } from "@tessera/shared/order-settings/order-settings"
import { Context, Effect, Layer, Option } from "effect"
import { Policy } from "../../access/policy.ts"
import { OrderSettingsRepo } from "./order-settings-repo.ts"

declare namespace TenantOrderSettings {
  type Shape = {
    readonly read: Effect.Effect<OrderSettings.Model, never, Tenancy.Current>
    /** Orders that are placed already stay as they are. */
    readonly replace: (
      settings: OrderSettings.Model
    ) => Effect.Effect<OrderSettings.Model, Access.Denied, Tenancy.Current>
  }
}

/** How the current tenant wants its orders treated. */
class TenantOrderSettings extends Context.Tag("api/order-settings/TenantOrderSettings")<
  TenantOrderSettings,
  TenantOrderSettings.Shape
>() {
  static readonly layer = Layer.effect(
    TenantOrderSettings,
    Effect.gen(function* () {
      const repo = yield* OrderSettingsRepo
      const database = yield* Database

      return TenantOrderSettings.of({
        read: repo.find.pipe(
          Effect.map(Option.getOrElse(() => OrderSettings.Model.make({}))),
          database.transaction
        ),
        replace: Effect.fn("TenantOrderSettings.replace")(function* (settings) {
          yield* Policy.require("manage")
          yield* database.transaction(repo.replace(settings))
          return settings
        })
      })
    })
  ).pipe(Layer.provide(OrderSettingsRepo.layer))
}

export { TenantOrderSettings }
