import { DemoId } from "../../../apps/api/src/seed/demo-id.ts"
import { SampleOrder } from "./sample-order.ts"
import { SamplePlans } from "./sample-plans.ts"
import { type SandboxPair } from "./sandbox-pair.ts"
import { TableRows } from "./table-rows.ts"

const iso = (millis: number) => new Date(millis).toISOString()

/** The log of events, and a webhook for each order of acme that was placed. */
const cleanMessages = async (url: string, pair: SandboxPair, startedAt: number): Promise<void> => {
  const when = iso(startedAt + 1_000)
  for (const slug of SamplePlans.tenants) {
    const tenant_id = SampleOrder.ids.tenant(slug)
    const events = SamplePlans.of(slug).flatMap(SampleOrder.events)
    const rows = events.map(({ aggregateId, ...event }, index) => ({
      ...{
        ...event,
        tenant_id,
        aggregate_id: aggregateId,
        seq: index + 1,
        partition: 1,
        request_id: "request"
      },
      occurred_at: when
    }))
    await TableRows.insert(url, "events", rows)
    await TableRows.insert(url, "event_heads", [{ tenant_id, partition: 1, seq: rows.length }])
    await TableRows.insert(url, "event_cursors", [
      { tenant_id, subscriber: "webhooks", seq: rows.length, failures: 0, next_due: when }
    ])
  }
  await webhooks(url, pair, startedAt)
}

const webhooks = async (url: string, pair: SandboxPair, startedAt: number): Promise<void> => {
  const when = iso(startedAt + 2_000)
  const tenant_id = SampleOrder.ids.tenant("acme")
  const endpoint_id = DemoId.of("checker", "endpoint")
  await TableRows.insert(url, "webhook_endpoints", [
    {
      ...{ tenant_id, id: endpoint_id, url: "http://127.0.0.1:9/hooks/acme", description: "", enabled: true },
      ...{ types: ["order.placed"], secret: "whsec_", created_at: iso(startedAt - 60_000) }
    }
  ])
  for (const { name } of SamplePlans.of("acme")) {
    const message_id = SampleOrder.ids.event(name, 1)
    const id = DemoId.of("checker", "delivery", name)
    const body = SamplePlans.messageBody(name)
    await pair.deliver(message_id, body)
    await TableRows.insert(url, "webhook_deliveries", [
      {
        ...{
          tenant_id,
          id,
          endpoint_id,
          partition: 1,
          message_id,
          type: "order.placed",
          body,
          status: "delivered"
        },
        ...{ attempts: 1, last_status_code: 204, created_at: when }
      }
    ])
    await TableRows.insert(url, "webhook_attempts", [
      {
        tenant_id,
        delivery_id: id,
        attempt: 1,
        at: when,
        latency_millis: 5,
        status_code: 204,
        response_body: ""
      }
    ])
  }
}

export { cleanMessages }
