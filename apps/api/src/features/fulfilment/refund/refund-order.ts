import { Saga } from "@tessera/infra/workflows/saga"

/** The saga of one refund: pay-back, note. Its name is stored: never rename it. */
const RefundOrder = Saga.define("RefundOrder")

export { RefundOrder }
