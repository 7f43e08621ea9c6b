import { Schema } from "effect"
import { Money } from "../money.ts"
import { Order } from "../order/order.ts"

const _Range = Schema.Literal("1h", "24h", "7d", "30d")

/** Few enough points to draw, of lengths that divide a day: their edges are round in UTC. */
const _spans = {
  "1h": { bucketSeconds: 60, buckets: 60 },
  "24h": { bucketSeconds: 900, buckets: 96 },
  "7d": { bucketSeconds: 7200, buckets: 84 },
  "30d": { bucketSeconds: 86_400, buckets: 30 }
} as const satisfies Record<Dashboard.Range, unknown>

/** Of milliseconds; null while nothing was measured. */
const _Percentiles = Schema.NullOr(Schema.Struct({ p50: Schema.Number, p95: Schema.Number }))

/** Orders that were placed in the bucket, as they stand now, and money that moved in it. */
class _Bucket extends Schema.Class<_Bucket>("Dashboard.Bucket")({
  from: Schema.DateTimeUtc,
  placed: Schema.Int,
  fulfilled: Schema.Int,
  cancelled: Schema.Int,
  /** Captured less refunded; below zero where more went back than came. */
  revenueMinor: Schema.Int
}) {}

/** The tenant's numbers of one moment, of a range that ends with the bucket that this moment is in. */
class _Model extends Schema.Class<_Model>("Dashboard")({
  range: _Range,
  /** By the database's clock; of two answers the later one counts. */
  at: Schema.DateTimeUtc,
  bucketSeconds: Schema.Int,
  currency: Money.Currency,
  /** All orders there are, whenever they were placed. */
  ordersByStatus: Schema.Array(Schema.Struct({ status: Order.Status, count: Schema.Int })),
  /** Orders whose saga has not ended, whenever they were placed. */
  sagasInFlight: Schema.Int,
  /** The sagas of the orders placed in the range; what is neither fulfilled nor cancelled still runs. */
  sagas: Schema.Struct({
    placed: Schema.Int,
    fulfilled: Schema.Int,
    cancelled: Schema.Int,
    running: Schema.Int,
    /** From placed to fulfilled. */
    fulfilMillis: _Percentiles
  }),
  /** Moved in the range, whenever its order was placed. */
  revenue: Schema.Struct({
    capturedMinor: Money.AmountMinor,
    refundedMinor: Money.AmountMinor,
    netMinor: Schema.Int
  }),
  imports: Schema.Struct({
    running: Schema.Int,
    /** Ended in the range, however they ended. */
    finished: Schema.Int,
    /** Products and orders created or updated by those that ended in the range or are being committed. */
    applied: Schema.Int,
    /** Rows that the same ones rejected. */
    rejected: Schema.Int
  }),
  /** Of this moment. */
  jobs: Schema.Struct({ waiting: Schema.Int, running: Schema.Int, dead: Schema.Int }),
  /** Of the deliveries that were created in the range. */
  webhooks: Schema.Struct({
    delivered: Schema.Int,
    pending: Schema.Int,
    failed: Schema.Int,
    /** Of the first attempts of the newest thousand. */
    firstAttemptMillis: _Percentiles
  }),
  /** Oldest first, without a gap: orders and revenue add up to `sagas` and `revenue`. */
  buckets: Schema.Array(_Bucket),
  /** The event after which these numbers hold. */
  seq: Schema.Int
}) {}

const _isSame = Schema.equivalence(_Model)

const Dashboard = {
  Range: _Range,
  Bucket: _Bucket,
  Model: _Model,
  spans: _spans,
  initial: "24h",
  /** The part in percent, null where there is no whole. */
  rate: (part: number, whole: number): number | null => (whole === 0 ? null : (part / whole) * 100),
  /** Whether two answers say the same, each at its moment. */
  isSame: (one: Dashboard.Model, other: Dashboard.Model): boolean =>
    _isSame(one, _Model.make({ ...other, at: one.at }))
} as const

declare namespace Dashboard {
  type Range = typeof _Range.Type
  type Bucket = _Bucket
  type Model = _Model
  type Percentiles = typeof _Percentiles.Type
}

export { Dashboard }
