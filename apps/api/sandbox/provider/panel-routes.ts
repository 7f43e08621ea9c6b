import { HttpRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Chunk, Effect, HashMap, Order } from "effect"
import { FailurePanel } from "./failure-panel.ts"
import { type LedgerEntry } from "./ledger-entry.ts"
import { LedgerStore } from "./ledger-store.ts"

const _byAge = Order.mapInput(Order.string, (row: { readonly createdAt: string }) => row.createdAt)

/** Of a line that is older than partial refunds the status alone says that everything went back. */
const _whole = ({ refundedMinor, ...row }: LedgerEntry.Authorisation): LedgerEntry.Authorisation => ({
  ...row,
  refundedMinor: row.status === "refunded" ? row.amountMinor : refundedMinor
})

const _ledger = Effect.gen(function* () {
  const ledger = yield* LedgerStore
  const state = yield* ledger.state
  return HttpServerResponse.unsafeJson({
    authorisations: HashMap.toValues(state.authorisations).sort(_byAge).map(_whole),
    shipments: HashMap.toValues(state.shipments).sort(_byAge),
    effects: Chunk.toReadonlyArray(state.effects)
  })
})

const _settings = Effect.gen(function* () {
  const panel = yield* FailurePanel
  return HttpServerResponse.unsafeJson(yield* panel.settings)
})

const _replace = Effect.gen(function* () {
  const panel = yield* FailurePanel
  yield* panel.replace(yield* HttpServerRequest.schemaBodyJson(FailurePanel.Settings))
  return yield* _settings
})

/** What customers of the provider do not have: its failures and its books. Never delayed on purpose. */
const PanelRoutes = HttpRouter.empty.pipe(
  HttpRouter.get("/control", _settings),
  HttpRouter.put("/control", _replace),
  HttpRouter.get("/ledger", _ledger),
  HttpRouter.get("/health", Effect.succeed(HttpServerResponse.unsafeJson({ status: "ok" })))
)

export { PanelRoutes }
