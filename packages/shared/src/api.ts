import { HttpApi, OpenApi } from "@effect/platform"
import { CustomerHttp } from "./customer/customer-http.ts"
import { DashboardHttp } from "./dashboard/dashboard-http.ts"
import { EventDeadLetterHttp } from "./event/event-dead-letter-http.ts"
import { EventEntryHttp } from "./event/event-entry-http.ts"
import { EventHttp } from "./event/event-http.ts"
import { EventSubscriberHttp } from "./event/event-subscriber-http.ts"
import { FailureHttp } from "./failure/failure-http.ts"
import { ImportHttp } from "./import/import-http.ts"
import { JobHttp } from "./job/job-http.ts"
import { OrderHttp } from "./order/order-http.ts"
import { OrderSettingsHttp } from "./order-settings/order-settings-http.ts"
import { ProductHttp } from "./product/product-http.ts"
import { RefundHttp } from "./refund/refund-http.ts"
import { ClusterHttp } from "./replica/cluster-http.ts"
import { ReplicaHttp } from "./replica/replica-http.ts"
import { ReservationHttp } from "./reservation/reservation-http.ts"
import { SessionHttp } from "./session/session-http.ts"
import { StuckStepHttp } from "./stuck-step/stuck-step-http.ts"
import { WebhookHttp } from "./webhook/webhook-http.ts"

/** The whole HTTP contract: server, typed client and OpenAPI document come from this one value. */
class Api extends HttpApi.make("tessera")
  .add(SessionHttp)
  .add(ProductHttp)
  .add(CustomerHttp)
  .add(OrderHttp)
  .add(RefundHttp)
  .add(OrderSettingsHttp)
  .add(ReservationHttp)
  .add(StuckStepHttp)
  .add(ImportHttp)
  .add(JobHttp)
  .add(WebhookHttp)
  .add(EventHttp)
  .add(EventSubscriberHttp)
  .add(EventDeadLetterHttp)
  .add(EventEntryHttp)
  .add(DashboardHttp)
  .add(ReplicaHttp)
  .add(ClusterHttp)
  .add(FailureHttp)
  .annotate(OpenApi.Title, "Tessera API")
  .annotate(OpenApi.Version, "1")
  .annotate(
    OpenApi.Description,
    "Send `Authorization: Bearer <api key>` or a browser's session cookie. Refusals are RFC 9457 problems."
  ) {}

export { Api }
