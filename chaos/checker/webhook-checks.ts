import { type Finding } from "./finding.ts"
import { grouped } from "./grouped.ts"
import { type ReceiverLog } from "./receiver-log.ts"
import { type StoredState } from "./stored-state.ts"

/** I9 as the receiver saw it: signatures verify, one event has one id and one body, what counts as delivered arrived. */
const WebhookChecks = {
  check: (
    log: ReceiverLog.Log,
    deliveries: ReadonlyArray<StoredState.Delivery>,
    startedAt: number
  ): ReadonlyArray<Finding> => {
    const paths = new Set(deliveries.map(({ path }) => path))
    const received = log.deliveries.filter(({ at, path }) => paths.has(path) && Date.parse(at) >= startedAt)
    return [
      ...forged(received),
      ...split(received, "bodyHash", "id", "one event arrived under two webhook-ids"),
      ...split(received, "id", "bodyHash", "attempts of one webhook-id had two bodies"),
      ...unknown(received, deliveries),
      ...(log.isWhole ? lost(log.deliveries, deliveries) : [])
    ]
  }
}

const found = (message: string, witness: ReadonlyArray<unknown>): Finding => ({
  invariant: "I9",
  message,
  witness: witness.map((one) => JSON.stringify(one))
})

const forged = (received: ReadonlyArray<ReceiverLog.Delivery>): ReadonlyArray<Finding> =>
  received
    .filter(({ valid }) => valid === false)
    .map((delivery) => found(`the signature of message ${delivery.id} does not verify`, [delivery]))

const split = (
  received: ReadonlyArray<ReceiverLog.Delivery>,
  same: "id" | "bodyHash",
  other: "id" | "bodyHash",
  message: string
): ReadonlyArray<Finding> =>
  [...grouped(received, (delivery) => `${delivery.path} ${delivery[same]}`).values()]
    .map((group) => [...new Map(group.map((delivery) => [delivery[other], delivery])).values()])
    .filter((different) => different.length > 1)
    .map((different) => found(message, different))

const nameOf = (path: string, id: string) => `${path} ${id}`

const unknown = (
  received: ReadonlyArray<ReceiverLog.Delivery>,
  deliveries: ReadonlyArray<StoredState.Delivery>
): ReadonlyArray<Finding> => {
  const known = new Set(deliveries.map(({ messageId, path }) => nameOf(path, messageId)))
  return received
    .filter(({ id, path }) => !known.has(nameOf(path, id)))
    .map((delivery) => found(`message ${delivery.id} arrived and no delivery is stored`, [delivery]))
}

const lost = (
  received: ReadonlyArray<ReceiverLog.Delivery>,
  deliveries: ReadonlyArray<StoredState.Delivery>
): ReadonlyArray<Finding> => {
  const accepted = new Set(
    received.filter(({ status }) => status >= 200 && status < 300).map(({ id, path }) => nameOf(path, id))
  )
  const paths = new Set(received.map(({ path }) => path))
  return deliveries
    .filter(
      ({ messageId, path, status }) =>
        status === "delivered" && paths.has(path) && !accepted.has(nameOf(path, messageId))
    )
    .map((delivery) =>
      found(`message ${delivery.messageId} counts as delivered and never arrived`, [delivery])
    )
}

export { WebhookChecks }
