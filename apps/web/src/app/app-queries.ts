import { QueryCache, QueryClient } from "@tanstack/react-query"

const _isPassing = (status: number) => status === 0 || status >= 502

/** The cache of the app. `onSessionEnd` is called when any request answers that the session is over. */
const AppQueries = {
  make: (onSessionEnd: () => void): QueryClient =>
    new QueryClient({
      queryCache: new QueryCache({
        onError: ({ status }) => (status === 401 ? onSessionEnd() : undefined)
      }),
      defaultOptions: {
        queries: {
          staleTime: 5000,
          // While a replica is replaced there is no answer, or 502 to 504, for a moment.
          retry: (count, { status }) => _isPassing(status) && count < 4,
          retryDelay: (count) => Math.min(2000, 250 * 2 ** count)
        }
      }
    })
} as const

export { AppQueries }
