-- Calls for help of buyers, each with the order it hangs on: by chat, case, intervention, contact or complaint.
CREATE TEMP TABLE requests AS
WITH ordinary AS (
    SELECT scenario FROM scenarios WHERE routine
), chats AS (
    SELECT session_id, order_id, shop_id, buyer_id, scenario, started_at AS asked_at
    FROM sessions ANTI JOIN ordinary USING (scenario)
    WHERE known(started_at, arrived_at)
), placed AS (  -- a chat without an order belongs to the buyer's latest order of the shop grouped in the 30 days before
    SELECT c.session_id, max({'at': o.grouped_at, 'id': o.order_id})['id'] AS order_id
    FROM chats AS c JOIN (
            SELECT order_id, shop_id, buyer_id, past(grouped_at) AS grouped_at FROM orders
            ANTI JOIN (SELECT row_id AS order_id FROM gone
                       WHERE "table" = 'orders' AND NOT stays(own, 'evident volume')) USING (order_id)
            WHERE known(paid_at, arrived_at)
        ) AS o USING (shop_id, buyer_id)
    WHERE c.order_id IS NULL AND o.grouped_at <= c.asked_at AND c.asked_at <= o.grouped_at + INTERVAL 30 DAY
    GROUP BY c.session_id
), cases AS (
    SELECT case_id, order_id, buyer_id, scenario, applied_at, past(platform_intervened_at) AS intervened_at
    FROM after_sales ANTI JOIN ordinary USING (scenario)
    WHERE known(applied_at, arrived_at)
        AND (reason IN ('seven_days_no_reason', '七天无理由', '七天无理由退货')) IS NOT TRUE
), told AS (
    SELECT 'sessions' AS "table", session_id AS row_id, order_id, order_id AS named, buyer_id, scenario, asked_at,
        'chat' AS channel
    FROM chats WHERE order_id IS NOT NULL
    UNION ALL SELECT 'sessions', session_id, placed.order_id, NULL, buyer_id, scenario, asked_at, 'chat'
        FROM chats JOIN placed USING (session_id)
    UNION ALL SELECT 'after_sales', case_id, order_id, NULL, buyer_id, scenario, applied_at, 'after_sales' FROM cases
    UNION ALL SELECT 'after_sales', case_id, order_id, NULL, buyer_id, scenario, intervened_at, 'intervention'
        FROM cases WHERE intervened_at IS NOT NULL
    UNION ALL SELECT 'complaints', complaint_id, order_id, NULL, buyer_id, scenario, created_at, 'platform'
        FROM complaints ANTI JOIN ordinary USING (scenario)
        WHERE known(created_at, arrived_at) AND order_id IS NOT NULL
    UNION ALL SELECT 'platform_contacts', contact_id, order_id, NULL, buyer_id, scenario, created_at,
            CASE channel WHEN 'intervention' THEN 'intervention' ELSE 'platform' END
        FROM platform_contacts ANTI JOIN ordinary USING (scenario)
        WHERE known(created_at, arrived_at) AND order_id IS NOT NULL
), kept AS (
    SELECT told.*, coalesce(evidence, 0) | coalesce(gone_orders.hanging, 0) AS mask
    FROM told LEFT JOIN gone USING ("table", row_id) LEFT JOIN gone_orders ON told.order_id = gone_orders.order_id
), flags AS (
    SELECT buyer_id, from_at, to_at FROM buyers WHERE risk = 'malicious'
), nameless AS (  -- a request that names no buyer is its order's
    SELECT order_id, buyer_id FROM orders SEMI JOIN (FROM kept WHERE buyer_id IS NULL) USING (order_id)
        SEMI JOIN flags USING (buyer_id)
), asked AS (
    SELECT kept.* REPLACE (coalesce(kept.buyer_id, nameless.buyer_id) AS buyer_id)
    FROM kept LEFT JOIN nameless ON kept.buyer_id IS NULL AND kept.order_id = nameless.order_id
)
SELECT asked.order_id, named, channel, scenarios.scenario IS NOT NULL AS in_catalogue, module, mask
FROM asked LEFT JOIN scenarios USING (scenario)
    ANTI JOIN flags ON asked.buyer_id = flags.buyer_id AND (from_at IS NULL OR from_at <= asked_at)
        AND (to_at IS NULL OR asked_at < to_at);
