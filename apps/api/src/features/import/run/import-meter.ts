import { Clock, Effect, Option, Ref } from "effect"

declare namespace ImportMeter {
  type Reading = {
    readonly percent: number
    readonly rowsPerSecond: number
    readonly etaSeconds: number | null
  }
  /** `done` of `total` in any unit that grows evenly (bytes, units); `rows` since the phase began. */
  type Position = { readonly done: number; readonly total: number | null; readonly rows: number }
  type Shape = {
    /** None when the last reading is too young. */
    readonly read: (position: Position) => Effect.Effect<Option.Option<Reading>>
  }
}

type _State = {
  readonly at: number
  readonly done: number
  readonly rows: number
  readonly doneRate: number | null
  readonly rowRate: number | null
}

/** Milliseconds: three readings a second, which leaves one for the end of a phase. */
const _interval = 350
/** Weight of the newest rate. */
const _alpha = 0.3

/** Speed and time left of one phase, smoothed so that a person can read them. */
const ImportMeter = {
  make: (start: { readonly done: number }): Effect.Effect<ImportMeter.Shape> =>
    Effect.gen(function* () {
      const at = yield* Clock.currentTimeMillis
      const state = yield* Ref.make<_State>({ at, done: start.done, rows: 0, doneRate: null, rowRate: null })
      const read: ImportMeter.Shape["read"] = (position) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Ref.modify(state, (before) =>
            now - before.at < _interval
              ? [Option.none<ImportMeter.Reading>(), before]
              : _advance(before, position, now)
          )
        )
      return { read }
    })
} as const

const _advance = (
  before: _State,
  position: ImportMeter.Position,
  now: number
): readonly [Option.Option<ImportMeter.Reading>, _State] => {
  const seconds = (now - before.at) / 1000
  const doneRate = _smooth(before.doneRate, (position.done - before.done) / seconds)
  const rowRate = _smooth(before.rowRate, (position.rows - before.rows) / seconds)
  const { total } = position
  const reading = {
    percent: total === null ? 0 : _bounded((100 * position.done) / Math.max(1, total)),
    rowsPerSecond: Math.round(rowRate),
    etaSeconds: total === null || doneRate <= 0 ? null : Math.max(0, (total - position.done) / doneRate)
  }
  return [Option.some(reading), { at: now, done: position.done, rows: position.rows, doneRate, rowRate }]
}

const _smooth = (before: number | null, rate: number): number =>
  before === null ? rate : _alpha * rate + (1 - _alpha) * before

const _bounded = (percent: number): number => Math.min(100, Math.max(0, Math.round(percent * 10) / 10))

export { ImportMeter }
