import { ClusterSchema, Entity } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import { Effect, Schema } from "effect"
import { Sightings } from "./sightings.ts"

const entity = Entity.make("BenchMessage", [
  Rpc.make("Run", {
    payload: { tag: Schema.String, index: Schema.Number, at: Schema.Number },
    success: Schema.Number,
    primaryKey: ({ tag, index }) => `${tag}/${index}`
  }).annotate(ClusterSchema.Persisted, true)
])

/** An entity that does nothing, durably. */
const BenchEntity = {
  entity,
  layer: entity.toLayer(
    entity.of({
      Run: ({ payload: { at, index, tag } }) =>
        Effect.sync(() => {
          Sightings.see(tag, index, at)
          return index
        })
    }),
    { concurrency: "unbounded", mailboxCapacity: "unbounded" }
  )
} as const

export { BenchEntity }
