import { HttpApiBuilder } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Effect } from "effect"
import { Refunds } from "./refunds.ts"

/** Maps `RefundHttp` onto `Refunds`. */
const RefundHttpLive = HttpApiBuilder.group(Api, "refund", (handlers) =>
  Effect.map(Refunds, (refunds) =>
    handlers
      .handle("request", ({ headers, path, payload }) =>
        refunds.request(path.id, payload, headers["idempotency-key"])
      )
      .handle("list", ({ path }) => refunds.list(path.id))
  )
)

export { RefundHttpLive }
