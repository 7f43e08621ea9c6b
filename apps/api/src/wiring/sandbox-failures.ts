import { Outbound } from "@tessera/infra/outbound/outbound"
import { Failure } from "@tessera/shared/failure/failure"
import { Effect, Layer, Schema } from "effect"
import { FailurePanel } from "../features/failure/failure-panel.ts"

const _Settings = Schema.parseJson(Failure.Settings)

/**
 * Binds the failure panel to the sandbox's, past the breaker of its origin: what the panel broke has opened
 * it, and must be mended.
 */
const SandboxFailures = {
  layer: (options: { readonly url: string; readonly isOpen: boolean }) =>
    Layer.effect(
      FailurePanel,
      Effect.map(Outbound, (outbound) => {
        const url = `${options.url}/control`
        const ask = (request: Omit<Outbound.Request, "url">) =>
          outbound.request({ ...request, url }).pipe(
            Effect.flatMap(({ body }) => Schema.decode(_Settings)(body)),
            Effect.orDie
          )

        return FailurePanel.of({
          isOpen: options.isOpen,
          read: ask({ method: "GET" }),
          replace: (settings) =>
            Effect.flatMap(Effect.orDie(Schema.encode(_Settings)(settings)), (body) =>
              ask({ method: "PUT", headers: { "content-type": "application/json" }, body })
            )
        })
      })
    )
} as const

export { SandboxFailures }
