import { DateTime, Option } from "effect"

const _count = new Intl.NumberFormat("en")
const _compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 })
const _dateTime = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" })
const _time = new Intl.DateTimeFormat("en", { timeStyle: "medium" })
const _date = new Intl.DateTimeFormat("en", { dateStyle: "medium" })
const _day = new Intl.DateTimeFormat("en", { month: "short", day: "numeric", timeZone: "UTC" })
const _minute = new Intl.DateTimeFormat("en", {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: "UTC"
})
const _relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" })

const _daySeconds = 86_400

/** Smallest unit last; a value belongs to the first unit of which it holds at least one. */
const _bytes = [
  { unit: "GB", size: 1e9 },
  { unit: "MB", size: 1e6 },
  { unit: "KB", size: 1e3 }
] as const

const _ago = [
  { unit: "day", millis: 86_400_000 },
  { unit: "hour", millis: 3_600_000 },
  { unit: "minute", millis: 60_000 }
] as const

const _padded = (value: number) => String(Math.floor(value)).padStart(2, "0")

const _durations = [
  { below: 1000, text: (millis: number) => `${Math.round(millis)} ms` },
  { below: 10_000, text: (millis: number) => `${(millis / 1000).toFixed(1)} s` },
  { below: 60_000, text: (millis: number) => `${Math.floor(millis / 1000)} s` },
  { below: 3_600_000, text: (millis: number) => _minutes(millis / 60_000) }
] as const

const _minutes = (minutes: number) => `${Math.floor(minutes)} min ${_padded((minutes % 1) * 60)} s`
const _days = (hours: number) => `${Math.floor(hours / 24)} d ${Math.floor(hours % 24)} h`
const _hours = (hours: number) => `${Math.floor(hours)} h ${_padded((hours % 1) * 60)} min`

const _left = [
  { below: 60_000, text: (millis: number) => `${millis / 1000} s` },
  { below: 3_600_000, text: (millis: number) => _minutes(millis / 60_000) },
  { below: 86_400_000, text: (millis: number) => _hours(millis / 3_600_000) }
] as const

const _between = (from: number, to: number): string => `${_minute.format(from)}–${_minute.format(to)}`

/** How numbers, sizes and moments read on every page; English, the reader's own time zone. */
const Format = {
  count: (value: number): string => _count.format(value),
  compact: (value: number): string => _compact.format(value),
  percent: (value: number): string => `${Math.floor(Math.min(100, Math.max(0, value)))}%`,
  bytes: (value: number): string =>
    Option.match(Option.fromNullable(_bytes.find(({ size }) => value >= size)), {
      onNone: () => `${value} B`,
      onSome: ({ unit, size }) => `${(value / size).toFixed(value / size >= 100 ? 0 : 1)} ${unit}`
    }),
  /** `850 ms`, `2.4 s`, `59 s`, `3 min 05 s`, `1 h 02 min`. */
  duration: (millis: number): string =>
    Option.match(Option.fromNullable(_durations.find(({ below }) => millis < below)), {
      onNone: () => _hours(millis / 3_600_000),
      onSome: ({ text }) => text(millis)
    }),
  /** Time that is left, to the second: `2 d 3 h`, `1 h 02 min`, `3 min 05 s`, `9 s`; `0 s` from then on. */
  left: (millis: number): string => {
    const whole = Math.max(0, Math.ceil(millis / 1000)) * 1000
    return Option.match(Option.fromNullable(_left.find(({ below }) => whole < below)), {
      onNone: () => _days(whole / 3_600_000),
      onSome: ({ text }) => text(whole)
    })
  },
  /** A day of UTC as `Mar 4`. */
  dayUtc: (millis: number): string => _day.format(millis),
  /** A minute of UTC as `14:05`. */
  minuteUtc: (millis: number): string => _minute.format(millis),
  /** What a bucket covers, in UTC: `Mar 4, 14:00–14:15`; `Mar 4` where it is a whole day. */
  span: (fromMillis: number, seconds: number): string =>
    seconds === _daySeconds
      ? _day.format(fromMillis)
      : `${_day.format(fromMillis)}, ${_between(fromMillis, fromMillis + seconds * 1000)}`,
  dateTime: (at: DateTime.DateTime): string => _dateTime.format(DateTime.toEpochMillis(at)),
  /** Only the time when it is of today: `10:28:24 PM`. */
  clock: (at: DateTime.DateTime, nowMillis: number): string =>
    (_date.format(DateTime.toEpochMillis(at)) === _date.format(nowMillis) ? _time : _dateTime).format(
      DateTime.toEpochMillis(at)
    ),
  /** `now` under ten seconds, because a row that says "3 sec. ago" and never changes is a lie. */
  ago: (at: DateTime.DateTime, nowMillis: number): string => {
    const elapsed = DateTime.toEpochMillis(at) - nowMillis
    return Option.match(Option.fromNullable(_ago.find(({ millis }) => Math.abs(elapsed) >= millis)), {
      onNone: () =>
        Math.abs(elapsed) < 10_000 ? "now" : _relative.format(Math.trunc(elapsed / 10_000) * 10, "second"),
      onSome: ({ unit, millis }) => _relative.format(Math.trunc(elapsed / millis), unit)
    })
  }
} as const

export { Format }
