import { Table, Text } from "@mantine/core"
import { type OrderHistory } from "@tessera/shared/order/order-history"
import { ArrowRight, History } from "lucide-react"
import { ClockText } from "../../ui/clock-text.tsx"
import { DataTable } from "../../ui/data-table.tsx"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { ReplicaMark } from "../../ui/replica-mark.tsx"

const _columns = [
  { label: "Time" },
  { label: "Machine" },
  { label: "Move" },
  { label: "Replica", wide: true },
  { label: "Version", numeric: true, wide: true }
] as const

/** Every move of the order and of all that belongs to it, as it was written down; nobody can change it. */
const HistoryTable = ({ entries }: { readonly entries: ReadonlyArray<OrderHistory.Entry> }) =>
  entries.length === 0 ? (
    <NothingHere
      icon={History}
      title="No history"
      description="Moves of this order were not written down: it is older than its history."
    />
  ) : (
    <DataTable label="History" columns={_columns} minWidth={620}>
      {entries.map((entry, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a move is only ever added, at the end
        <Table.Tr key={index} data-testid="history-row">
          <Table.Td style={{ whiteSpace: "nowrap", verticalAlign: "top" }}>
            <Text size="xs" c="dimmed">
              <ClockText at={entry.at} />
            </Text>
          </Table.Td>
          <Table.Td style={{ verticalAlign: "top" }}>
            {entry.machine}
            {entry.run !== null && (
              <Text size="xs" c="dimmed">
                run {entry.run}
              </Text>
            )}
          </Table.Td>
          <Table.Td>
            <Move entry={entry} />
          </Table.Td>
          <Table.Td data-wide style={{ verticalAlign: "top" }}>
            <ReplicaMark id={entry.replica} />
          </Table.Td>
          <Table.Td data-wide className="tessera-number" style={{ verticalAlign: "top" }}>
            {entry.version}
          </Table.Td>
        </Table.Tr>
      ))}
    </DataTable>
  )

const Move = ({ entry }: { readonly entry: OrderHistory.Entry }) => (
  <>
    <Text size="sm" fw={600}>
      {entry.event}
    </Text>
    <Text size="xs" c="dimmed">
      {entry.from !== null && (
        <>
          {entry.from} <ArrowRight size={11} aria-label="to" style={{ verticalAlign: -1 }} />{" "}
        </>
      )}
      {entry.to}
    </Text>
    {entry.reason !== null && (
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {entry.reason}
      </Text>
    )}
  </>
)

export { HistoryTable }
