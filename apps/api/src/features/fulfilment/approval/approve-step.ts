import { Database } from "@tessera/infra/tenancy/database"
import { type Saga } from "@tessera/infra/workflows/saga"
import { type Approval } from "@tessera/shared/approval/approval"
import { Duration, Effect, Option } from "effect"
import { StepTools } from "../step-tools.ts"
import { ApprovalProgress } from "./approval-progress.ts"
import { ApprovalRepo } from "./approval-repo.ts"

const _late = "nobody decided in time"

/** What the decision means for the saga, by state; `pending` cannot be any more when it is asked. */
const _verdicts = {
  pending: () => StepTools.refuse(`approval: ${_late}`),
  expired: () => StepTools.refuse(`approval: ${_late}`),
  rejected: ({ decidedBy }: ApprovalRepo.Row) => StepTools.refuse(`approval: rejected by ${decidedBy}`),
  approved: () => Effect.void
} as const satisfies Record<Approval.Status, (approval: ApprovalRepo.Row) => unknown>

/**
 * Waits for a person where the order needs one; left out where it does not. It is no `local` step: its
 * refusal would roll back that the approval has expired, and somebody could still give it.
 */
const ApproveStep = Effect.gen(function* () {
  const database = yield* Database
  const repo = yield* ApprovalRepo
  const progress = yield* ApprovalProgress

  const waits = (subject: Saga.Subject) =>
    database
      .transaction(progress.open(StepTools.of(subject)))
      .pipe(Effect.map(Option.map((millis) => Duration.millis(Math.ceil(millis)))))

  const run = (subject: Saga.Subject) => {
    const of = StepTools.of(subject)
    return Effect.zipRight(progress.expire(of, _late), repo.find(of)).pipe(
      database.transaction,
      Effect.flatMap(Effect.orDie),
      Effect.flatMap((approval) => _verdicts[approval.status](approval))
    )
  }

  const undo = (subject: Saga.Subject) =>
    database.transaction(progress.expire(StepTools.of(subject), "the order is undone"))

  const step: Saga.Step<unknown> = { name: "approve", waits, run, undo, maxAttempts: Number.MAX_SAFE_INTEGER }
  return step
})

export { ApproveStep }
