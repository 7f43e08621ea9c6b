import { Context } from "effect"

declare namespace Leadership {
  type Value = {
    /** The singleton or cron that this replica leads. */
    readonly name: string
    /** Grows with every new leader; a write that carries an older one is refused. */
    readonly fence: number
  }
}

/**
 * Present while a singleton or a cron runs on this replica.
 * Per-run by nature, like the actor.
 * @effect-leakable-service
 */
class Leadership extends Context.Tag("infra/context/Leadership")<Leadership, Leadership.Value>() {}

export { Leadership }
