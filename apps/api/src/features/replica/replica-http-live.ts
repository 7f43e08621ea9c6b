import { HttpApiBuilder } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Effect } from "effect"
import { Replicas } from "./replicas.ts"

/** Maps `ReplicaHttp` onto `Replicas`. */
const ReplicaHttpLive = HttpApiBuilder.group(Api, "replica", (handlers) =>
  Effect.map(Replicas, (replicas) =>
    handlers
      .handle("list", () => Effect.map(replicas.fleet, (fleet) => fleet.replicas))
      .handle("kill", ({ path }) => replicas.kill(path.id))
      .handle("drain", ({ path }) => replicas.drain(path.id))
  )
)

export { ReplicaHttpLive }
