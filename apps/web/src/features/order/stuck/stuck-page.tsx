import { Anchor, Group } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { ChevronLeft, CircleCheck } from "lucide-react"
import { type ReactNode } from "react"
import { NothingHere } from "../../../ui/nothing-here.tsx"
import { PageHeader } from "../../../ui/page-header.tsx"
import { Panel } from "../../../ui/panel.tsx"
import { QueryView } from "../../../ui/query-view.tsx"
import { OrderQueries } from "../order-queries.ts"
import { StuckTable } from "./stuck-table.tsx"

/** `/orders/stuck`: steps that keep failing and are tried every 5 minutes; here somebody may try sooner. */
const StuckPage = (): ReactNode => {
  const stuck = useQuery(OrderQueries.stuck)
  const none = (
    <NothingHere
      icon={CircleCheck}
      title="Nothing is stuck"
      description="A step that has failed eight times appears here, the oldest first, until it works."
    />
  )
  return (
    <>
      <Anchor component={Link} to="/orders" size="xs" c="dimmed">
        <Group gap={4} mb={6}>
          <ChevronLeft size={13} aria-hidden /> Orders
        </Group>
      </Anchor>
      <PageHeader
        title="Stuck"
        description="Steps that failed eight times or more. They are tried again every five minutes, or now."
      />
      <Panel>
        <QueryView query={stuck} isEmpty={(steps) => steps.length === 0} empty={none}>
          {(steps) => <StuckTable steps={steps} />}
        </QueryView>
      </Panel>
    </>
  )
}

export { StuckPage }
