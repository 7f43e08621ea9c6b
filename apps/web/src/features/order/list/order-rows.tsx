import { Box } from "@mantine/core"
import { type UseQueryResult } from "@tanstack/react-query"
import { type Order } from "@tessera/shared/order/order"
import { type ReactNode, useRef, useState } from "react"
import { type ClientProblem } from "../../../lib/client-problem.ts"
import { useRowKeys } from "../../../lib/use-row-keys.ts"
import { Pager } from "../../../ui/pager.tsx"
import { QueryView } from "../../../ui/query-view.tsx"
import { BulkBar } from "./bulk-bar.tsx"
import { type BulkOutcome } from "./bulk-outcome.ts"
import { BulkSummary } from "./bulk-summary.tsx"
import { OrderTable } from "./order-table.tsx"
import { useSelection } from "./use-selection.ts"

const _nothing: ReadonlyArray<Order.Summary> = []

/** One page of the list: its rows, by mouse or keyboard, and what is done with the selected ones. */
const OrderRows = ({
  orders,
  cursor,
  empty,
  onGo,
  onSearch,
  onHelp
}: {
  readonly orders: UseQueryResult<Order.Page, ClientProblem>
  readonly cursor: string | undefined
  readonly empty: ReactNode
  readonly onGo: (cursor: string | undefined) => void
  /** The keys that lead out of the rows. */
  readonly onSearch: () => void
  readonly onHelp: () => void
}) => {
  const rows = useRef<HTMLDivElement>(null)
  const selection = useSelection()
  const [done, setDone] = useState<{ readonly verb: string; readonly outcome: BulkOutcome.Model }>()
  const items = orders.data?.items ?? _nothing
  const selected = items.filter(({ id }) => selection.ids.has(id))
  useRowKeys({
    rows,
    onSearch,
    onHelp,
    onEscape: selection.clear,
    onSelect: (index) =>
      items.slice(index, index + 1).forEach(({ id }) => {
        selection.put([id], !selection.ids.has(id))
      })
  })
  return (
    <>
      {done !== undefined && <BulkSummary {...done} onClose={() => setDone(undefined)} />}
      <QueryView query={orders} isEmpty={() => items.length === 0} empty={empty}>
        {({ nextCursor }) => (
          <Box ref={rows} style={{ opacity: orders.isPlaceholderData ? 0.6 : 1 }}>
            <OrderTable orders={items} selected={selection.ids} onSelect={selection.put} />
            <Pager shown={items.length} cursor={cursor} nextCursor={nextCursor} onGo={onGo} />
          </Box>
        )}
      </QueryView>
      {selected.length > 0 && (
        <BulkBar
          selected={selected}
          onClear={selection.clear}
          onDone={(verb, outcome) => {
            setDone({ verb, outcome })
            selection.clear()
          }}
        />
      )}
    </>
  )
}

export { OrderRows }
