import { getRouteApi } from "@tanstack/react-router"
import { type ReactNode } from "react"
import { PageHeader } from "../../ui/page-header.tsx"
import { EventDrawer } from "./event-drawer.tsx"
import { EventLogPanel } from "./event-log-panel.tsx"

const _route = getRouteApi("/app/events")

/** `/events`: what has happened in the tenant, and the full record of each fact. */
const EventPage = (): ReactNode => {
  const { event } = _route.useSearch()
  const navigate = _route.useNavigate()
  return (
    <>
      <PageHeader
        title="Events"
        description="Every committed fact, once and in order; screens, streams and webhooks read the same."
      />
      <EventLogPanel />
      <EventDrawer
        seq={event}
        onGo={(seq) => navigate({ search: (search) => ({ ...search, event: seq }) })}
      />
    </>
  )
}

export { EventPage }
