-- The three indicators counted over after-sales cases, per shop.
CREATE TEMP TABLE tally_cases AS
WITH struck AS (
    SELECT row_id AS case_id, bool_or(indicator IS NULL) AS whole, bool_or(indicator = 'dispute_liability_rate') AS dispute,
        bool_or(indicator = 'refund_only_duration') AS refund, bool_or(indicator = 'return_refund_duration') AS back
    FROM gone WHERE "table" = 'after_sales' AND struck GROUP BY row_id
), of_orders AS (
    SELECT order_id, bool_or(indicator IS NULL) AS o_whole, bool_or(indicator = 'dispute_liability_rate') AS o_dispute,
        bool_or(indicator = 'refund_only_duration') AS o_refund, bool_or(indicator = 'return_refund_duration') AS o_back
    FROM gone_orders GROUP BY order_id
), completed AS (
    SELECT shop_id, liability, applied_at, completed_at, past(platform_intervened_at) IS NOT NULL AS intervened,
        (outcome = 'refunded') IS NOT FALSE AND past(platform_intervened_at) IS NULL AND completed_at >= applied_at AS by_itself, kind,
        coalesce(dispute, false) OR coalesce(o_dispute, false) AS no_dispute,
        coalesce(refund, false) OR coalesce(o_refund, false) AS no_refund,
        coalesce(back, false) OR coalesce(o_back, false) AS no_back
    FROM after_sales LEFT JOIN struck USING (case_id) LEFT JOIN of_orders USING (order_id)
    WHERE known(applied_at, arrived_at) AND in_days(completed_at, 90)
        AND whole IS NOT TRUE AND o_whole IS NOT TRUE
)
SELECT shop_id,
    count(*) FILTER (NOT no_dispute AND intervened AND liability = 'merchant') AS lost,
    count(*) FILTER (NOT no_dispute) AS completed,
    sum(seconds(applied_at, completed_at)) FILTER (by_itself AND kind = 'refund_only' AND NOT no_refund) AS refund,
    count(*) FILTER (by_itself AND kind = 'refund_only' AND NOT no_refund) AS refunds,
    sum(seconds(applied_at, completed_at)) FILTER (by_itself AND kind = 'return_refund' AND NOT no_back) AS back,
    count(*) FILTER (by_itself AND kind = 'return_refund' AND NOT no_back) AS backs
FROM completed GROUP BY shop_id;
