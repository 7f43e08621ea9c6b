import { EventBus } from "@tessera/infra/events/event-bus"
import { type Tenancy } from "@tessera/infra/tenancy"
import { type Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Context, Duration, Effect, Layer, Option, Stream } from "effect"
import { DashboardRepo } from "./dashboard-repo.ts"

declare namespace Dashboards {
  type Shape = {
    readonly now: Effect.Effect<Dashboard.Model, never, Tenancy.Current>
    /** The numbers now, and after every event; at most four times a second, the last state always arrives. */
    readonly watch: Stream.Stream<Dashboard.Model, never, Tenancy.Current>
  }
}

const _interval = Duration.millis(250)

/** The tenant's numbers, once or for as long as somebody looks. */
class Dashboards extends Context.Tag("api/dashboard/Dashboards")<Dashboards, Dashboards.Shape>() {
  static readonly layer = Layer.effect(
    Dashboards,
    Effect.gen(function* () {
      const repo = yield* DashboardRepo
      const bus = yield* EventBus

      return Dashboards.of({
        now: repo.now,
        // Not debounced: events without a pause would starve it. Counting begins after the wait, so what
        // happened
        // while it waited is in the numbers.
        watch: Stream.suspend(() => bus.watch(Option.none())).pipe(
          Stream.buffer({ capacity: 1, strategy: "sliding" }),
          Stream.throttle({ cost: () => 1, units: 1, duration: _interval, strategy: "shape" }),
          Stream.mapEffect(() => repo.now)
        )
      })
    })
  )
}

export { Dashboards }
