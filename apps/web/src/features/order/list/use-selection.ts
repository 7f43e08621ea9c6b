import { type Order } from "@tessera/shared/order/order"
import { useState } from "react"

declare namespace useSelection {
  interface Of {
    readonly ids: ReadonlySet<Order.Id>
    readonly put: (ids: ReadonlyArray<Order.Id>, isSelected: boolean) => void
    readonly clear: () => void
  }
}

const _none: ReadonlySet<Order.Id> = new Set()

/** Which rows are selected; one that leaves the page comes back selected, and nobody acts on it meanwhile. */
const useSelection = (): useSelection.Of => {
  const [ids, setIds] = useState(_none)
  return {
    ids,
    put: (changed, isSelected) => {
      const rest = [...ids].filter((id) => !changed.includes(id))
      setIds(new Set(isSelected ? [...rest, ...changed] : rest))
    },
    clear: () => setIds(_none)
  }
}

export { useSelection }
