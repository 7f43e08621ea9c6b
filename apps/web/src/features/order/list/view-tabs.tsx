import { ActionIcon, Badge, Box, Button, Group, Menu } from "@mantine/core"
import { BookmarkPlus, Ellipsis, PencilLine, Trash2 } from "lucide-react"
import { type ReactNode, useState } from "react"
import { OrderSearch } from "./order-search.ts"
import { OrderView } from "./order-view.ts"
import { type useOrderViews } from "./use-order-views.ts"
import { ViewNameDialog } from "./view-name-dialog.tsx"

/**
 * The views of the list as tabs: the built-in ones, then a person's own. Filters that are no view can be
 * saved as one; `counts` are the numbers that some views show.
 */
const ViewTabs = ({
  search,
  own,
  counts,
  onShow,
  children
}: {
  readonly search: OrderSearch.Value
  readonly own: useOrderViews.Own
  readonly counts: Readonly<Record<string, string>>
  readonly onShow: (filters: OrderSearch.Filters) => void
  readonly children?: ReactNode
}) => {
  const [naming, setNaming] = useState<"save" | "rename" | null>(null)
  const shown = [...OrderView.builtIn, ...own.views].find(({ filters }) =>
    OrderSearch.isSame(filters, search)
  )
  const isOwn = own.views.some(({ name }) => name === shown?.name)
  const { status, approval, search: words } = search
  const name = (text: string) => {
    naming === "rename" && shown !== undefined
      ? own.rename(shown.name, text)
      : own.save({ name: text, filters: { status, approval, search: words } })
    setNaming(null)
  }
  const remove = () => {
    own.remove(shown?.name ?? "")
    onShow({})
  }
  return (
    <Group gap={4} wrap="nowrap" className="tessera-views">
      <Box role="group" aria-label="Views" className="tessera-tabs">
        {[...OrderView.builtIn, ...own.views].map((view) => (
          <button
            key={view.name}
            type="button"
            className="tessera-tab"
            aria-pressed={view.name === shown?.name}
            onClick={() => onShow(view.filters)}
            data-testid="order-view"
          >
            {view.name}
            <Count>{counts[view.name]}</Count>
          </button>
        ))}
        {children}
      </Box>
      {isOwn && (
        <Menu position="bottom-start" width={160} transitionProps={{ duration: 80 }}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Change view ${shown?.name}`}>
              <Ellipsis size={15} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<PencilLine size={14} aria-hidden />} onClick={() => setNaming("rename")}>
              Rename
            </Menu.Item>
            <Menu.Item leftSection={<Trash2 size={14} aria-hidden />} onClick={remove}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {shown === undefined && (
        <Button
          variant="subtle"
          size="compact-xs"
          style={{ flex: "none" }}
          leftSection={<BookmarkPlus size={13} />}
          onClick={() => setNaming("save")}
        >
          Save view
        </Button>
      )}
      <ViewNameDialog
        key={`${naming} ${shown?.name}`}
        opened={naming !== null}
        title={naming === "rename" ? "Rename view" : "Save view"}
        initial={naming === "rename" ? (shown?.name ?? "") : ""}
        isFree={(text) => OrderView.isFree(text, own.views)}
        onName={name}
        onClose={() => setNaming(null)}
      />
    </Group>
  )
}

const Count = ({ children }: { readonly children: string | undefined }) =>
  children !== undefined && (
    <Badge component="span" variant="default" size="xs" radius="sm" ml={6} miw="max-content">
      {children}
    </Badge>
  )

export { ViewTabs }
