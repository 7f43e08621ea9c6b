import { Group, Select } from "@mantine/core"
import { type Approval } from "@tessera/shared/approval/approval"
import { Order } from "@tessera/shared/order/order"
import { type Ref } from "react"
import { SearchBox } from "../../../ui/search-box.tsx"
import { type OrderSearch } from "./order-search.ts"

const _statuses: ReadonlyArray<{ readonly value: Order.Filter; readonly label: string }> = [
  { value: "open", label: "In progress" },
  ...Order.Status.literals.map((value) => ({ value, label: Order.label(value) }))
]
const _approvals: ReadonlyArray<{ readonly value: Approval.Status; readonly label: string }> = [
  { value: "pending", label: "Awaiting approval" },
  { value: "approved", label: "Approved" },
  { value: "rejected", label: "Rejected" },
  { value: "expired", label: "Not approved in time" }
]

/** What narrows the list: status, approval, words. */
const ListFilters = ({
  search,
  searchRef,
  onFilter
}: {
  readonly search: OrderSearch.Value
  readonly searchRef: Ref<HTMLInputElement>
  readonly onFilter: (change: OrderSearch.Filters) => void
}) => (
  <Group px="md" pb={10} gap="xs">
    <SearchBox
      label="Search number or customer"
      value={search.search}
      inputRef={searchRef}
      onChange={(words) => onFilter({ search: words })}
    />
    <Choice
      label="Status"
      all="Any status"
      choices={_statuses}
      value={search.status}
      onChange={(status) => onFilter({ status })}
    />
    <Choice
      label="Approval"
      all="Any approval"
      choices={_approvals}
      value={search.approval}
      onChange={(approval) => onFilter({ approval })}
    />
  </Group>
)

function Choice<Value extends string>({
  label,
  all,
  choices,
  value,
  onChange
}: {
  readonly label: string
  /** The name of no choice. */
  readonly all: string
  readonly choices: ReadonlyArray<{ readonly value: Value; readonly label: string }>
  readonly value: Value | undefined
  readonly onChange: (value: Value | undefined) => void
}) {
  return (
    <Select
      size="xs"
      w={{ base: "calc(50% - 5px)", xs: 170 }}
      aria-label={label}
      placeholder={all}
      clearable
      clearButtonProps={{ "aria-label": all }}
      data={choices}
      value={value ?? null}
      onChange={(chosen) => onChange(choices.find((choice) => choice.value === chosen)?.value)}
    />
  )
}

export { ListFilters }
