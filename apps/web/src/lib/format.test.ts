import { DateTime } from "effect"
import { describe, expect, it } from "vitest"
import { Format } from "./format.ts"

const now = DateTime.toEpochMillis(DateTime.unsafeMake("2026-03-04T12:00:00Z"))
const before = (millis: number) => DateTime.unsafeMake(now - millis)

describe("Format", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 KB"],
    [52_428_800, "52.4 MB"],
    [640_000_000, "640 MB"],
    [2_000_000_000, "2.0 GB"]
  ])("writes %i bytes as %s", (value, text) => {
    expect(Format.bytes(value)).toBe(text)
  })

  it.each([
    [12, "12 ms"],
    [999.4, "999 ms"],
    [2400, "2.4 s"],
    [59_000, "59 s"],
    [185_000, "3 min 05 s"],
    [3_725_000, "1 h 02 min"]
  ])("writes %d milliseconds as %s", (value, text) => {
    expect(Format.duration(value)).toBe(text)
  })

  it.each([
    [-1, "0 s"],
    [0, "0 s"],
    [1, "1 s"],
    [59_000, "59 s"],
    [59_001, "1 min 00 s"],
    [3_599_000, "59 min 59 s"],
    [3_600_000, "1 h 00 min"],
    [86_400_000, "1 d 0 h"],
    [2_592_000_000, "30 d 0 h"]
  ])("says that %i milliseconds are left as %s", (millis, text) => {
    expect(Format.left(millis)).toBe(text)
  })

  it.each([
    [3000, "now"],
    [25_000, "20 sec. ago"],
    [60_000, "1 min. ago"],
    [7_200_000, "2 hr. ago"],
    [86_400_000, "yesterday"],
    [-120_000, "in 2 min."]
  ])("says how long ago %i milliseconds are: %s", (millis, text) => {
    expect(Format.ago(before(millis), now)).toBe(text)
  })

  it("leaves out the date of today, and only that one", () => {
    expect(Format.clock(before(0), now)).toMatch(/^\d{1,2}:\d\d:\d\d\s[AP]M$/)
    expect(Format.clock(before(172_800_000), now)).toBe(Format.dateTime(before(172_800_000)))
  })

  it("never calls unfinished work complete", () => {
    expect(Format.percent(99.97)).toBe("99%")
    expect(Format.percent(100)).toBe("100%")
    expect(Format.percent(104)).toBe("100%")
  })

  it("names days, minutes and buckets without moving them to the reader's time zone", () => {
    const late = DateTime.toEpochMillis(DateTime.unsafeMake("2026-03-04T23:45:00Z"))

    expect(Format.dayUtc(late)).toBe("Mar 4")
    expect(Format.minuteUtc(late)).toBe("23:45")
    expect(Format.minuteUtc(late + 900_000)).toBe("00:00")
    expect(Format.span(late, 900)).toBe("Mar 4, 23:45–00:00")
    expect(Format.span(late - 85_500_000, 86_400)).toBe("Mar 4")
  })
})
