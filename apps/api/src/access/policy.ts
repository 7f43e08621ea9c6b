import { Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { Effect } from "effect"

/** Who may do what: the first line of a use case. A role that the table does not know may do nothing. */
const Policy = {
  require: (action: Access.Action): Effect.Effect<void, Access.Denied, Tenancy.Current> =>
    Tenancy.Current.pipe(
      Effect.filterOrFail(
        ({ role }) => Access.permits(role, action),
        () => Access.Denied.make({ action })
      ),
      Effect.asVoid
    )
} as const

export { Policy }
