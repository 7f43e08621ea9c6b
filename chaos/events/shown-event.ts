import { type Connection } from "./connection.ts"

interface Shown extends Omit<Connection.Event, "sku"> {
  readonly payload: { readonly sku?: string }
}

/** From the JSON of an event to what is remembered of it. */
const shownEvent = (event: unknown): Connection.Event => {
  const { aggregateId, id, payload, seq, type, version } = event as Shown
  return { seq, id, type, aggregateId, version, sku: payload.sku ?? "" }
}

export { shownEvent }
