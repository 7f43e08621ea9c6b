import { EventBus } from "@tessera/infra/events/event-bus"
import { Presence } from "@tessera/infra/realtime/presence"
import { Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { Notice } from "@tessera/shared/notice/notice"
import { Context, DateTime, Duration, Effect, Layer, Match, Option, Schema, Stream } from "effect"
import { NoticeRepo } from "./notice-repo.ts"

declare namespace Notices {
  type Shape = {
    /** What is said to the one who asks, from now on. */
    readonly watch: Stream.Stream<Notice.Model, never, Tenancy.Current>
  }
}

const _subscriber = "notices"
/** What is older comes of a replay or an outage, and is no news. */
const _freshFor = Duration.minutes(5)

const _about = Schema.decodeUnknownOption(Notice.Model.fields.about)
const _model = Schema.decodeUnknownOption(Schema.parseJson(Notice.Model))
const _text = Schema.encodeSync(Schema.parseJson(Notice.Model))

/** Events that concern a person, said to that person's sockets. The subscriber writes nothing. */
class Notices extends Context.Tag("api/notice/Notices")<Notices, Notices.Shape>() {
  static readonly layer = Layer.effect(
    Notices,
    Effect.gen(function* () {
      const presence = yield* Presence
      const bus = yield* EventBus
      const { members } = yield* NoticeRepo

      const managers = Effect.map(members, (all) =>
        all.filter(({ role }) => Access.permits(role, "manage")).map(({ id }) => id)
      )
      const recipients = (record: EventBus.Record) =>
        Match.type<Notice.About>().pipe(
          Match.tagsExhaustive({
            "import.completed": () => Effect.succeed(_emitter(record)),
            "import.failed": () => Effect.succeed(_emitter(record)),
            "order.approval_requested": () => managers
          })
        )
      const tell = (record: EventBus.Record, notice: Notice.Model) =>
        Effect.flatMap(recipients(record)(notice.about), (userIds) =>
          Effect.when(presence.send(userIds, _text(notice)), () => userIds.length > 0)
        )

      yield* bus.on(
        _subscriber,
        (events) =>
          Effect.flatMap(DateTime.now, (now) =>
            Effect.forEach(
              events.flatMap((record) =>
                Option.toArray(Option.map(_noticeOf(record, now), (notice) => ({ record, notice })))
              ),
              ({ notice, record }) => tell(record, notice),
              { discard: true }
            )
          ),
        { together: true }
      )

      return Notices.of({
        watch: Stream.unwrap(
          Effect.map(Tenancy.Current, ({ actorId }) =>
            Stream.filterMap(presence.messages(actorId), (text) => _model(text))
          )
        )
      })
    })
  )
}

const _emitter = ({ actor }: EventBus.Record): ReadonlyArray<string> =>
  actor === null ? [] : [actor.actorId]

const _noticeOf = (record: EventBus.Record, now: DateTime.Utc): Option.Option<Notice.Model> =>
  Option.gen(function* () {
    const about = yield* _about(record.payload)
    const at = yield* DateTime.make(record.occurredAt)
    yield* Option.liftPredicate(at, (then) =>
      Duration.lessThan(DateTime.distanceDuration(then, now), _freshFor)
    )
    return Notice.Model.make({ id: record.id, at: DateTime.toUtc(at), about })
  })

export { Notices }
