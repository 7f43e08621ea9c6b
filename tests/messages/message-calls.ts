import { type EntityAddress } from "@effect/cluster"
import { TestMessages } from "@tessera/infra/testing/test-messages"
import { Effect, Exit } from "effect"

declare namespace MessageCalls {
  /** One call of a storage, and how it reads in a report. */
  interface Call {
    readonly name: string
    readonly run: (storage: TestMessages.Storage) => Effect.Effect<unknown, { readonly _tag: string }>
  }
}

interface Known {
  readonly id: number
  readonly message: TestMessages.Request
  readonly address: EntityAddress.EntityAddress
}
interface Chunk {
  readonly id: number
  readonly of: Known
}

const addresses = [
  TestMessages.address("one", 1),
  TestMessages.address("two", 2),
  TestMessages.address("three", 2)
] as const
const keys = ["a", "b", "ß → 日本", "k".repeat(300), `${"k".repeat(299)}l`, "c"] as const
/** Long past and far ahead, so that no call stands on the edge. */
const times = [1_000, 4_000_000_000_000] as const
const shards = addresses.map(({ shardId }) => shardId)

/** Mulberry32: numbers from 0 to 1, the same for the same seed on every machine. */
const chanceOf = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    const again = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((again ^ (again >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** What the calls so far have made, for later ones to stumble over. */
class World {
  readonly chance: () => number
  private readonly requests: Array<Known> = []
  private readonly chunks: Array<Chunk> = []
  private ids = 1000

  constructor(seed: number) {
    this.chance = chanceOf(seed)
  }

  id() {
    this.ids += 1
    return this.ids
  }

  pick<A>(all: readonly [A, ...Array<A>]): A {
    return all[Math.floor(this.chance() * all.length)] ?? all[0]
  }

  text() {
    return `"text" \u0000 \\ ${"x".repeat(Math.floor(this.chance() * 30))}`
  }

  fresh(payload: TestMessages.Payload): Known {
    const id = this.id()
    const address = this.pick(addresses)
    const known = { id, address, message: TestMessages.request(id, address, payload) }
    this.requests.push(known)
    return known
  }

  known(): Known {
    const [first, ...rest] = this.requests
    return first === undefined
      ? this.fresh(new TestMessages.Plain({ text: "never saved" }))
      : this.pick([first, ...rest])
  }

  keyed(): Known | undefined {
    const [first, ...rest] = this.requests.filter(({ message }) => "key" in message.envelope.payload)
    return first === undefined ? undefined : this.pick([first, ...rest])
  }

  chunk(): Chunk {
    const of = this.known()
    const chunk = { id: this.id(), of }
    this.chunks.push(chunk)
    return chunk
  }

  chunkOf(request: Known): number {
    const [first, ...rest] = this.chunks.filter(({ of }) => of === request)
    return first === undefined ? 2 : this.pick([first, ...rest]).id
  }

  sequence({ of }: Chunk) {
    const next = this.chunks.filter((each) => each.of === of).length - 1
    return this.chance() < 0.1 ? Math.max(0, next - 1) : next
  }
}

const save = (name: string, { id, message }: Known): MessageCalls.Call => ({
  name: `saveRequest ${name} ${id}`,
  run: (storage) => storage.saveRequest(message)
})

const saves: ReadonlyArray<readonly [number, (world: World) => MessageCalls.Call]> = [
  [10, (world) => save("plain", world.fresh(new TestMessages.Plain({ text: world.text() })))],
  [
    16,
    (world) =>
      save("keyed", world.fresh(new TestMessages.Keyed({ text: world.text(), key: world.pick(keys) })))
  ],
  [
    4,
    (world) =>
      save("timed", world.fresh(new TestMessages.Timed({ text: world.text(), atMillis: world.pick(times) })))
  ],
  [
    4,
    (world) => {
      const payload = { text: world.text(), key: world.pick(keys), atMillis: world.pick(times) }
      return save("keyed and timed", world.fresh(new TestMessages.KeyedAndTimed(payload)))
    }
  ],
  // The same message with the same id, as after an answer that was lost.
  [
    4,
    (world) =>
      save(
        "again",
        world.keyed() ?? world.fresh(new TestMessages.Keyed({ text: world.text(), key: world.pick(keys) }))
      )
  ]
]

const replies: ReadonlyArray<readonly [number, (world: World) => MessageCalls.Call]> = [
  [
    11,
    (world) => {
      const chunk = world.chunk()
      const sequence = world.sequence(chunk)
      return {
        name: `saveReply chunk ${chunk.id}, number ${sequence} of ${chunk.of.id}`,
        run: (storage) => storage.saveReply(TestMessages.chunk(chunk.id, chunk.of.id, sequence))
      }
    }
  ],
  [
    12,
    (world) => {
      const id = world.id()
      const of = world.known()
      const exit = world.chance() < 0.7 ? Exit.void : Exit.fail("refused")
      return {
        name: `saveReply exit ${id} of ${of.id}`,
        run: (storage) => storage.saveReply(TestMessages.exit(id, of.id, exit))
      }
    }
  ],
  [
    8,
    (world) => {
      const id = world.id()
      const of = world.known()
      const chunk = world.chunkOf(of)
      return {
        name: `saveEnvelope AckChunk ${id} of chunk ${chunk} of ${of.id}`,
        run: (storage) => storage.saveEnvelope(TestMessages.acknowledge(id, of.address, of.id, chunk))
      }
    }
  ],
  [
    4,
    (world) => {
      const id = world.id()
      const of = world.known()
      return {
        name: `saveEnvelope Interrupt ${id} of ${of.id}`,
        run: (storage) => storage.saveEnvelope(TestMessages.interrupt(id, of.address, of.id))
      }
    }
  ]
]

const reads: ReadonlyArray<readonly [number, (world: World) => MessageCalls.Call]> = [
  [
    8,
    (world) => {
      const some = world.chance() < 0.5 ? shards : shards.slice(0, 1)
      return {
        name: `unprocessedMessages ${some.join(" ")}`,
        run: (storage) => storage.unprocessedMessages(some)
      }
    }
  ],
  [
    6,
    (world) => {
      const some = [world.known(), world.known(), world.known(), world.known()]
      return {
        name: `unprocessedMessagesById ${some.map(({ id }) => id).join(" ")}`,
        // The last chunk is left out: the stock storage never finds it here.
        run: (storage) =>
          Effect.map(
            storage.unprocessedMessagesById(some.map(({ message }) => message.envelope.requestId)),
            (messages) => messages.map(({ envelope }) => envelope)
          )
      }
    }
  ],
  [
    7,
    (world) => {
      const some = [world.known(), world.known(), world.known()]
      return {
        name: `repliesFor ${some.map(({ id }) => id).join(" ")}`,
        run: (storage) => storage.repliesFor(some.map(({ message }) => message))
      }
    }
  ],
  [
    4,
    (world) => {
      const some = [world.known(), world.known()]
      return {
        name: `repliesForUnfiltered ${some.map(({ id }) => id).join(" ")}`,
        run: (storage) => storage.repliesForUnfiltered(some.map(({ message }) => message.envelope.requestId))
      }
    }
  ],
  [
    5,
    (world) => {
      const address = world.pick(addresses)
      const id = world.pick(keys)
      return {
        name: `requestIdForPrimaryKey ${address.entityId} ${id}`,
        run: (storage) => storage.requestIdForPrimaryKey({ address, tag: TestMessages.tag, id })
      }
    }
  ]
]

const resets: ReadonlyArray<readonly [number, (world: World) => MessageCalls.Call]> = [
  [
    4,
    (world) => {
      const { id, message } = world.known()
      return {
        name: `clearReplies ${id}`,
        run: (storage) => storage.clearReplies(message.envelope.requestId)
      }
    }
  ],
  [
    3,
    (world) => {
      const shard = world.pick(addresses).shardId
      return { name: `resetShards ${shard}`, run: (storage) => storage.resetShards([shard]) }
    }
  ],
  [
    3,
    (world) => {
      const address = world.pick(addresses)
      return { name: `resetAddress ${address.entityId}`, run: (storage) => storage.resetAddress(address) }
    }
  ],
  [
    1,
    (world) => {
      const address = world.pick(addresses)
      return { name: `clearAddress ${address.entityId}`, run: (storage) => storage.clearAddress(address) }
    }
  ]
]

const kinds = [...saves, ...replies, ...reads, ...resets]
const total = kinds.reduce((sum, [weight]) => sum + weight, 0)

const callOf = (world: World): MessageCalls.Call => {
  let left = world.chance() * total
  for (const [weight, make] of kinds) {
    left -= weight
    if (left < 0) return make(world)
  }
  throw new Error("the weights do not add up")
}

/** Calls of every method of a message storage, the same for the same seed, with ids chosen by the caller. */
const MessageCalls = {
  of: (seed: number, count: number): ReadonlyArray<MessageCalls.Call> => {
    const world = new World(seed)
    return Array.from({ length: count }, () => callOf(world))
  }
}

export { MessageCalls }
