import { Context } from "effect"

declare namespace AccessSettings {
  type Shape = {
    /**
     * Where browsers reach the product; decides the `Secure` flag of the cookie and the accepted `Origin`.
     */
    readonly publicUrl: URL
    /** Offers the demo sign-ins and switches demo-only features on in `Session`. */
    readonly demo: boolean
    /** Folder of `demo.json`; read only where `demo` is true. */
    readonly dataDir: string
  }
}

/** What sign-in needs to know of the process; provided by the app from its configuration. */
class AccessSettings extends Context.Tag("api/access/AccessSettings")<
  AccessSettings,
  AccessSettings.Shape
>() {}

export { AccessSettings }
