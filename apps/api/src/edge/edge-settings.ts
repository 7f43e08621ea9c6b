import { Context, type Option, type Redacted } from "effect"

declare namespace EdgeSettings {
  type Shape = {
    /** Folder of the built web app; a folder that does not exist serves nothing. */
    readonly webRoot: string
    /** Opens `/metrics` and the details of `/health`; without it they are closed. */
    readonly managementToken: Option.Option<Redacted.Redacted>
    /** In the demo both are open to everyone. */
    readonly demo: boolean
  }
}

/** What the HTTP edge needs to know of the process; provided by the app from its configuration. */
class EdgeSettings extends Context.Tag("api/edge/EdgeSettings")<EdgeSettings, EdgeSettings.Shape>() {}

export { EdgeSettings }
