import { type Reply } from "@effect/cluster"
import { Context, Effect, Layer, Option } from "effect"

type _Encoded = Reply.ReplyEncoded<never>

declare namespace StoredReplies {
  type Listener = (reply: _Encoded) => void
  type Asked = { readonly id: string; readonly entityType: string }
  type Shape = {
    /** Has just been stored by this replica; `characters` is how long it is. */
    readonly put: (reply: _Encoded, characters: number) => void
    /** Tells of the final reply, at once where it is known; returns what ends that. */
    readonly listen: (asked: StoredReplies.Asked, listener: StoredReplies.Listener) => () => void
    /** The reply of this request, or all where there is none, may stand no longer. */
    readonly forget: (requestId: Option.Option<string>) => void
  }
}

/** So many replies are kept, of so many characters at most: 4 MiB of a replica. */
const _count = 1024
const _characters = 4096

/** Whoever runs a workflow on clears its replies, maybe on another replica: the table alone knows. */
const _isCleared = ({ entityType }: StoredReplies.Asked): boolean => entityType.startsWith("Workflow/")

const _make = (): StoredReplies.Shape => {
  const kept = new Map<string, _Encoded>()
  const listening = new Map<string, Set<StoredReplies.Listener>>()

  const keep = (reply: _Encoded): void => {
    kept.set(reply.requestId, reply)
    const [oldest] = kept.size > _count ? kept.keys() : []
    Option.map(Option.fromNullable(oldest), (id) => kept.delete(id))
  }

  const end = (id: string, listener: StoredReplies.Listener): void => {
    const listeners = listening.get(id)
    listeners?.delete(listener)
    listeners?.size === 0 && listening.delete(id)
  }

  return {
    put: (reply, characters) => {
      const isFinal = reply._tag === "WithExit"
      isFinal && characters <= _characters && keep(reply)
      const listeners = isFinal ? [...(listening.get(reply.requestId) ?? [])] : []
      isFinal && listening.delete(reply.requestId)
      listeners.forEach((listener) => {
        listener(reply)
      })
    },
    listen: (asked, listener) => {
      const known = _isCleared(asked) ? undefined : kept.get(asked.id)
      known === undefined
        ? listening.set(asked.id, (listening.get(asked.id) ?? new Set()).add(listener))
        : listener(known)
      return () => end(asked.id, listener)
    },
    forget: Option.match({ onNone: () => kept.clear(), onSome: (id) => void kept.delete(id) })
  }
}

/**
 * The replies that this replica has just stored, for those who wait for them. A busy owner reads a message
 * from the table and answers it before it is asked for the reply; so the last ones are kept for a while.
 */
class StoredReplies extends Context.Tag("infra/cluster/messages/StoredReplies")<
  StoredReplies,
  StoredReplies.Shape
>() {
  /** Whether it may speak for this request: of others it only tells what is stored from now on. */
  static readonly knows = (asked: StoredReplies.Asked): boolean => !_isCleared(asked)

  static readonly layer = Layer.effect(StoredReplies, Effect.sync(_make))
}

export { StoredReplies }
