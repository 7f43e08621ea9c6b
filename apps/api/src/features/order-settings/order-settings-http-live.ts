import { HttpApiBuilder } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Effect } from "effect"
import { TenantOrderSettings } from "./tenant-order-settings.ts"

/** Maps `OrderSettingsHttp` onto `TenantOrderSettings`. */
const OrderSettingsHttpLive = HttpApiBuilder.group(Api, "orderSettings", (handlers) =>
  Effect.map(TenantOrderSettings, (settings) =>
    handlers.handle("read", () => settings.read).handle("replace", ({ payload }) => settings.replace(payload))
  )
)

export { OrderSettingsHttpLive }
