import { type HttpServerResponse } from "@effect/platform"
import { ClusterError } from "@tessera/infra/cluster/cluster-error"
import { JobError } from "@tessera/infra/jobs/job-error"
import { Option } from "effect"
import { ProblemResponse } from "./problem-response.ts"

type _Answer = { readonly status: 409 | 429 | 503; readonly retryAfterSeconds: number }

const _unavailable = { status: 503, retryAfterSeconds: 1 } as const
/** What moves with a shard takes as long as a take-over may take. */
const _moving = { status: 503, retryAfterSeconds: 5 } as const

/**
 * What a caller may do about it decides: slow down (429), wait for the answer of the same request (409), or
 * try again (503). A malformed message is a bug of ours and stays a 500.
 */
const _answers = {
  MailboxFull: Option.some({ status: 429, retryAfterSeconds: 1 }),
  AlreadyProcessing: Option.some({ status: 409, retryAfterSeconds: 1 }),
  Persistence: Option.some(_unavailable),
  RunnerUnavailable: Option.some(_moving),
  NotAssigned: Option.some(_moving),
  NotRegistered: Option.some(_moving),
  StaleOwner: Option.some(_moving),
  Timeout: Option.some(_unavailable),
  Malformed: Option.none()
} as const satisfies Record<ClusterError.Reason, Option.Option<_Answer>>

/**
 * A fault of the cluster, or a queue that is full, as an answer with `Retry-After`. It is found by its tag
 * also in a defect, since the workflow engine and the cluster's own health die of such errors. None for
 * everything else.
 */
const ClusterRefusal = {
  of: (thrown: unknown): Option.Option<HttpServerResponse.HttpServerResponse> =>
    Option.orElse(
      Option.flatMap(ClusterError.find(thrown), ({ reason }) =>
        Option.map(_answers[reason], (answer) => _response(`Cluster.${reason}`, answer))
      ),
      () =>
        Option.map(JobError.find(thrown), ({ reason, retryAfterSeconds }) =>
          _response(`Job.${reason}`, { status: 503, retryAfterSeconds })
        )
    )
} as const

const _response = (code: string, { retryAfterSeconds, status }: _Answer) =>
  ProblemResponse.of({
    status,
    members: { code },
    headers: { "retry-after": String(retryAfterSeconds) }
  })

export { ClusterRefusal }
