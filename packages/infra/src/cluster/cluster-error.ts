import { EntityAddress, RunnerAddress, type ClusterError as Stock } from "@effect/cluster"
import { type Cause, Effect, Option, Schema } from "effect"

const _Reason = Schema.Literal(
  /** The entity has as many messages waiting as it takes; the sender must slow down. */
  "MailboxFull",
  /** The same message is under way; its answer goes to whoever sent it first. */
  "AlreadyProcessing",
  /** The message tables cannot be read or written. */
  "Persistence",
  "RunnerUnavailable",
  /** The shard is between two owners. */
  "NotAssigned",
  /** The two ends do not speak the same version, or a message lacks what its handler needs. */
  "Malformed",
  "NotRegistered",
  /** A write came from somebody who is no longer the owner. */
  "StaleOwner",
  /** No answer in time; whether the message was handled is unknown. */
  "Timeout"
)

type _Stock =
  | Stock.AlreadyProcessingMessage
  | Stock.EntityNotAssignedToRunner
  | Stock.MailboxFull
  | Stock.MalformedMessage
  | Stock.PersistenceError
  | Stock.RunnerNotRegistered
  | Stock.RunnerUnavailable
  | Cause.TimeoutException

const _reasons = {
  AlreadyProcessingMessage: "AlreadyProcessing",
  EntityNotAssignedToRunner: "NotAssigned",
  MailboxFull: "MailboxFull",
  MalformedMessage: "Malformed",
  PersistenceError: "Persistence",
  RunnerNotRegistered: "NotRegistered",
  RunnerUnavailable: "RunnerUnavailable",
  TimeoutException: "Timeout"
} as const satisfies Record<_Stock["_tag"], typeof _Reason.Type>

const _messages = {
  MailboxFull: "The mailbox is full",
  AlreadyProcessing: "The message is being handled already",
  Persistence: "The message tables cannot be reached",
  RunnerUnavailable: "The replica does not answer",
  NotAssigned: "The shard has no owner at the moment",
  Malformed: "The message could not be read",
  NotRegistered: "The replica is not registered",
  StaleOwner: "Somebody else is the owner by now",
  Timeout: "No answer in time"
} as const satisfies Record<typeof _Reason.Type, string>

declare namespace ClusterError {
  type Reason = typeof _Reason.Type
  /** What a call of an entity's client can fail with in `@effect/cluster`, and a deadline around it. */
  type Stock = _Stock
}

/**
 * Everything that can go wrong between a sender and an entity, as one error that travels: callers match on
 * `reason`. A reason says nothing about whether the message was handled, so repeat only what may be repeated.
 */
class ClusterError extends Schema.TaggedError<ClusterError>()("ClusterError", {
  reason: _Reason,
  /** `type/id` of the entity, or the address of the runner; null where the failure names neither. */
  entity: Schema.NullOr(Schema.String),
  message: Schema.String
}) {
  static readonly Reason = _Reason

  static readonly of = (reason: ClusterError.Reason, entity: string | null = null): ClusterError =>
    new ClusterError({ reason, entity, message: _messages[reason] })

  static readonly from = (error: ClusterError.Stock): ClusterError =>
    ClusterError.of(_reasons[error._tag], _addressee(error))

  /** By tag, whatever it is: for a defect, whose type nobody knows. */
  static readonly find = (thrown: unknown): Option.Option<ClusterError> =>
    Option.orElse(Option.liftPredicate(thrown, _isOurs), () =>
      Option.map(Option.liftPredicate(thrown, _isStock), ClusterError.from)
    )

  /**
   * Around the call of an entity's client or of the workflow engine. A broken message and the engine's own
   * failures arrive as defects and become this error, too; what the entity itself answers stays as it is.
   */
  static readonly refine = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.catchIf(
        (error): error is Extract<E, ClusterError.Stock> => _isStock(error),
        (error) => Effect.fail(ClusterError.from(error))
      ),
      Effect.catchSomeDefect((defect) => Option.map(ClusterError.find(defect), (error) => Effect.fail(error)))
    )
}

/** Tags are the contract; an error that came over the wire need not be an instance of anything. */
const _Tagged = Schema.Struct({ _tag: Schema.String })
const _isTagged = Schema.is(_Tagged)
const _isStock = (thrown: unknown): thrown is _Stock =>
  _isTagged(thrown) && Object.hasOwn(_reasons, thrown._tag)
const _isOurs = (thrown: unknown): thrown is ClusterError =>
  _isTagged(thrown) && thrown._tag === "ClusterError"

const _addressOf = Schema.decodeUnknownOption(
  Schema.Struct({
    address: Schema.Union(
      Schema.typeSchema(EntityAddress.EntityAddress),
      Schema.typeSchema(RunnerAddress.RunnerAddress)
    )
  })
)

const _addressee = (error: ClusterError.Stock): string | null =>
  Option.match(_addressOf(error), {
    onNone: () => null,
    onSome: ({ address }) =>
      "entityId" in address ? `${address.entityType}/${address.entityId}` : `${address.host}:${address.port}`
  })

export { ClusterError }
