import { Context } from "effect"

declare namespace ClusterSelf {
  type Shape = {
    /** Name of this replica, as `replica-1`; it says nothing about the machine. */
    readonly replica: string
    /** `host:port` of its runner. */
    readonly address: string
  }
}

/** Which replica this process is; absent in programs that are none: migrations, seeds, unit tests. */
class ClusterSelf extends Context.Tag("infra/cluster/ClusterSelf")<ClusterSelf, ClusterSelf.Shape>() {}

export { ClusterSelf }
