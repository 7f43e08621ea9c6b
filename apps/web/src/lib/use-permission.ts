import { Access } from "@tessera/shared/access/access"
import { useSession } from "./use-session.ts"

/** Whether the person's role allows the action; the server decides, this only keeps dead buttons away. */
const usePermission = (action: Access.Action): boolean => Access.permits(useSession().role, action)

export { usePermission }
