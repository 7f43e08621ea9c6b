// node --import clock-skew.mjs: this process and its threads see a wall clock that is CLOCK_SKEW_MILLIS off.
// The monotonic clock (performance.now, timers) stays as it is, as on a host whose clock was set wrong.
const skewMillis = Number(process.env.CLOCK_SKEW_MILLIS ?? "0")
const RealDate = Date

class SkewedDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + skewMillis)
    else super(...given)
  }
  static now() {
    return RealDate.now() + skewMillis
  }
}

globalThis.Date = SkewedDate
const origin = performance.timeOrigin
Object.defineProperty(performance, "timeOrigin", { get: () => origin + skewMillis })
