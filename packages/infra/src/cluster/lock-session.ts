import { Context, Data, Duration, Effect, Layer, MutableRef, Option, Redacted } from "effect"
import pg from "pg"
import { PostgresSocket } from "../storage/postgres-socket.ts"

/** The session is gone, and every lock that it held with it. */
class _Lost extends Data.TaggedError("LockSession.Lost")<{ readonly cause: unknown }> {}

declare namespace LockSession {
  type Lost = _Lost
  type Options = {
    readonly url: Redacted.Redacted
    /** Shown in `pg_stat_activity`. */
    readonly name: string
  }
  type Shape = {
    /** Tries all of them at once and gives those that this session holds afterwards, old and new. */
    readonly acquire: (locks: ReadonlyArray<number>) => Effect.Effect<ReadonlySet<number>, _Lost>
    readonly release: (locks: ReadonlyArray<number>) => Effect.Effect<void, _Lost>
    readonly releaseAll: Effect.Effect<void, _Lost>
    /** Runs a statement that shows that the session lives, and gives what it holds. */
    readonly refresh: (
      text: string,
      values: ReadonlyArray<unknown>
    ) => Effect.Effect<ReadonlySet<number>, _Lost>
  }
}

type _Session = { readonly client: pg.Client; readonly held: Set<number> }

/** Below the interval of the refresh: a session that is slower has to be given up before it is missed. */
const _patience = Duration.millis(2500)

const _connect = ({ name, url }: LockSession.Options, lost: (client: pg.Client) => void) =>
  Effect.tryPromise({
    try: () => {
      const client = new pg.Client({
        connectionString: Redacted.value(url),
        application_name: name,
        connectionTimeoutMillis: Duration.toMillis(_patience),
        stream: () => new PostgresSocket(Duration.toMillis(_patience))
      })
      client.on("error", () => lost(client))
      client.on("end", () => lost(client))
      return client.connect().then(() => client)
    },
    catch: (cause) => new _Lost({ cause })
  })

/** A session is opened by whoever needs one; the next statement after a loss opens another. */
const _sessions = (options: LockSession.Options) => {
  const current = MutableRef.make(Option.none<_Session>())
  const lost = (client: pg.Client) => {
    MutableRef.update(
      current,
      Option.filter((session) => session.client !== client)
    )
  }
  const open = Effect.suspend(() =>
    Option.match(MutableRef.get(current), {
      onSome: Effect.succeed,
      onNone: () =>
        Effect.map(_connect(options, lost), (client) => {
          const session: _Session = { client, held: new Set() }
          MutableRef.set(current, Option.some(session))
          return session
        })
    })
  )
  // With a statement under way this ends the connection at once.
  const giveUp = Effect.sync(() => {
    Option.map(MutableRef.getAndSet(current, Option.none()), ({ client }) =>
      client.end().catch(() => undefined)
    )
  })
  return { open, giveUp }
}

type _Statement<A> = {
  readonly text: string
  readonly values: (session: _Session) => ReadonlyArray<unknown>
  readonly after: (session: _Session, rows: ReadonlyArray<{ readonly lock: number }>) => A
}

const _ask = <A>(session: _Session, { after, text, values }: _Statement<A>) =>
  Effect.tryPromise({
    try: () => session.client.query<{ lock: number }>(text, [...values(session)]),
    catch: (cause) => new _Lost({ cause })
  }).pipe(Effect.map(({ rows }) => after(session, rows)))

/**
 * The one session that holds the advisory locks of this replica. It remembers what it holds, because a lock
 * lives exactly as long as its session: asking the database for each is slow and tells nothing more. One
 * statement at a time, each for any number of locks; one that fails or takes too long ends the session.
 */
class LockSession extends Context.Tag("infra/cluster/LockSession")<LockSession, LockSession.Shape>() {
  static readonly layer = (options: LockSession.Options) =>
    Layer.scoped(
      LockSession,
      Effect.gen(function* () {
        const { giveUp, open } = _sessions(options)
        const turn = yield* Effect.makeSemaphore(1)
        yield* Effect.addFinalizer(() => giveUp)

        const use = <A>(statement: _Statement<A>) =>
          Effect.flatMap(open, (session) => _ask(session, statement)).pipe(
            Effect.timeoutFail({
              duration: _patience,
              onTimeout: () => new _Lost({ cause: "no answer in time" })
            }),
            Effect.tapError(() => giveUp),
            turn.withPermits(1)
          )

        return LockSession.of({
          acquire: (locks) =>
            use({
              text: "SELECT lock FROM unnest($1::int[]) AS lock WHERE pg_try_advisory_lock(lock)",
              values: ({ held }) => [locks.filter((lock) => !held.has(lock))],
              after: ({ held }, rows) => {
                rows.map(({ lock }) => held.add(lock))
                return held
              }
            }),
          release: (locks) =>
            use({
              text: "SELECT lock FROM unnest($1::int[]) AS lock WHERE pg_advisory_unlock(lock)",
              values: ({ held }) => [locks.filter((lock) => held.has(lock))],
              after: ({ held }) => void locks.map((lock) => held.delete(lock))
            }),
          releaseAll: use({
            text: "SELECT pg_advisory_unlock_all()",
            values: () => [],
            after: ({ held }) => held.clear()
          }),
          refresh: (text, values) => use({ text, values: () => values, after: ({ held }) => held })
        })
      })
    )
}

export { LockSession }
