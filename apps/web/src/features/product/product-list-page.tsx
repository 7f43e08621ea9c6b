import { Box, Button, Group } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { useQuery } from "@tanstack/react-query"
import { getRouteApi } from "@tanstack/react-router"
import { type Product } from "@tessera/shared/product/product"
import { Package, Plus } from "lucide-react"
import { type ReactNode, useState } from "react"
import { usePermission } from "../../lib/use-permission.ts"
import { NothingHere } from "../../ui/nothing-here.tsx"
import { PageHeader } from "../../ui/page-header.tsx"
import { Pager } from "../../ui/pager.tsx"
import { Panel } from "../../ui/panel.tsx"
import { QueryView } from "../../ui/query-view.tsx"
import { SearchBox } from "../../ui/search-box.tsx"
import { CreateProductDialog } from "./create-product-dialog.tsx"
import { ProductQueries } from "./product-queries.ts"
import { ProductTable } from "./product-table.tsx"
import { RestockDialog } from "./restock-dialog.tsx"

const _route = getRouteApi("/app/products")

/** `/products`: the catalogue, and what is on hand, reserved and sold. */
const ProductListPage = (): ReactNode => {
  const search = _route.useSearch()
  const navigate = _route.useNavigate()
  const products = useQuery(ProductQueries.list(search))
  const mayOperate = usePermission("operate")
  const [opened, dialog] = useDisclosure(false)
  const [restocking, setRestocking] = useState<Product.Model>()
  const create = (
    <Button leftSection={<Plus size={14} />} onClick={dialog.open} disabled={!mayOperate}>
      New product
    </Button>
  )
  const none = (
    <NothingHere
      icon={Package}
      title={search.search === undefined ? "No products yet" : "No product matches"}
      description={search.search === undefined ? "Create one, or import a price list." : "Try fewer words."}
    >
      {search.search === undefined ? (
        create
      ) : (
        <Button variant="default" onClick={() => navigate({ search: {} })}>
          Clear search
        </Button>
      )}
    </NothingHere>
  )
  return (
    <>
      <PageHeader title="Products" description="Available, reserved and sold always add up to what came in.">
        {create}
      </PageHeader>
      <Panel>
        <Group px="md" py={10}>
          <SearchBox
            label="Search SKU or name"
            value={search.search}
            onChange={(words) => navigate({ search: { search: words } })}
          />
        </Group>
        <QueryView query={products} isEmpty={({ items }) => items.length === 0} empty={none}>
          {({ items, nextCursor }) => (
            <Box style={{ opacity: products.isPlaceholderData ? 0.6 : 1 }}>
              <ProductTable products={items} mayOperate={mayOperate} onRestock={setRestocking} />
              <Pager
                shown={items.length}
                cursor={search.cursor}
                nextCursor={nextCursor}
                onGo={(cursor) => navigate({ search: { ...search, cursor } })}
              />
            </Box>
          )}
        </QueryView>
      </Panel>
      <CreateProductDialog opened={opened} onClose={dialog.close} />
      {restocking !== undefined && (
        <RestockDialog product={restocking} onClose={() => setRestocking(undefined)} />
      )}
    </>
  )
}

export { ProductListPage }
