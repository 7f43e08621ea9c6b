declare namespace SocketClose {
  type Close = { readonly code: number; readonly reason: string }
}

/** Why we close a socket: codes of RFC 6455 and its registry, and two of our own after HTTP's status. */
const SocketClose = {
  wrongKind: { code: 1003, reason: "this endpoint speaks the other kind of frame" },
  undecodable: { code: 1007, reason: "the frame cannot be decoded" },
  forbidden: { code: 1008, reason: "the frame holds what no client of this endpoint sends" },
  tooMuch: { code: 1008, reason: "the frame holds too many or too deep values" },
  slowReader: { code: 1013, reason: "answers are not read, come back later" },
  flood: { code: 1013, reason: "refusals are ignored, come back later" },
  signedOut: { code: 4401, reason: "the session is over or means somebody else now" },
  tooManySockets: { code: 4429, reason: "too many sockets are open" }
} as const satisfies Readonly<Record<string, SocketClose.Close>>

export { SocketClose }
