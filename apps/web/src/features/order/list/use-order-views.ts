import { useLocalStorage } from "@mantine/hooks"
import { useSession } from "../../../lib/use-session.ts"
import { OrderView } from "./order-view.ts"

declare namespace useOrderViews {
  interface Own {
    readonly views: ReadonlyArray<OrderView.Model>
    readonly save: (view: OrderView.Model) => void
    readonly rename: (from: string, to: string) => void
    readonly remove: (name: string) => void
  }
}

const _none: ReadonlyArray<OrderView.Model> = []

/** A person's own views of one tenant's orders, in this browser; another tab sees them at once. */
const useOrderViews = (): useOrderViews.Own => {
  const [views, setViews] = useLocalStorage<ReadonlyArray<OrderView.Model>>({
    key: `tessera:order-views:${useSession().tenant.id}`,
    defaultValue: _none,
    getInitialValueInEffect: false,
    deserialize: OrderView.read,
    serialize: OrderView.write
  })
  return {
    views,
    save: (view) => setViews([...views, view]),
    rename: (from, to) => setViews(views.map((view) => (view.name === from ? { ...view, name: to } : view))),
    remove: (name) => setViews(views.filter((view) => view.name !== name))
  }
}

export { useOrderViews }
