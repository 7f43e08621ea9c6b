import { useRouter } from "@tanstack/react-router"
import { Predicate } from "effect"
import { ClientProblem } from "../lib/client-problem.ts"
import { ProblemPanel } from "../ui/problem-panel.tsx"

const _isProblem = (error: unknown): error is ClientProblem => Predicate.isTagged(error, "ClientProblem")

/** The error state of a whole page: no session could be read, no code could be loaded, or the page broke. */
const RouteProblem = ({ error, reset }: { readonly error: unknown; readonly reset: () => void }) => {
  const router = useRouter()
  const retry = () => {
    reset()
    router.invalidate()
  }
  return (
    <ProblemPanel problem={_isProblem(error) ? error : ClientProblem.fromBody(error, 0)} onRetry={retry} />
  )
}

export { RouteProblem }
