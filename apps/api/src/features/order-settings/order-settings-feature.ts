import { Layer } from "effect"
import { OrderSettingsHttpLive } from "./order-settings-http-live.ts"
import { TenantOrderSettings } from "./tenant-order-settings.ts"

/** All `app.ts` knows of this folder. */
const OrderSettingsFeature = OrderSettingsHttpLive.pipe(Layer.provide(TenantOrderSettings.layer))

export { OrderSettingsFeature }
