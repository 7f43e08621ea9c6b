import { queryOptions, skipToken } from "@tanstack/react-query"
import { type Presence } from "@tessera/shared/presence/presence"

/** Who is online; nobody fetches it, the live connection puts it here. */
const PresenceQueries = {
  now: queryOptions<Presence.Model>({
    queryKey: ["presence"],
    queryFn: skipToken,
    staleTime: Number.POSITIVE_INFINITY
  })
} as const

export { PresenceQueries }
