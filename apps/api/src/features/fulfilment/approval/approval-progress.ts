import { EventBus } from "@tessera/infra/events/event-bus"
import { type Tenancy } from "@tessera/infra/tenancy"
import { type Approval } from "@tessera/shared/approval/approval"
import { Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer, Option } from "effect"
import { OrderNews } from "../order-news.ts"
import { OrderProgressRepo } from "../order-progress-repo.ts"
import { ApprovalRepo } from "./approval-repo.ts"

declare namespace ApprovalProgress {
  type Run = ApprovalRepo.Run
  type Shape = {
    /** As `ApprovalRepo.open`, and answers the milliseconds until it is due. */
    readonly open: (run: ApprovalProgress.Run) => Effect.Effect<Option.Option<number>, never, Tenancy.Current>
    /** In the name of the current actor. Refused where nobody is asked, somebody was faster, or too late. */
    readonly decide: (
      run: ApprovalProgress.Run,
      verdict: Approval.Verdict,
      note: string | null
    ) => Effect.Effect<void, Order.NotAwaitingApproval, Tenancy.Current>
    /** What nobody has decided nobody can decide any more; what is decided, or was never asked, stays so. */
    readonly expire: (
      run: ApprovalProgress.Run,
      reason: string
    ) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/**
 * What a person is asked and says, with the move of the order and the event that tell it; in the caller's
 * transaction. The order's row is locked before that of its approval, by everybody.
 */
class ApprovalProgress extends Context.Tag("api/fulfilment/ApprovalProgress")<
  ApprovalProgress,
  ApprovalProgress.Shape
>() {
  static readonly layer = Layer.effect(
    ApprovalProgress,
    Effect.gen(function* () {
      const repo = yield* ApprovalRepo
      const orders = yield* OrderProgressRepo
      const events = yield* EventBus

      const move = (run: ApprovalProgress.Run, event: _Event) => orders.move({ ...run, event, reason: null })
      const about = (run: ApprovalProgress.Run) =>
        Effect.map(orders.facts(run.id, run.run), (order) => ({ ...run, order }))

      const tellDecided = (run: ApprovalProgress.Run, event: _Decision, moved: OrderNews.Moved) =>
        Effect.gen(function* () {
          const found = yield* repo.find(run)
          const by = Option.getOrNull(Option.map(found, ({ decidedBy }) => decidedBy))
          const decision = { verdict: OrderNews.verdictOf(event), by }
          yield* events.emit(OrderNews.decided(yield* about(run), moved, decision))
        })

      const open: ApprovalProgress.Shape["open"] = (run) =>
        Effect.gen(function* () {
          const asked = yield* repo.open(run)
          const tell = ({ dueAt }: ApprovalRepo.Open) =>
            Effect.gen(function* () {
              const moved = yield* Effect.orDie(move(run, "ask"))
              yield* events.emit(OrderNews.asked(yield* about(run), moved, dueAt))
            })
          yield* Effect.transposeMapOption(
            Option.filter(asked, ({ isNew }) => isNew),
            tell
          )
          return Option.map(asked, ({ remainingMillis }) => remainingMillis)
        })

      const refused = (run: ApprovalProgress.Run) =>
        Effect.flatMap(repo.find(run), (found) =>
          Order.NotAwaitingApproval.make({
            id: run.id,
            approval: Option.getOrNull(Option.map(found, ({ status }) => _settled[status]))
          })
        )

      const decide: ApprovalProgress.Shape["decide"] = (run, verdict, note) =>
        Effect.gen(function* () {
          const moved = yield* move(run, verdict)
          yield* repo.decide(run, verdict, note)
          yield* tellDecided(run, verdict, moved)
        }).pipe(
          Effect.catchTags({
            "StateMachine.Illegal": () => refused(run),
            "MachineStore.NotFound": () => refused(run),
            "MachineStore.Stale": Effect.die
          })
        )

      const expire: ApprovalProgress.Shape["expire"] = (run, reason) =>
        Effect.gen(function* () {
          yield* repo.hold(run)
          const isExpired = yield* repo.expire(run, reason)
          const tell = Effect.flatMap(move(run, "expire"), (moved) => tellDecided(run, "expire", moved))
          yield* Effect.when(tell, () => isExpired)
        }).pipe(
          // It waits neither forwards nor backwards any more, so there is nobody to tell.
          Effect.catchTag("StateMachine.Illegal", () => Effect.void)
        )

      return ApprovalProgress.of({ open, decide, expire })
    })
  ).pipe(Layer.provide(ApprovalRepo.layer), Layer.provide(OrderProgressRepo.layer))
}

type _Decision = Parameters<typeof OrderNews.verdictOf>[0]
type _Event = _Decision | "ask"

/** To whoever comes too late: what is still pending now only waits for its timer, or to be undone. */
const _settled = {
  pending: "expired",
  approved: "approved",
  rejected: "rejected",
  expired: "expired"
} as const satisfies Record<Approval.Status, Approval.Status>

export { ApprovalProgress }
