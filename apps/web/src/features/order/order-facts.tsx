import { Box, DataList } from "@mantine/core"
import { type Order } from "@tessera/shared/order/order"
import { type ReactNode } from "react"
import { CopyText } from "../../ui/copy-text.tsx"
import { Panel } from "../../ui/panel.tsx"

const _facts = (order: Order.Model): ReadonlyArray<readonly [label: string, value: ReactNode]> => [
  ["Customer", order.customer.name],
  ["Postcode", order.postcode],
  ["Payment", order.paymentToken],
  ...(order.parcels.length > 1 ? [] : [["Tracking", order.trackingCode ?? "None yet"] as const]),
  ...(order.reason === null ? [] : [["Cancelled because", order.reason] as const]),
  ["Run", order.run],
  ["Id", <CopyText key="id" value={order.id} label="order id" short={13} />]
]

/** The facts of one order as label and value. */
const OrderFacts = ({ order }: { readonly order: Order.Model }) => (
  <Panel title="Facts">
    <Box px="md" pb="md">
      <DataList gap={7} labelWidth="130px">
        {_facts(order).map(([label, value]) => (
          <DataList.Item key={label}>
            <DataList.ItemLabel>{label}</DataList.ItemLabel>
            <DataList.ItemValue>{value}</DataList.ItemValue>
          </DataList.Item>
        ))}
      </DataList>
    </Box>
  </Panel>
)

export { OrderFacts }
