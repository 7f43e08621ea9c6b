import { Table, VisuallyHidden } from "@mantine/core"
import { type ReactNode } from "react"

declare namespace DataTable {
  interface Column {
    readonly label: string
    /** Numbers stand on the right, so that their digits line up. */
    readonly numeric?: boolean
    /** Left out on a phone; the cells carry `data-wide`, too. */
    readonly wide?: boolean
    /** For a column of buttons: only a screen reader hears its name. */
    readonly hidden?: boolean
    /** Stands in the head instead of the name, such as a box that selects all rows. */
    readonly head?: ReactNode
  }
}

/** The table of every list: dense, scrolls sideways in itself on a narrow screen. `children` are its rows. */
const DataTable = ({
  label,
  columns,
  minWidth = 680,
  children
}: {
  readonly label: string
  readonly columns: ReadonlyArray<DataTable.Column>
  readonly minWidth?: number
  readonly children: ReactNode
}) => (
  <Table.ScrollContainer
    className={columns.some(({ wide }) => wide === true) ? "tessera-fits" : ""}
    minWidth={minWidth}
    scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": label, role: "region" } }}
  >
    <Table className="tessera-table" horizontalSpacing="md" fz="sm" aria-label={label}>
      <Table.Thead>
        <Table.Tr>
          {columns.map((column) => (
            <Table.Th
              key={column.label}
              className={column.numeric === true ? "tessera-number" : ""}
              scope="col"
              data-wide={column.wide === true ? true : undefined}
            >
              {column.head ?? <Name {...column} />}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>{children}</Table.Tbody>
    </Table>
  </Table.ScrollContainer>
)

const Name = ({ label, hidden = false }: DataTable.Column) =>
  hidden ? <VisuallyHidden>{label}</VisuallyHidden> : label

export { DataTable }
