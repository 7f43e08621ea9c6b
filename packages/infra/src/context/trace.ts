import { Headers, HttpTraceContext } from "@effect/platform"
import { Context, Effect, Option, Schema, Tracer } from "effect"

const _traceId = /^(?!0{32})[0-9a-f]{32}$/
const _spanId = /^(?!0{16})[0-9a-f]{16}$/

const _Value = Schema.Struct({
  /** 32 lower-case hexadecimal digits, not all zero. */
  traceId: Schema.String.pipe(Schema.pattern(_traceId)),
  /** 16 lower-case hexadecimal digits, not all zero. */
  spanId: Schema.String.pipe(Schema.pattern(_spanId)),
  sampled: Schema.Boolean
})

declare namespace Trace {
  type Value = typeof _Value.Type
}

/** Asked for with every message and every job, so without a decoder. */
const _valid = ({ sampled, spanId, traceId }: Trace.Value): Option.Option<Trace.Value> =>
  _traceId.test(traceId) && _spanId.test(spanId) ? Option.some({ traceId, spanId, sampled }) : Option.none()

const _of = (context: Context.Context<never>): Option.Option<Trace.Value> =>
  Option.flatMap(Context.getOption(context, Tracer.ParentSpan), _valid)

const _current: Effect.Effect<Option.Option<Trace.Value>> = Effect.map(Effect.context<never>(), _of)

const _text = ({ sampled, spanId, traceId }: Trace.Value): string =>
  `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`

const _parse = (header: string | null): Option.Option<Trace.Value> =>
  Option.flatMap(HttpTraceContext.w3c(Headers.fromInput({ traceparent: header ?? "" })), _valid)

/**
 * The trace that work belongs to, as W3C Trace Context writes it (`traceparent`), so that it fits into a row.
 * What is not in that form counts as no trace: the message tables hold 32 and 16 characters, and a longer id
 * from a careless caller would make every message of the request fail.
 */
const Trace = {
  Value: _Value,
  current: _current,
  /** Of whatever runs in this context. */
  of: _of,
  /** The `traceparent` to store beside work that runs later; null where there is no trace. */
  header: Effect.map(_current, Option.match({ onNone: () => null, onSome: _text })),
  parse: _parse,
  /**
   * One span of work in the trace that was stored with it. Without one it begins a trace of its own, because
   * the fiber that happens to run it was woken by somebody else's request.
   */
  continued: (
    name: string,
    header: string | null,
    attributes: Readonly<Record<string, unknown>> = {}
  ): (<A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Tracer.ParentSpan>>) =>
    Effect.withSpan(name, {
      attributes,
      // It costs more than the span, and shows this line.
      captureStackTrace: false,
      ...Option.match(_parse(header), {
        onNone: () => ({ root: true }),
        onSome: (value) => ({ parent: Tracer.externalSpan(value) })
      })
    })
} as const

export { Trace }
