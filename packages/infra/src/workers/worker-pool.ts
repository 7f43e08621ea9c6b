import { existsSync } from "node:fs"
import { Worker as Thread } from "node:worker_threads"
import { Worker } from "@effect/platform"
import * as NodeWorker from "@effect/platform-node/NodeWorker"
import {
  Clock,
  Context,
  Duration,
  Effect,
  Layer,
  Metric,
  MetricBoundaries,
  Ref,
  type Scope,
  Stream
} from "effect"
import { type ParseError } from "./parse-error.ts"
import { type RowSource } from "./row-source.ts"
import { WorkerCrash } from "./worker-crash.ts"
import { WorkerRequest } from "./worker-request.ts"
import { WorkerTimeout } from "./worker-timeout.ts"

declare namespace WorkerPool {
  type Request = RowSource.Options & {
    /** Presigned http(s) URL of the file: the worker fetches it itself and holds no credentials. */
    readonly url: string
  }
  type Options = {
    /** The built worker entry. */
    readonly workerUrl: URL
    /** Parses at the same time; others wait in line. */
    readonly size: number
    /**
     * Heap of one worker in megabytes. Defaults to 256; the pre-flight bounds what the heap limit does
     * not see.
     */
    readonly heapMegabytes?: number
    /** Silence of a running parse until it is given up; waiting in line does not count. Defaults to 30 s. */
    readonly idleTimeout?: Duration.DurationInput
    /** How long an abandoned parse may take to let go until its thread is killed. Defaults to 5 s. */
    readonly grace?: Duration.DurationInput
  }
  type Progress = WorkerRequest.Progress
  type Failure = ParseError | WorkerTimeout | WorkerCrash
  type Shape = {
    /**
     * Header first, then batches of at most `batchSize` (1 to 200) rows. The parser is never more than 16
     * batches ahead of the consumer. Ending the stream early, by whatever means, stops the parser.
     */
    readonly parse: (request: Request) => Stream.Stream<WorkerRequest.Progress, Failure>
  }
}

const _queued = Metric.gauge("workers_queue_depth", { description: "Parses that wait for a worker" })
const _active = Metric.gauge("workers_active", { description: "Parses that run" })
const _parses = Metric.counter("workers_parses_total", { incremental: true })
const _failures = Metric.counter("workers_failures_total", { incremental: true })
const _seconds = Metric.histogram(
  "workers_parse_seconds",
  MetricBoundaries.exponential({ start: 0.05, factor: 2, count: 16 }),
  "From the start of a parse to its end"
)

/** Parses files in threads. A crash is not retried here; its worker is replaced. */
class WorkerPool extends Context.Tag("infra/workers/WorkerPool")<WorkerPool, WorkerPool.Shape>() {
  /** Fails when there is nothing at `workerUrl`. */
  static readonly layer = (options: WorkerPool.Options): Layer.Layer<WorkerPool, WorkerCrash> =>
    Layer.scoped(WorkerPool, _make(options))
}

type _Worker = Worker.SerializedWorker<WorkerRequest.Any>

const _crash = (detail: string) => new WorkerCrash({ detail })

const _make = (options: WorkerPool.Options): Effect.Effect<WorkerPool.Shape, WorkerCrash, Scope.Scope> =>
  Effect.gen(function* () {
    yield* Effect.filterOrFail(
      Effect.sync(() => existsSync(options.workerUrl)),
      Boolean,
      () => _crash(`There is no worker at ${options.workerUrl}`)
    )
    const threads = new Map<number, Thread>()
    const pool = yield* Worker.makePoolSerialized<WorkerRequest.Any>({ size: options.size }).pipe(
      Effect.provide(NodeWorker.layer((id) => _spawn(id, threads, options))),
      Effect.mapError((error) => _crash(error.message))
    )
    const lastId = yield* Ref.make(0)
    const idle = Duration.decode(options.idleTimeout ?? "30 seconds")

    const replace = (worker: _Worker) =>
      Effect.promise(() => threads.get(worker.id)?.terminate() ?? Promise.resolve(0)).pipe(
        Effect.andThen(pool.backing.invalidate(worker))
      )
    const settle = (worker: _Worker, parseId: number, state: _State) =>
      ({
        ended: Effect.void,
        crashed: replace(worker),
        // Also when the consumer just took enough: the platform tells the worker only about failures.
        open: worker.executeEffect(new WorkerRequest.Stop({ parseId })).pipe(
          Effect.interruptible,
          Effect.timeout(options.grace ?? "5 seconds"),
          Effect.catchAllCause(() => replace(worker))
        )
      })[state]

    const run = (request: WorkerPool.Request) =>
      Effect.gen(function* () {
        const scope = yield* Effect.scope
        const parseId = yield* Ref.updateAndGet(lastId, (id) => id + 1)
        const worker = yield* _waiting(pool.backing.get)
        const state = yield* Ref.make<_State>("open")
        yield* _observed
        yield* Effect.addFinalizer(() =>
          Effect.flatMap(Ref.get(state), (current) => settle(worker, parseId, current))
        )
        const died = (error: { readonly message: string }) =>
          Stream.fromEffect(Effect.zipRight(Ref.set(state, "crashed"), Effect.fail(_crash(error.message))))
        const credit = Effect.forkIn(
          Effect.ignore(worker.executeEffect(new WorkerRequest.Credit({ parseId }))),
          scope
        )
        return worker.execute(_parseFile(parseId, request)).pipe(
          Stream.catchTags({ WorkerError: died, ParseError: died }),
          Stream.timeoutFail(() => new WorkerTimeout({ idleMillis: Duration.toMillis(idle) }), idle),
          Stream.tapError((error) => Ref.update(state, (now) => _after(now, error))),
          Stream.concat(Stream.execute(Ref.set(state, "ended"))),
          Stream.tap(() => credit),
          Stream.filter((progress) => progress._tag === "Header" || progress.rows.length > 0)
        )
      })

    return {
      parse: (request) =>
        Stream.unwrapScoped(run(request)).pipe(
          Stream.tapError((error) => Metric.increment(Metric.tagged(_failures, "reason", error._tag))),
          Stream.withSpan("WorkerPool.parse")
        )
    }
  })

type _State = "open" | "ended" | "crashed"

/** After a refused file the worker is free; after a timeout it has yet to be stopped. */
const _after = (state: _State, error: WorkerPool.Failure): _State =>
  error._tag === "Workers.ParseError" ? "ended" : state

const _parseFile = (parseId: number, { batchSize = 200, limits = {}, url, format }: WorkerPool.Request) =>
  new WorkerRequest.ParseFile({
    parseId,
    url,
    batchSize,
    limits,
    ...(format === undefined ? {} : { format })
  })

const _spawn = (id: number, threads: Map<number, Thread>, options: WorkerPool.Options): Thread => {
  const thread = new Thread(options.workerUrl, {
    name: `parse-worker-${id}`,
    // What a parser cannot read it cannot leak: neither the replica's environment nor its flags.
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: options.heapMegabytes ?? 256 }
  })
  threads.set(id, thread)
  return thread.once("exit", () => threads.get(id) === thread && threads.delete(id))
}

const _waiting = <A, E extends { readonly message: string }, R>(
  acquire: Effect.Effect<A, E, R>
): Effect.Effect<A, WorkerCrash, R> =>
  Effect.acquireUseRelease(
    Metric.incrementBy(_queued, 1),
    () => Effect.mapError(acquire, (error) => _crash(error.message)),
    () => Metric.incrementBy(_queued, -1)
  )

/** Counts the parse and measures it until the scope ends. */
const _observed = Effect.acquireRelease(
  Effect.zipRight(
    Effect.zipRight(Metric.increment(_parses), Metric.incrementBy(_active, 1)),
    Clock.currentTimeMillis
  ),
  (started) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      yield* Metric.update(_seconds, (now - started) / 1000)
      yield* Metric.incrementBy(_active, -1)
    })
)

export { WorkerPool }
