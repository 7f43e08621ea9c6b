import { VerifyCheck } from "./verify-check.ts"

/** Promises about money and goods of fulfilled orders that went back, as far as the database knows. */
const RefundChecksRepo: ReadonlyArray<VerifyCheck> = [
  new VerifyCheck(
    "I2",
    "a paid refund has brought back what it says, every other nothing",
    `SELECT coalesce(r.status, 'no') || ' refund ' || moved.refund_id || ', product ' || moved.product_id
       || ': says ' || moved.said || ', brought ' || moved.brought AS witness
     FROM (SELECT tenant_id, refund_id, product_id, sum(said) AS said, sum(brought) AS brought FROM (
         SELECT tenant_id, refund_id::text, product_id, quantity AS said, 0 AS brought FROM refund_lines
         UNION ALL SELECT tenant_id, split_part(cause, ':', 2), product_id, 0, quantity FROM stock_ledger
           WHERE kind = 'return') told
       GROUP BY tenant_id, refund_id, product_id) moved
     LEFT JOIN refunds r ON r.tenant_id = moved.tenant_id AND r.id::text = moved.refund_id
     WHERE moved.brought <> CASE r.status WHEN 'paid' THEN moved.said ELSE 0 END`
  ),
  new VerifyCheck(
    "I2",
    "no more of a product comes back than its order has sold",
    `SELECT 'order ' || r.order_id || ', product ' || b.product_id || ': ' || sum(b.quantity) || ' of '
       || coalesce(max(sold.quantity), 0) AS witness
     FROM refunds r JOIN refund_lines b ON b.tenant_id = r.tenant_id AND b.refund_id = r.id
     LEFT JOIN (SELECT tenant_id, split_part(cause, ':', 2) AS order_id, product_id, sum(quantity) AS quantity
       FROM stock_ledger WHERE kind = 'sell' GROUP BY 1, 2, 3) sold
       ON sold.tenant_id = r.tenant_id AND sold.order_id = r.order_id::text AND sold.product_id = b.product_id
     WHERE r.status <> 'refused'
     GROUP BY r.tenant_id, r.order_id, b.product_id HAVING sum(b.quantity) > coalesce(max(sold.quantity), 0)`
  ),
  new VerifyCheck(
    "I3",
    "a payment is refunded as far as its state says, and never beyond what was captured",
    `SELECT 'order ' || order_id || ', run ' || run || ': ' || status || ', ' || refunded_minor || ' of '
       || amount_minor AS witness
     FROM payments WHERE NOT CASE status WHEN 'refunded' THEN refunded_minor = amount_minor
       WHEN 'partially_refunded' THEN refunded_minor BETWEEN 1 AND amount_minor - 1
       ELSE refunded_minor = 0 END`
  ),
  new VerifyCheck(
    "I3",
    "what went back of a fulfilled order's payment is the sum of its paid refunds",
    `SELECT 'order ' || o.id || ': ' || p.refunded_minor || ' back, refunds '
       || coalesce(sum(r.amount_minor), 0) AS witness
     FROM ended o JOIN payments p ON p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.run = o.run
     LEFT JOIN refunds r ON r.tenant_id = p.tenant_id AND r.order_id = p.order_id AND r.run = p.run
       AND r.status = 'paid'
     WHERE o.status = 'fulfilled'
     GROUP BY o.tenant_id, o.id, p.refunded_minor HAVING p.refunded_minor <> coalesce(sum(r.amount_minor), 0)`
  ),
  new VerifyCheck(
    "I3",
    "only a fulfilled order has refunds, in its present run, of no more than its total",
    `SELECT o.status || ' order ' || o.id || ': ' || sum(r.amount_minor) || ' of ' || o.total_minor AS witness
     FROM refunds r JOIN orders o ON o.tenant_id = r.tenant_id AND o.id = r.order_id
     WHERE r.status <> 'refused'
     GROUP BY o.tenant_id, o.id HAVING NOT (o.status = 'fulfilled' AND max(r.run) = o.run
       AND min(r.run) = o.run AND sum(r.amount_minor) <= o.total_minor)`
  )
]

export { RefundChecksRepo }
