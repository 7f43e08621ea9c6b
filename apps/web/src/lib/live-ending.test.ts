import { RpcClientError } from "@effect/rpc"
import { Access } from "@tessera/shared/access/access"
import { Cause, Duration } from "effect"
import { describe, expect, it } from "vitest"
import { LiveEnding } from "./live-ending.ts"

const socketError = (cause: unknown) =>
  Cause.fail(new RpcClientError.RpcClientError({ reason: "Protocol", message: "Error in socket", cause }))
const closed = (code: number) => LiveEnding.of(socketError({ _tag: "SocketError", reason: "Close", code }))
const waits = (kind: LiveEnding.Kind, chance: number) =>
  [0, 1, 2, 3, 20].map((attempt) => Duration.toMillis(LiveEnding.wait(kind, attempt, chance)))

describe("LiveEnding", () => {
  it("understands the codes with which the server closes, and takes any other for a broken line", () => {
    expect([1012, 1013, 4401, 4429].map(closed)).toEqual(["leaving", "later", "signedOut", "crowded"])
    expect([1000, 1006, 1011, 4999].map(closed)).toEqual(["closed", "closed", "closed", "closed"])
  })

  it("tells a replica that is silent from one that was never reached, and a refusal from both", () => {
    const reasons = ["Open", "OpenTimeout", "Read"].map((reason) => LiveEnding.of(socketError({ reason })))
    const refused = LiveEnding.of(Cause.fail(new Access.Unauthenticated()))

    expect(reasons).toEqual(["unreachable", "silent", "closed"])
    expect(refused).toBe("signedOut")
  })

  it("takes what nobody foresaw for a broken line", () => {
    expect(LiveEnding.of(Cause.die(new Error("bug")))).toBe("closed")
    expect(LiveEnding.of(Cause.fail("text"))).toBe("closed")
    expect(LiveEnding.of(socketError("text"))).toBe("closed")
    expect(LiveEnding.of(Cause.empty)).toBe("closed")
  })

  it("waits anything up to a span that doubles: full jitter, and never more than 3 s for a dead replica", () => {
    expect(waits("closed", 0)).toEqual([0, 0, 0, 0, 0])
    expect(waits("closed", 1)).toEqual([1500, 3000, 3000, 3000, 3000])
    expect(waits("closed", 0.5)).toEqual([750, 1500, 1500, 1500, 1500])
  })

  it("stays away for a while when it was asked to", () => {
    expect(waits("later", 0)).toEqual([1000, 1000, 1000, 1000, 1000])
    expect(waits("crowded", 0)[0]).toBe(15_000)
    expect(waits("crowded", 1).at(-1)).toBe(75_000)
    expect(waits("leaving", 1)[0]).toBe(1500)
  })
})
