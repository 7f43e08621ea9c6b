import { Database } from "@tessera/infra/tenancy/database"
import { Saga } from "@tessera/infra/workflows/saga"
import { Parcels } from "@tessera/shared/shipment/parcels"
import { Array as Arr, Duration, Effect, Option } from "effect"
import { Carrier } from "./carrier.ts"
import { OrderProgress } from "./order-progress.ts"
import { OrderProgressRepo } from "./order-progress-repo.ts"
import { ShipmentRepo } from "./shipment/shipment-repo.ts"
import { StepTools } from "./step-tools.ts"

type _Step = Saga.Step<OrderProgressRepo.Facts>
type _Facts = Pick<OrderProgressRepo.Facts, "parcelUnits" | "postcode">
type _Parcel = Pick<ShipmentRepo.Booked, "parcel" | "lines">

/**
 * Of one attempt, which goes on where the one before has stopped: the six together are 200 parcels at seven
 * seconds each, and a carrier that needs more than six gives no answer. Below the five minutes from which on
 * a message counts as stuck.
 */
const _timeout = Duration.minutes(4)

const _whole: _Parcel = { parcel: 1, lines: Option.none() }

/**
 * Books the order's parcels with the carrier, one after the other, and notes each before it asks for the
 * next; undone by cancelling them, the last first. The order moves on with its last parcel.
 */
const BookStep = Effect.gen(function* () {
  const database = yield* Database
  const repo = yield* OrderProgressRepo
  const progress = yield* OrderProgress
  const shipments = yield* ShipmentRepo
  const carrier = yield* Carrier

  /** What the order goes into, and how far that has come; an order of one parcel costs no look. */
  const packing = (subject: Saga.Subject, parcelUnits: number) =>
    Effect.map(database.transaction(shipments.packing(StepTools.of(subject))), ({ lines, noted }) => ({
      noted,
      parcels: Parcels.split(lines, parcelUnits).map(
        (some, index): _Parcel => ({ parcel: index + 1, lines: Option.some(some) })
      )
    }))

  const ask = (subject: Saga.Subject, { postcode }: _Facts, parcel: number) =>
    Effect.flatMap(StepTools.call(subject, "book", parcel), (call) => carrier.book({ ...call, postcode }))

  /** A parcel that is booked already needs the undo of this very step, so a later refusal is uncertain. */
  const accepted = (subject: Saga.Subject, order: OrderProgressRepo.Facts, { lines, parcel }: _Parcel) =>
    ask(subject, order, parcel).pipe(
      Effect.mapBoth({
        onFailure: ({ code }) => new Saga.Refused({ reason: `carrier: ${code}`, uncertain: parcel > 1 }),
        onSuccess: ({ id: providerId, trackingCode }) =>
          shipments.booked({ ...StepTools.of(subject), parcel, lines, providerId, trackingCode })
      })
    )

  const book: _Step["run"] = (subject, order) =>
    Effect.gen(function* () {
      const parcels = yield* order.parcelUnits === null
        ? Effect.succeed(Arr.of(_whole))
        : Effect.map(packing(subject, order.parcelUnits), _missing)
      yield* Effect.forEach(
        Arr.initNonEmpty(parcels),
        (parcel) => Effect.flatMap(accepted(subject, order, parcel), database.transaction),
        { discard: true }
      )
      const noted = yield* accepted(subject, order, Arr.lastNonEmpty(parcels))
      const advanced = progress.advance({ ...StepTools.of(subject), order, event: "book" })
      yield* database.transaction(Effect.zipRight(noted, advanced))
    })

  /** Asks once more with the same key: whatever became of the booking, the answer names it. */
  const unbook = (subject: Saga.Subject, order: _Facts) => (parcel: number) =>
    Effect.gen(function* () {
      const { key } = yield* StepTools.call(subject, "unbook", parcel)
      yield* ask(subject, order, parcel).pipe(
        Effect.flatMap((shipment) => carrier.cancel(shipment.id, key)),
        Effect.zipRight(database.transaction(shipments.unbooked(StepTools.of(subject), parcel))),
        Effect.catchTag("Carrier.Rejected", () => Effect.void)
      )
    })

  const undo = (subject: Saga.Subject) =>
    Effect.gen(function* () {
      const { id, run } = StepTools.of(subject)
      const order = yield* database.transaction(repo.facts(id, run))
      const begun = yield* order.parcelUnits === null
        ? Effect.succeed([_whole.parcel])
        : Effect.map(packing(subject, order.parcelUnits), _begun)
      yield* Effect.forEach(begun, unbook(subject, order), { discard: true })
    })

  const step: _Step = { name: "book", run: book, undo, maxAttempts: StepTools.attempts, timeout: _timeout }
  return step
})

type _Packing = {
  readonly noted: ShipmentRepo.Packing["noted"]
  readonly parcels: ReadonlyArray<_Parcel>
}

/** Also the last one, whatever is noted: the order moves on with it. */
const _missing = ({ noted, parcels }: _Packing): Arr.NonEmptyReadonlyArray<_Parcel> => {
  const booked = noted.map(({ parcel }) => parcel)
  const missing = parcels.slice(0, -1).filter(({ parcel }) => !booked.includes(parcel))
  return Arr.append(
    missing,
    Option.getOrElse(Arr.last(parcels), () => _whole)
  )
}

/** Those that may stand at the carrier, the last first; of the one after the last noted nobody knows. */
const _begun = ({ noted, parcels }: _Packing): ReadonlyArray<number> => {
  const cancelled = noted.filter(({ status }) => status === "cancelled").map(({ parcel }) => parcel)
  const begun = parcels.slice(0, noted.length + 1).map(({ parcel }) => parcel)
  return Arr.reverse(begun.filter((parcel) => !cancelled.includes(parcel)))
}

export { BookStep }
