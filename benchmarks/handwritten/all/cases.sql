-- What is counted over after-sales cases, and over work orders, per shop.
CREATE TEMP TABLE tally_cases AS
WITH known_cases AS (
    SELECT shop_id, kind, liability, outcome, applied_at, past(completed_at) AS completed_at,
        past(platform_intervened_at) IS NOT NULL AS intervened, past(reviewed_at) AS reviewed_at, past(handled_at) AS handled_at,
        coalesce(past(return_delivered_at), past(pending_at)) AS received_at,
        coalesce(own, 0) | coalesce(hanging, 0) AS mask
    FROM after_sales LEFT JOIN (SELECT row_id AS case_id, own FROM gone WHERE "table" = 'after_sales') USING (case_id)
        LEFT JOIN gone_orders USING (order_id)
    WHERE known(applied_at, arrived_at)
), judged AS (
    SELECT *, in_days(completed_at, 90) AS done_90, in_days(completed_at, 30) AS done_30,
        outcome IS NOT DISTINCT FROM 'refunded' OR outcome IS NULL AS may_be_refunded,
        may_be_refunded AND NOT intervened AND completed_at >= applied_at AS by_itself,
        by_itself AND kind = 'refund_only' AND stays(mask, 'limited refund_only_duration') AS refund_only,
        by_itself AND kind = 'return_refund' AND stays(mask, 'limited return_refund_duration') AS return_refund,
        in_days(handled_at, 90) AND reviewed_at >= applied_at AND handled_at >= received_at
            AND stays(mask, 'plain aftersales_duration') AS handled,
        done_90 AND stays(mask, 'limited dispute_liability_rate') AS decided,
        done_30 AND kind IN ('refund_only', 'return_refund') AND may_be_refunded AND stays(mask, 'limited dispute_rate')
            AS refunded,
        seconds(applied_at, completed_at) AS taken
    FROM known_cases
)
SELECT shop_id,
    pair(count(*) FILTER (decided AND intervened AND liability = 'merchant'), count(*) FILTER (decided)) AS lost,
    pair(sum(taken) FILTER (refund_only AND done_90), count(*) FILTER (refund_only AND done_90)) AS refund_only,
    pair(sum(taken) FILTER (return_refund AND done_90), count(*) FILTER (return_refund AND done_90)) AS return_refund,
    pair(sum(taken) FILTER (refund_only AND done_30), count(*) FILTER (refund_only AND done_30)) AS refund_only_30,
    pair(sum(taken) FILTER (return_refund AND done_30), count(*) FILTER (return_refund AND done_30)) AS return_refund_30,
    pair(count(*) FILTER (refunded AND liability IN ('merchant', 'both')), count(*) FILTER (refunded)) AS liable,
    pair(sum(seconds(applied_at, reviewed_at) + seconds(received_at, handled_at)) FILTER (handled),
        count(*) FILTER (handled)) AS handled
FROM judged GROUP BY shop_id;

CREATE TEMP TABLE tally_work AS
SELECT shop_id, pair(count(*) FILTER (closed_by IN ('merchant', 'system')), count(*)) AS finished
FROM work_orders
    LEFT JOIN (SELECT row_id AS work_order_id, own FROM gone WHERE "table" = 'work_orders') USING (work_order_id)
    LEFT JOIN gone_orders USING (order_id)
WHERE known(created_at, arrived_at) AND in_days(closed_at, 30)
    AND stays(coalesce(own, 0) | coalesce(hanging, 0), 'evident work_order_completion_rate')
GROUP BY shop_id;
