import { type ReactNode } from "react"
import { FailureCard } from "../features/failure/failure-card.tsx"
import { ClusterPage } from "../features/replica/cluster-page.tsx"
import { useSession } from "../lib/use-session.ts"

/** The cluster page and, in the demo, what can be made to fail around it. */
const ClusterRoute = (): ReactNode => <ClusterPage>{useSession().demo && <FailureCard />}</ClusterPage>

export { ClusterRoute }
