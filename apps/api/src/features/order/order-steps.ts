import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Saga } from "@tessera/infra/workflows/saga"
import { Order } from "@tessera/shared/order/order"
import { Effect } from "effect"
import { Carrier } from "./carrier.ts"
import { OrderProgress } from "./order-progress.ts"
import { OrderProgressRepo } from "./order-progress-repo.ts"
import { Payments } from "./payments.ts"
import { StockRepo } from "./stock-repo.ts"

/** Attempts of a step with a provider that gives no answer; the pauses between add up to about 8 s. */
const _attempts = 6

/** The steps of the saga and what undoes each; every write re-checks what it assumes, so each may be repeated. */
const OrderSteps = Effect.gen(function* () {
  const database = yield* Database
  const repo = yield* OrderProgressRepo
  const progress = yield* OrderProgress
  const stock = yield* StockRepo
  const payments = yield* Payments
  const carrier = yield* Carrier

  const facts = ({ id, run }: Saga.Subject) => database.transaction(repo.facts(Order.Id.make(id), run))

  /** Stable for ever: `(order, run, step)`, so that a provider acts once however often it is asked. */
  const call = (subject: Saga.Subject, step: string) =>
    Effect.map(Tenancy.Current, ({ tenantId }) => ({
      key: `${subject.id}:${subject.run}:${step}`,
      reference: `${tenantId}/${subject.id}/${subject.run}`
    }))

  const reserve = (subject: Saga.Subject) =>
    database.transaction(
      Effect.gen(function* () {
        const move = _of(subject)
        yield* Effect.filterOrFail(
          stock.reserve(move),
          (enough) => enough,
          () => new Saga.Refused({ reason: "out of stock", uncertain: false })
        )
        yield* progress.advance({ ...move, from: "placed", to: "reserved" })
      })
    )

  const authorise = (subject: Saga.Subject) =>
    Effect.gen(function* () {
      const order = yield* facts(subject)
      const providerId = yield* payments
        .authorise({
          ...(yield* call(subject, "authorise")),
          amountMinor: order.totalMinor,
          currency: order.currency,
          token: order.paymentToken
        })
        .pipe(Effect.catchTag("Payments.Declined", ({ code }) => _refuse(`payment: ${code}`)))
      const move = _of(subject)
      yield* database.transaction(
        Effect.zipRight(
          repo.authorised({ ...move, providerId }),
          progress.advance({ ...move, from: "reserved", to: "authorised" })
        )
      )
    })

  const voidPayment = (subject: Saga.Subject) =>
    Effect.gen(function* () {
      const order = yield* facts(subject)
      const { key } = yield* call(subject, "authorise")
      const { id, run } = _of(subject)
      yield* Effect.unless(
        Effect.zipRight(
          payments.voidByKey(key, yield* call(subject, "void")),
          database.transaction(repo.returned(id, run, "voided"))
        ),
        () => order.paymentStatus === "refunded"
      )
    })

  const capture = (subject: Saga.Subject) =>
    Effect.gen(function* () {
      const order = yield* facts(subject)
      yield* payments
        .capture(order.paymentId ?? "", yield* call(subject, "capture"))
        .pipe(Effect.catchTag("Payments.Declined", ({ code }) => _refuse(`capture: ${code}`)))
      const move = _of(subject)
      yield* database.transaction(
        Effect.zipRight(
          repo.captured(move.id, move.run),
          progress.advance({ ...move, from: "authorised", to: "captured" })
        )
      )
    })

  const refund = (subject: Saga.Subject) =>
    Effect.gen(function* () {
      const order = yield* facts(subject)
      const { id, run } = _of(subject)
      // Declined means that the capture never happened; the void of the authorisation comes next.
      yield* payments.refund(order.paymentId ?? "", yield* call(subject, "refund")).pipe(
        Effect.zipRight(database.transaction(repo.returned(id, run, "refunded"))),
        Effect.catchTag("Payments.Declined", () => Effect.void)
      )
    })

  const book = (subject: Saga.Subject) =>
    Effect.gen(function* () {
      const order = yield* facts(subject)
      const shipment = yield* carrier
        .book({ ...(yield* call(subject, "book")), postcode: order.postcode })
        .pipe(Effect.catchTag("Carrier.Rejected", ({ code }) => _refuse(`carrier: ${code}`)))
      const move = _of(subject)
      yield* database.transaction(
        Effect.zipRight(
          repo.booked({ ...move, providerId: shipment.id, trackingCode: shipment.trackingCode }),
          progress.advance({ ...move, from: "captured", to: "booked" })
        )
      )
    })

  const unbook = (subject: Saga.Subject) =>
    Effect.gen(function* () {
      const order = yield* facts(subject)
      const { id, run } = _of(subject)
      const { key } = yield* call(subject, "unbook")
      const booking = { ...(yield* call(subject, "book")), postcode: order.postcode }
      yield* carrier.book(booking).pipe(
        Effect.flatMap((shipment) => carrier.cancel(shipment.id, key)),
        Effect.zipRight(database.transaction(repo.unbooked(id, run))),
        Effect.catchTag("Carrier.Rejected", () => Effect.void)
      )
    })

  const confirm = (subject: Saga.Subject) => {
    const move = _of(subject)
    return database.transaction(
      Effect.zipRight(stock.sell(move), progress.advance({ ...move, from: "booked", to: "fulfilled" }))
    )
  }

  const guard = (subject: Saga.Subject) =>
    Effect.flatMap(facts(subject), ({ cancelRequested }) =>
      Effect.when(_refuse("cancelled on request"), () => cancelRequested)
    ).pipe(Effect.asVoid)

  const definition: Saga.Definition = {
    guard,
    steps: [
      {
        name: "reserve",
        run: reserve,
        undo: (subject) => database.transaction(stock.release(_of(subject))),
        maxAttempts: _attempts
      },
      { name: "authorise", run: authorise, undo: voidPayment, maxAttempts: _attempts },
      { name: "capture", run: capture, undo: refund, maxAttempts: _attempts },
      { name: "book", run: book, undo: unbook, maxAttempts: _attempts },
      { name: "confirm", run: confirm, undo: () => Effect.void, maxAttempts: Number.MAX_SAFE_INTEGER }
    ],
    undoing: ({ id, run }, reason) => database.transaction(progress.undoing(Order.Id.make(id), run, reason)),
    undone: ({ id, run }, reason) => database.transaction(progress.undone(Order.Id.make(id), run, reason))
  }
  return definition
})

const _of = ({ id, run }: Saga.Subject) => ({ id: Order.Id.make(id), run })

const _refuse = (reason: string) => new Saga.Refused({ reason, uncertain: false })

export { OrderSteps }
