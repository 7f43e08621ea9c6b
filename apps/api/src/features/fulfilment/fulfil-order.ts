import { Saga } from "@tessera/infra/workflows/saga"

/**
 * The saga of one order: reserve, authorise, approve, capture, book, confirm. Its name is stored: never
 * rename it.
 */
const FulfilOrder = Saga.define("FulfilOrder")

export { FulfilOrder }
