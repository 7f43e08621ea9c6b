import { Alert, Button, Group } from "@mantine/core"
import { type UseQueryResult } from "@tanstack/react-query"
import { type ReactNode } from "react"
import { type ClientProblem } from "../lib/client-problem.ts"
import { ProblemPanel } from "./problem-panel.tsx"
import { RowSkeleton } from "./row-skeleton.tsx"

/**
 * The four states of everything that is loaded: skeleton, problem with Retry, empty with a next action, full.
 * Data that once came stays on the page when a later refresh fails; the failure is said above it.
 */
function QueryView<Data>({
  query,
  loading = <RowSkeleton />,
  isEmpty = () => false,
  empty,
  children
}: {
  readonly query: UseQueryResult<Data, ClientProblem>
  readonly loading?: ReactNode
  readonly isEmpty?: (data: Data) => boolean
  readonly empty?: ReactNode
  readonly children: (data: Data) => ReactNode
}) {
  const retry = () => {
    query.refetch()
  }
  const full = (data: Data) => (isEmpty(data) ? empty : children(data))
  const missing = () =>
    query.error === null ? loading : <ProblemPanel problem={query.error} onRetry={retry} />
  return (
    <>
      {query.isRefetchError && (
        <Alert color="red" variant="default" m="sm" p="xs" title={query.error.title}>
          <Group gap="sm">
            These are the last known values.
            <Button variant="default" size="compact-xs" onClick={retry}>
              Retry
            </Button>
          </Group>
        </Alert>
      )}
      {query.data === undefined ? missing() : full(query.data)}
    </>
  )
}

export { QueryView }
