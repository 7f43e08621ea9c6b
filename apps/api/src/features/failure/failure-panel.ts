import { type Failure } from "@tessera/shared/failure/failure"
import { Context, type Effect } from "effect"

declare namespace FailurePanel {
  type Shape = {
    /** False everywhere but in the demo; then nobody may ask for the rest. */
    readonly isOpen: boolean
    /** A panel that does not answer is a defect. */
    readonly read: Effect.Effect<Failure.Settings>
    readonly replace: (settings: Failure.Settings) => Effect.Effect<Failure.Settings>
  }
}

/** Port: what the sandbox's provider and carrier do wrong on purpose. Bound in `wiring/`. */
class FailurePanel extends Context.Tag("api/failure/FailurePanel")<FailurePanel, FailurePanel.Shape>() {}

export { FailurePanel }
