import { type Runner, RunnerStorage } from "@effect/cluster"
import { Context, Effect, Layer, MutableRef, Option } from "effect"

declare namespace RunnerDeparture {
  type Shape = {
    /**
     * Takes this runner off the list, unless it is the only healthy one: within 3 s the others have its
     * shards, and it sends to them like everybody else. It does not come back.
     */
    readonly leave: Effect.Effect<void>
  }
}

type _Entry = readonly [runner: Runner.Runner, healthy: boolean]

const _isOther = (self: Runner.Runner, [{ address }]: _Entry): boolean =>
  address.host !== self.address.host || address.port !== self.address.port

/**
 * A runner that leaves before it ends. Stock sharding gives its shards away when it shuts down, after
 * everything above it has: work that was meant for it waits all that time. It joins again whenever it is
 * not on the list, so what it reads from now on has itself on it, as unhealthy.
 */
class RunnerDeparture extends Context.Tag("infra/cluster/RunnerDeparture")<
  RunnerDeparture,
  RunnerDeparture.Shape
>() {
  static readonly layer = Layer.effectContext(
    Effect.map(RunnerStorage.RunnerStorage, (storage) => {
      const joined = MutableRef.make(Option.none<Runner.Runner>())
      const left = MutableRef.make(Option.none<Runner.Runner>())

      const leave = Effect.gen(function* () {
        const self = yield* MutableRef.get(joined)
        const runners = yield* storage.getRunners
        const isAlone = !runners.some((entry) => entry[1] && _isOther(self, entry))
        yield* Effect.unless(
          Effect.suspend(() => {
            MutableRef.set(left, Option.some(self))
            return storage.unregister(self.address)
          }),
          () => isAlone
        )
      }).pipe(
        // Sharding tries again when it shuts down.
        Effect.catchAllCause((cause) => Effect.logWarning("this runner could not leave early", cause))
      )

      const known = RunnerStorage.RunnerStorage.of({
        ...storage,
        register: (runner, healthy) =>
          Effect.tap(storage.register(runner, healthy), () => {
            MutableRef.set(joined, Option.some(runner))
          }),
        getRunners: Effect.map(storage.getRunners, (runners) =>
          Option.match(MutableRef.get(left), {
            onNone: () => runners,
            onSome: (self) => [...runners.filter((entry) => _isOther(self, entry)), [self, false]]
          })
        )
      })
      return Context.make(RunnerStorage.RunnerStorage, known).pipe(Context.add(RunnerDeparture, { leave }))
    })
  )
}

export { RunnerDeparture }
