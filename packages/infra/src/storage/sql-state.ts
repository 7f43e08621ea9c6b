import { Cause, Predicate } from "effect"

/** Lost sessions, refused ones, a server that starts or stops, and the errors of sockets. */
const _lost = /^(08...|57P0[123]|53300|E(CONN|PIPE|TIMEDOUT|HOST|NET)\w*)$/

/** What the driver says without a code. */
const _said =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection)/

const _under = (error: unknown): unknown => (Predicate.hasProperty(error, "cause") ? error.cause : undefined)

/** What PostgreSQL, or the way to it, says has gone wrong: the cause of a `SqlError`. */
const SqlState = {
  /** The five characters of PostgreSQL, or the name of a socket's error; empty where there is neither. */
  of: (cause: Cause.Cause<unknown>): string => {
    const under = _under(Cause.squash(cause))
    return Predicate.hasProperty(under, "code") ? String(under.code) : ""
  },
  /** The database did not answer, which passes; whether the statement was carried out is not known. */
  isConnectionLost: (cause: Cause.Cause<unknown>): boolean => {
    const under = _under(Cause.squash(cause))
    const text = Predicate.hasProperty(under, "message") ? String(under.message) : ""
    return _lost.test(SqlState.of(cause)) || _said.test(text)
  }
} as const

export { SqlState }
