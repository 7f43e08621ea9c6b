import { useQuery } from "@tanstack/react-query"
import { type Failure } from "@tessera/shared/failure/failure"
import { useSession } from "../../lib/use-session.ts"
import { FailureQueries } from "./failure-queries.ts"
import { FailureWords } from "./failure-words.ts"

/** What fails on purpose at present; undefined while nothing does, and always outside the demo. */
const useFailures = (): Failure.Settings | undefined => {
  const { data } = useQuery({ ...FailureQueries.settings, enabled: useSession().demo })
  return data !== undefined && FailureWords.of(data).length > 0 ? data : undefined
}

export { useFailures }
