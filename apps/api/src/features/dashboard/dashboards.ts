import { EventBus } from "@tessera/infra/events/event-bus"
import { Tenancy } from "@tessera/infra/tenancy"
import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import {
  type Cause,
  Clock,
  Context,
  Data,
  Duration,
  Effect,
  Layer,
  Option,
  RcMap,
  Ref,
  Schedule,
  Stream
} from "effect"
import { DashboardRepo } from "./dashboard-repo.ts"

declare namespace Dashboards {
  type Shape = {
    readonly now: (range: Dashboard.Range) => Effect.Effect<Dashboard.Model, never, Tenancy.Current>
    /**
     * The numbers now, and whenever they have changed; at most four times a second, the last state always
     * arrives. All watchers of a tenant and a range on this replica share what is computed.
     */
    readonly watch: (range: Dashboard.Range) => Stream.Stream<Dashboard.Model, never, Tenancy.Current>
    readonly clock: Effect.Effect<number>
  }
}

class _Watched extends Data.Class<{ readonly tenantId: Tenancy.Id; readonly range: Dashboard.Range }> {}

const _leastPause = 250
/**
 * The database rests three times as long as it has counted: a big tenant's dashboard takes a quarter of a
 * core.
 */
const _rest = 3
/** Deliveries and jobs end without an event, and buckets end by the clock. */
const _heartbeat = Duration.seconds(5)

/** The tenant's numbers, once or for as long as somebody looks. */
class Dashboards extends Context.Tag("api/dashboard/Dashboards")<Dashboards, Dashboards.Shape>() {
  static readonly layer = Layer.scoped(
    Dashboards,
    Effect.gen(function* () {
      const repo = yield* DashboardRepo
      const bus = yield* EventBus

      const shared = yield* RcMap.make({
        lookup: (key: _Watched) =>
          _computed({ bus, repo, range: key.range }).pipe(
            Stream.provideService(Tenancy.Current, Tenancy.system(key.tenantId, "dashboard")),
            Stream.broadcastDynamic({ capacity: 1, strategy: "sliding", replay: 1 })
          )
      })

      return Dashboards.of({
        now: repo.now,
        watch: (range) =>
          Stream.unwrapScoped(
            Effect.flatMap(Tenancy.Current, ({ tenantId }) =>
              RcMap.get(shared, new _Watched({ tenantId, range }))
            )
          ),
        clock: repo.clock
      })
    })
  )
}

const _computed = ({
  bus,
  repo,
  range
}: {
  readonly bus: EventBus.Shape
  readonly repo: DashboardRepo.Shape
  readonly range: Dashboard.Range
}): Stream.Stream<Dashboard.Model, never, Tenancy.Current> =>
  Stream.unwrap(
    Effect.map(Ref.make(0), (notBefore) => {
      const paced = Effect.gen(function* () {
        const began = yield* Clock.currentTimeMillis
        yield* Effect.sleep(Math.max(0, (yield* Ref.get(notBefore)) - began))
        const [took, numbers] = yield* Effect.timed(repo.now(range))
        const ended = yield* Clock.currentTimeMillis
        yield* Ref.set(notBefore, ended + Math.max(_leastPause, _rest * Duration.toMillis(took)))
        return numbers
      })
      // Not debounced: events without a pause would starve it. Counting begins after the wait, so what
      // happened while it waited is in the numbers.
      return Stream.merge(bus.watch(Option.none()), Stream.tick(_heartbeat)).pipe(
        Stream.buffer({ capacity: 1, strategy: "sliding" }),
        Stream.mapEffect(() => paced),
        Stream.changesWith(Dashboard.isSame),
        // Whoever hangs on would keep the failure in what all share, so it must not end there.
        Stream.catchAllCause((cause) => Stream.drain(Stream.fromEffect(_failed(cause)))),
        Stream.repeat(Schedule.forever)
      )
    })
  )

const _failed = (cause: Cause.Cause<never>) =>
  Effect.zipRight(Effect.logWarning("the dashboard could not be counted", cause), Effect.sleep("1 second"))

export { Dashboards }
