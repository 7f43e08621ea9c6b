import { type Bed } from "../bed/bed.ts"
import { DearOrder } from "../bed/dear-order.ts"
import { SagaPoints } from "../bed/saga-points.ts"

declare namespace SagaPaths {
  /** A way of an order through its saga, with the failpoints on it. */
  interface Path {
    readonly points: ReadonlyArray<string>
    /** Brings an order up to before the points; what it answers sends it on, and names it. */
    readonly ready: (bed: Bed) => Promise<() => Promise<string>>
    readonly end: "fulfilled" | "cancelled"
    /** What the provider may say of the order's one authorisation in the end. */
    readonly money: ReadonlyArray<string>
    /** What the carrier says of its shipments. */
    readonly shipments: ReadonlyArray<string>
  }
}

const placed = (placing: Bed.Placing) => async (bed: Bed) => () => bed.place(placing)

/** Held there and cancelled; it goes on when the failpoints of its replica are others. */
const cancelledAt = (point: string) => async (bed: Bed) => {
  let order = ""
  const owner = await bed.caught(point, "pause", async () => {
    order = await bed.place()
  })
  const answer = await bed.cancel(order, bed.pick(bed.fleet.others(owner)))
  bed.expect(answer.status === 200, `cancelled at ${point}: ${answer.status}`)
  return async () => order
}

/** It waits for approval, and then somebody does this. */
const decided = (what: "approve" | "cancel") => async (bed: Bed) => {
  const order = await DearOrder.pending(bed)
  return async () => {
    const answer = await bed.answered({ method: "POST", path: `/v1/orders/${order}/${what}`, body: {} })
    bed.expect(answer.status === 200, `${what}: ${answer.status}`)
    return order
  }
}

const sent = { end: "fulfilled", money: ["captured"], shipments: ["booked"] } as const

/** Every way on which each step, and each undo with something to undo, is met. */
const SagaPaths = {
  /** The carrier takes it: every step forward. */
  goes: {
    ...sent,
    points: SagaPoints.of("forward", ["reserve", "authorise", "capture", "book", "confirm"]),
    ready: placed({ postcode: "10115" })
  },

  /** The carrier refuses it: up to the booking, and everything back; a refused step has no after. */
  returns: {
    points: [
      ...SagaPoints.of("forward", ["reserve", "authorise", "capture"]),
      "saga.book.forward.before",
      ...SagaPoints.of("compensate", ["capture", "authorise", "reserve"])
    ],
    ready: placed({ postcode: "00000" }),
    end: "cancelled",
    money: ["refunded", "voided"],
    shipments: []
  },

  /** Cancelled before the last step: the booking is cancelled, too. */
  unbooked: {
    points: SagaPoints.of("compensate", ["confirm", "book"]),
    ready: cancelledAt("saga.confirm.forward.before"),
    end: "cancelled",
    money: ["refunded"],
    shipments: ["cancelled"]
  },

  /** Cancelled before the capture: there is nothing to refund, and the authorisation is voided. */
  voided: {
    points: SagaPoints.of("compensate", ["capture", "authorise"]),
    ready: cancelledAt("saga.capture.forward.before"),
    end: "cancelled",
    money: ["voided"],
    shipments: []
  },

  approved: { ...sent, points: SagaPoints.of("forward", ["approve"]), ready: decided("approve") },

  /** Cancelled while it waits: nobody can approve it any more. */
  unapproved: {
    points: SagaPoints.of("compensate", ["approve"]),
    ready: decided("cancel"),
    end: "cancelled",
    money: ["voided"],
    shipments: []
  }
} as const satisfies Record<string, SagaPaths.Path>

export { SagaPaths }
