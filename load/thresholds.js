/**
 * What a load run must keep: the rows of `docs/slo.md` that k6 measures, in the same order. A test compares the two, so
 * change both. Keys are k6 metric names, values k6 threshold expressions; times in milliseconds.
 */
export const thresholds = {
  "http_req_duration{name:placeOrder}": ["p(95)<100", "p(99)<250"],
  http_req_failed: ["rate<0.001"],
  event_delivery: ["p(99)<200"],
  event_gaps: ["count==0"],
  order_fulfilled: ["p(95)<500"],
  orders_unfinished: ["count==0"],
  socket_lost: ["count==0"]
}
