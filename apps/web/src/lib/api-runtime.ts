import { Cause, Effect, Exit, ManagedRuntime, Option } from "effect"
import { ApiClient } from "./api-client.ts"
import { ClientProblem } from "./client-problem.ts"

const _runtime = ManagedRuntime.make(ApiClient.layer)

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: ClientProblem
  }
}

/** A defect, a bug of this page, is shown like a problem; it must not tear the page down. */
const _settled = <A>(exit: Exit.Exit<A, ClientProblem>): Promise<A> =>
  Exit.match(exit, {
    onSuccess: (value) => Promise.resolve(value),
    onFailure: (cause) =>
      Promise.reject(
        Option.getOrElse(Cause.failureOption(cause), () =>
          ClientProblem.fromBody({ message: Cause.pretty(cause) }, 0)
        )
      )
  })

const _calling = <A, E>(call: (client: ApiClient.Shape) => Effect.Effect<A, E>) =>
  ApiClient.pipe(
    Effect.flatMap(call),
    Effect.catchAll((error) => Effect.flatMap(ClientProblem.from(error), Effect.fail))
  )

/**
 * The bridge from effects to TanStack Query, which speaks promises.
 * A rejected promise always carries a `ClientProblem`; an aborted signal interrupts the request.
 */
const ApiRuntime = {
  /** `queryFn: ApiRuntime.query((client) => client.order.list({ urlParams }))` */
  query:
    <A, E>(call: (client: ApiClient.Shape) => Effect.Effect<A, E>) =>
    ({ signal }: { readonly signal: AbortSignal }): Promise<A> =>
      _runtime.runPromiseExit(_calling(call), { signal }).then(_settled),
  /** `mutationFn: ApiRuntime.mutation((client, id) => client.order.cancel({ path: { id } }))` */
  mutation:
    <Input, A, E>(call: (client: ApiClient.Shape, input: Input) => Effect.Effect<A, E>) =>
    (input: Input): Promise<A> =>
      _runtime.runPromiseExit(_calling((client) => call(client, input))).then(_settled),
  /** Anything that already fails with a `ClientProblem`, as an upload does. */
  run: <A>(effect: Effect.Effect<A, ClientProblem>, signal?: AbortSignal): Promise<A> =>
    _runtime.runPromiseExit(effect, signal === undefined ? {} : { signal }).then(_settled),
  /** Runs a background effect until the returned function is called. */
  fork: (effect: Effect.Effect<void>): (() => void) => {
    const fiber = _runtime.runFork(effect)
    return () => fiber.unsafeInterruptAsFork(fiber.id())
  }
} as const

export { ApiRuntime }
