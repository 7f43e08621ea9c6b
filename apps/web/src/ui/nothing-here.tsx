import { EmptyState } from "@mantine/core"
import { type LucideIcon } from "lucide-react"
import { type ReactNode } from "react"

/** The empty state of a list: why there is nothing, and what to do next. */
const NothingHere = ({
  icon: Icon,
  title,
  description,
  children
}: {
  readonly icon: LucideIcon
  readonly title: ReactNode
  readonly description: string
  readonly children?: ReactNode
}) => (
  <EmptyState
    py={40}
    px="md"
    size="sm"
    icon={<Icon size={28} strokeWidth={1.5} />}
    title={title}
    description={description}
    data-testid="empty"
  >
    {children !== undefined && <EmptyState.Actions>{children}</EmptyState.Actions>}
  </EmptyState>
)

export { NothingHere }
