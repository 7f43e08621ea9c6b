import { SqlError } from "@effect/sql"
import { describe, expect, it } from "@effect/vitest"
import { Cause } from "effect"
import { SqlState } from "./sql-state.ts"

const lost = (cause: unknown) => SqlState.isConnectionLost(Cause.die(new SqlError.SqlError({ cause })))
const coded = (code: string) => Object.assign(new Error("x"), { code })

describe("SqlState", () => {
  it("tells a database that is away from one that refuses", () => {
    const away = ["08006", "57P01", "57P03", "53300", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"]
    const refusals = ["23505", "40001", "42P01", "57014", "25006", ""]

    expect(away.filter((code) => !lost(coded(code)))).toEqual([])
    expect(refusals.filter((code) => lost(coded(code)))).toEqual([])
  })

  it("knows what the driver says without a code", () => {
    expect(lost(new Error("Connection terminated unexpectedly"))).toBe(true)
    expect(lost(new Error("timeout exceeded when trying to connect"))).toBe(true)
    expect(lost(new Error("a note says: Connection terminated"))).toBe(false)
    expect(lost(undefined)).toBe(false)
  })

  it("is empty for what is no answer of PostgreSQL", () => {
    expect(SqlState.of(Cause.die(new Error("x")))).toBe("")
    expect(SqlState.of(Cause.fail(new SqlError.SqlError({ cause: coded("23505") })))).toBe("23505")
  })
})
