import { useSuspenseQuery } from "@tanstack/react-query"
import { type Session } from "@tessera/shared/session/session"
import { SessionQueries } from "./session-queries.ts"

/** Who is signed in; only below the signed-in layout, which has loaded it before. */
const useSession = (): Session.Model => useSuspenseQuery(SessionQueries.me).data

export { useSession }
