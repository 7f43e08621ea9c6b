import { grouped } from "../checker/grouped.ts"
import { type ChaosFleet } from "./chaos-fleet.ts"

/** `reference` is `<tenantId>/<orderId>/<run>`, perhaps with more behind it. */
interface Row {
  readonly reference: string
  readonly status: string
}
type Rows = ReadonlyMap<string, ReadonlyArray<Row>>

declare namespace ProviderBooks {
  /** A status for each authorisation and each shipment that was ever made for the order. */
  interface Of {
    readonly payments: ReadonlyArray<string>
    readonly shipments: ReadonlyArray<string>
  }
}

const orderOf = ({ reference }: Row) => reference.split("/")[1] ?? ""
const statusesOf = (rows: Rows, order: string) => (rows.get(order) ?? []).map(({ status }) => status)

/** What payment provider and carrier know, by their own books and not by ours. */
class ProviderBooks {
  private readonly payments: Rows
  private readonly shipments: Rows

  private constructor(payments: Rows, shipments: Rows) {
    this.payments = payments
    this.shipments = shipments
  }

  static async read(fleet: ChaosFleet): Promise<ProviderBooks> {
    const response = await fetch(`${fleet.envOf("SANDBOX_URL")}/ledger`)
    const { authorisations, shipments } = (await response.json()) as {
      readonly authorisations: ReadonlyArray<Row>
      readonly shipments: ReadonlyArray<Row>
    }
    return new ProviderBooks(grouped(authorisations, orderOf), grouped(shipments, orderOf))
  }

  of(order: string): ProviderBooks.Of {
    return { payments: statusesOf(this.payments, order), shipments: statusesOf(this.shipments, order) }
  }
}

export { ProviderBooks }
