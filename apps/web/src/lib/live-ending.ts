import { Cause, Duration, Option, Schema } from "effect"

/**
 * As the server closes: RFC 6455 with 1012 "service restart" and 1013 "try again later", the rest is our
 * own.
 */
const _codes: Readonly<Record<number, LiveEnding.Kind>> = {
  1012: "leaving",
  1013: "later",
  4401: "signedOut",
  4429: "crowded"
}
const _reasons: Readonly<Record<string, LiveEnding.Kind>> = { Open: "unreachable", OpenTimeout: "silent" }

/** The error of a call over a socket, with the socket's own error as its cause. */
const _Error = Schema.Struct({
  _tag: Schema.optional(Schema.String),
  cause: Schema.optional(
    Schema.Struct({ reason: Schema.optional(Schema.String), code: Schema.optional(Schema.Number) })
  )
})

interface _Wait {
  /** Milliseconds that pass in any case. */
  readonly least: number
  /** The span of the first wait; each further one is twice as long, up to `most`. */
  readonly span: number
  readonly most: number
}

/** All sockets of a replica are lost in one moment: no quarter of a second may get a third of them. */
const _soon: _Wait = { least: 0, span: 1500, most: 3000 }

const _waits: Readonly<Record<LiveEnding.Kind, _Wait>> = {
  closed: _soon,
  unreachable: _soon,
  silent: _soon,
  leaving: _soon,
  later: { least: 1000, span: 2000, most: 15_000 },
  signedOut: { least: 1000, span: 1000, most: 30_000 },
  crowded: { least: 15_000, span: 15_000, most: 60_000 }
}

declare namespace LiveEnding {
  type Kind = "closed" | "unreachable" | "silent" | "leaving" | "later" | "signedOut" | "crowded"
}

/** Why a live connection ended, and what that means for the next one. */
const LiveEnding = {
  of: (cause: Cause.Cause<unknown>): LiveEnding.Kind =>
    Option.match(Schema.decodeUnknownOption(_Error)(Cause.squash(cause)), {
      onNone: () => "closed",
      onSome: ({ _tag, cause: socket }) =>
        _tag === "Access.Unauthenticated"
          ? "signedOut"
          : (_codes[socket?.code ?? 0] ?? _reasons[socket?.reason ?? ""] ?? "closed")
    }),
  /** Full jitter: anything between nothing and the span, so that nobody's second try meets everybody's. */
  wait: (kind: LiveEnding.Kind, attempt: number, chance: number): Duration.Duration => {
    const { least, most, span } = _waits[kind]
    return Duration.millis(Math.round(least + chance * Math.min(most, span * 2 ** attempt)))
  },
  words: {
    closed: "The connection broke.",
    unreachable: "No replica could be reached.",
    silent: "The replica no longer answered.",
    leaving: "The replica left, as in a deploy; another one takes over.",
    later: "The replica is busy and asked to be left alone for a moment.",
    signedOut: "Your session on this connection is over.",
    crowded: "You have too many pages open: close some, and this one connects."
  } satisfies Record<LiveEnding.Kind, string>
} as const

export { LiveEnding }
