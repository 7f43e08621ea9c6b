import { FetchHttpClient, HttpClient, type HttpClientError, WorkerRunner } from "@effect/platform"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeWorkerRunner from "@effect/platform-node/NodeWorkerRunner"
import { Deferred, Effect, Layer, Option, Schema, Stream } from "effect"
import { ParseError } from "./parse-error.ts"
import { ReadRows } from "./read-rows.ts"
import { WorkerRequest } from "./worker-request.ts"

/**
 * Entry of the worker thread; it is built into a file of its own. It reads one URL per parse and keeps
 * nothing.
 */
type _Parse = {
  readonly credits: Effect.Semaphore
  readonly stopped: Deferred.Deferred<void>
  readonly ended: Deferred.Deferred<void>
}

const _parses = new Map<number, _Parse>()

const _begin = (parseId: number) =>
  Effect.acquireRelease(
    Effect.gen(function* () {
      const parse = {
        credits: yield* Effect.makeSemaphore(WorkerRequest.window),
        stopped: yield* Deferred.make<void>(),
        ended: yield* Deferred.make<void>()
      }
      _parses.set(parseId, parse)
      return parse
    }),
    (parse) =>
      Effect.suspend(() => {
        _parses.delete(parseId)
        return Deferred.succeed(parse.ended, undefined)
      })
  )

const _unreachable = (error: HttpClientError.HttpClientError) =>
  new ParseError({ reason: "Unreachable", message: `The file cannot be fetched: ${error.reason}` })

/** The URL is a capability: it appears in no error. */
const _fetch = (request: WorkerRequest.ParseFile) =>
  Effect.gen(function* () {
    const http = HttpClient.filterStatusOk(yield* HttpClient.HttpClient)
    const response = yield* http.get(request.url)
    const declared = Schema.decodeUnknownOption(Schema.NumberFromString)(response.headers["content-length"])
    return ReadRows.fromBytes(Stream.mapError(response.stream, _unreachable), {
      ...request,
      totalBytes: Option.getOrNull(declared)
    })
  }).pipe(Effect.catchTags({ RequestError: _fails, ResponseError: _fails }))

const _fails = (error: HttpClientError.HttpClientError) => Effect.fail(_unreachable(error))

const _handlers = WorkerRunner.layerSerialized(WorkerRequest.Any, {
  ParseFile: (request) =>
    Stream.unwrapScoped(
      Effect.map(_begin(request.parseId), ({ credits, stopped }) =>
        Stream.unwrap(_fetch(request)).pipe(
          Stream.mapEffect((progress) => Effect.as(credits.take(1), progress)),
          Stream.interruptWhenDeferred(stopped)
        )
      )
    ),
  Credit: ({ parseId }) =>
    Effect.suspend(() => _parses.get(parseId)?.credits.release(1) ?? Effect.void).pipe(Effect.asVoid),
  Stop: ({ parseId }) =>
    Effect.suspend(() => {
      const parse = _parses.get(parseId)
      return parse === undefined
        ? Effect.void
        : Effect.zipRight(Deferred.succeed(parse.stopped, undefined), Deferred.await(parse.ended))
    })
})

_handlers.pipe(
  Layer.provide([NodeWorkerRunner.layer, NodeFileSystem.layer, FetchHttpClient.layer]),
  WorkerRunner.launch,
  NodeRuntime.runMain
)
