import { describe, expect, it } from "@effect/vitest"
import { Effect, Option, Tracer } from "effect"
import { Trace } from "./trace.ts"

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
const spanId = "00f067aa0ba902b7"
const header = `00-${traceId}-${spanId}-01`

const within = (span: { readonly traceId: string; readonly spanId: string; readonly sampled?: boolean }) =>
  Effect.withParentSpan(Tracer.externalSpan(span))

describe("Trace", () => {
  it.effect("is none outside every span", () =>
    Effect.gen(function* () {
      expect(yield* Trace.current).toEqual(Option.none())
      expect(yield* Trace.header).toBeNull()
    })
  )

  it.effect("writes the current span as traceparent and reads it back", () =>
    Effect.gen(function* () {
      const written = yield* Trace.header.pipe(within({ traceId, spanId }))
      const unsampled = yield* Trace.header.pipe(within({ traceId, spanId, sampled: false }))

      expect([written, unsampled]).toEqual([header, `00-${traceId}-${spanId}-00`])
      expect(Trace.parse(written)).toEqual(Option.some({ traceId, spanId, sampled: true }))
    })
  )

  it.each([null, "", "00-zz-00f067aa0ba902b7-01", `00-${"0".repeat(32)}-${spanId}-01`, "x".repeat(9999)])(
    "is none for a header that is not one: %j",
    (text) => {
      expect(Trace.parse(text)).toEqual(Option.none())
    }
  )

  it.effect("is none for a span whose ids no message table could hold", () =>
    Effect.gen(function* () {
      const trace = yield* Trace.current.pipe(within({ traceId: "f".repeat(500), spanId }))

      expect(trace).toEqual(Option.none())
    })
  )

  it.effect("goes on in the stored trace, whoever woke the fiber", () =>
    Effect.gen(function* () {
      const span = yield* Effect.currentSpan.pipe(
        Trace.continued("job", header),
        Effect.withSpan("somebody else's request")
      )

      expect(span.traceId).toBe(traceId)
      expect(Option.map(span.parent, (parent) => parent.spanId)).toEqual(Option.some(spanId))
    })
  )

  it.effect("begins a trace of its own where none was stored, and never joins the waker's", () =>
    Effect.gen(function* () {
      const [own, wakers] = yield* Effect.all([
        Trace.current.pipe(Trace.continued("job", null)),
        Trace.current
      ]).pipe(Effect.withSpan("somebody else's request"))

      expect(Option.isSome(own)).toBe(true)
      expect(Option.getOrThrow(own).traceId).not.toBe(Option.getOrThrow(wakers).traceId)
    })
  )
})
