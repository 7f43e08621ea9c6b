import { ClusterSchema, Entity } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import { Schema } from "effect"

const _Lane = Schema.Struct({
  kind: Schema.String,
  key: Schema.String,
  /** 0 to 63; absent from replicas of an older version, which send to the owner of each partition. */
  partition: Schema.optionalWith(Schema.Number, { exact: true })
})

declare namespace LaneEntity {
  type Lane = typeof _Lane.Type
}

/** What replicas say to the owners of partitions: these lanes have work. */
const LaneEntity = {
  /** The same for ever, because rows store the partition. */
  partitions: 64,
  entity: Entity.make("LaneHost", [
    Rpc.make("Wake", { payload: { lanes: Schema.Array(_Lane) } })
  ]).annotateRpcs(ClusterSchema.Persisted, false)
} as const

export { LaneEntity }
