-- Orders as written, with what their shop is like and what went wrong: what everything after the sale hangs on.
CREATE TEMP VIEW deals AS
SELECT o.order_id, o.shop_id, o.buyer_id, o.product_id, o.amount, o.paid_at, o.delivered_at, o.cancelled_at,
    o.collected_at, o.agent_id, goods, logistics, service, manner, first_agent, agents,
    coalesce(o.delivered_at, CASE WHEN o.collected_at IS NULL THEN o.completed_at END) AS received_at,
    malicious(o.buyer_id) AS malicious,
    u(o.order_id, 'goods trouble') < (0.003 + 0.16 * pow(1 - goods, 1.5)) * (0.5 + u(o.product_id, 'flaw'))
        OR malicious(o.buyer_id) AND u(o.order_id, 'made up') < 0.5 AS goods_trouble,
    coalesce(o.delivered_at > o.promised_delivery_at, false)
        OR coalesce(o.collected_at > after(o.promised_ship_at, 86400), false) AS slow,
    u(o.order_id, 'parcel trouble') < 0.0005 + 0.025 * (1 - logistics) AS parcel_trouble,
    u(o.order_id, 'lost') < 0.003 AND o.collected_at IS NOT NULL AS lost,
    u(o.order_id, 'service trouble') < 0.002 + 0.09 * pow(1 - service, 1.5) AS service_trouble
FROM orders AS o JOIN traits USING (shop_id);
