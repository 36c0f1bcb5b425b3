-- Everything counted over orders, in one scan. Orders that stand alike to every window, with the same marks and
-- exclusions, are counted together first; what is asked of them is asked of those few groups.
CREATE MACRO place(name) AS (list_position([
    'paid_30', 'paid_60', 'paid_90', 'may_complain', 'grouped', 'delivered_30', 'delivered_90', 'received', 'in_time', 'due_30',
    'due_90', 'travelled', 'remote', 'abnormal', 'pickup', 'completed', 'slow'], name) - 1)::INTEGER;
CREATE MACRO so(condition, name) AS coalesce(condition::INTEGER, 0) << place(name);
CREATE MACRO stood(standing, name) AS standing & (1::INTEGER << place(name)) <> 0;

CREATE TEMP TABLE alike AS
WITH judged AS (
    SELECT shop_id, paid_at, past(grouped_at) AS grouped_at, past(shipped_at) AS shipped_at,
        past(collected_at) AS collected_at, past(delivered_at) AS delivered_at, past(completed_at) AS completed_at,
        past(cancelled_at) AS cancelled_at, promised_ship_at + INTERVAL 24 HOUR AS deadline, presale IS NOT TRUE AS in_stock,
        CASE WHEN distance_km > 700 AND distance_km - distance_km = 0 THEN distance_km END AS km,  -- not infinite, not NaN
        origin_province, least(greatest(coalesce(quantity, 1), 1), 1000000000) AS units, marks, mask, tagged_at, disputes, returns
    FROM orders LEFT JOIN marks USING (order_id)
    WHERE known(orders.paid_at, orders.arrived_at)
), timed AS (
    SELECT *, shipped_at + INTERVAL 24 HOUR AS pickup_deadline,
        CASE WHEN collected_at <= deadline THEN collected_at ELSE deadline END AS due_at,
        CASE WHEN collected_at <= pickup_deadline THEN collected_at ELSE coalesce(pickup_deadline, collected_at) END AS pickup_at,
        coalesce(delivered_at, completed_at) AS received_at
    FROM judged
), standing AS (
    SELECT shop_id, marks, mask, disputes, returns, units, seconds(collected_at, delivered_at) AS travel,
        so(paid_at >= days_ago(30), 'paid_30') | so(paid_at >= days_ago(60), 'paid_60') | so(paid_at >= days_ago(90), 'paid_90')
        | so(paid_at >= days_ago(104) AND paid_at < days_ago(14), 'may_complain') | so(grouped_at >= days_ago(30), 'grouped')
        | so(delivered_at >= days_ago(30), 'delivered_30') | so(delivered_at >= days_ago(90), 'delivered_90')
        | so(received_at >= days_ago(30), 'received') | so(completed_at >= days_ago(90), 'completed')
        | so(collected_at <= deadline, 'in_time') | so(delivered_at >= collected_at, 'travelled')
        | so(in_days(due_at, 30) AND in_stock AND (cancelled_at < due_at) IS NOT TRUE, 'due_30')
        | so(in_days(due_at, 90) AND in_stock AND (cancelled_at < due_at) IS NOT TRUE, 'due_90')
        | so(in_days(pickup_at, 30) AND (cancelled_at < pickup_at) IS NOT TRUE, 'pickup')
        | so(pickup_deadline IS NOT NULL AND (collected_at <= pickup_deadline) IS NOT TRUE OR collected_at < paid_at
            OR collected_at < shipped_at, 'abnormal')
        | so(km > 3000 OR km > 700 AND left(origin_province, 2) IN ('内蒙', '新疆', '西藏', '宁夏', '海南', '青海')
            OR km > 2000 AND (left(origin_province, 2) IN ('吉林', '甘肃') OR left(origin_province, 3) = '黑龙江'), 'remote')
        | so(tagged_at < paid_at + INTERVAL 14 DAY, 'slow') AS standing
    FROM timed
)
SELECT shop_id, standing, coalesce(marks, 0) AS marks, coalesce(mask, 0) AS mask, count(*) AS orders, sum(travel)::BIGINT AS travel,
    sum(units)::BIGINT AS units, sum(disputes)::BIGINT AS disputes, sum(returns)::BIGINT AS returns
FROM standing GROUP BY ALL;

CREATE TEMP TABLE tally_orders AS
WITH asked AS (
    SELECT *, stood(standing, 'paid_30') AS paid_30, stood(standing, 'paid_90') AS paid_90, stood(standing, 'grouped') AS grouped,
        stood(standing, 'remote') AS remote, stood(standing, 'in_time') AS in_time,
        stays(mask, 'exempt collection_timeliness') AS of_due,
        stays(mask, 'exempt delivery_duration') AND stood(standing, 'travelled') AS of_travel,
        stood(standing, 'delivered_90') AND stays(mask, 'limited negative_feedback_rate') AS of_feedback,
        of_due AND stood(standing, 'due_90') AND NOT remote AS due_90, of_due AND stood(standing, 'due_30') AS due_30,
        of_travel AND stood(standing, 'delivered_90') AND NOT remote AS travelled_90,
        of_travel AND stood(standing, 'delivered_30') AS travelled_30,
        paid_90 AND NOT remote AND stays(mask, 'exempt logistics_negative_rate') AS of_slow,
        stood(standing, 'may_complain') AND stays(mask, 'limited complaint_rate') AS of_complaints,
        paid_30 AND stays(mask, 'plain negative_order_rate') AS of_negative,
        stood(standing, 'received') AND stays(mask, 'limited quality_bad_review_rate') AS of_quality,
        paid_30 AND stays(mask, 'limited quality_return_rate') AS of_returned,
        stood(standing, 'pickup') AND stays(mask, 'exempt abnormal_collection_rate') AS of_pickup,
        paid_90 AND stays(mask, 'plain dispute_rate') AS of_disputes,
        stood(standing, 'completed') AND stays(mask, 'plain return_rate') AS of_units,
        grouped AND stays(mask, 'evident goods_help_rate') AS of_goods,
        grouped AND stays(mask, 'evident shipping_help_rate') AS of_shipping,
        grouped AND stays(mask, 'evident logistics_help_rate') AS of_logistics,
        grouped AND stays(mask, 'evident platform_help_rate') AS of_platform,
        grouped AND stays(mask, 'evident dispute_refund_rate') AS of_refunds,
        grouped AND stays(mask, 'evident help_rate') AS of_help,
        grouped AND stays(mask, 'evident basic_service_help_rate') AS of_basic,
        grouped AND stays(mask, 'evident intervention_help_rate') AS of_intervention
    FROM alike
)
SELECT shop_id,
    sum(orders) FILTER (paid_90 AND stays(mask, 'limited volume'))::BIGINT AS volume_90,
    sum(orders) FILTER (stood(standing, 'paid_60') AND stays(mask, 'plain volume'))::BIGINT AS volume_60,
    sum(orders) FILTER (paid_30 AND stays(mask, 'plain volume'))::BIGINT AS volume_30,
    sum(orders) FILTER (paid_30 AND stays(mask, 'limited volume'))::BIGINT AS star_volume,
    sum(orders) FILTER (grouped AND stays(mask, 'evident volume'))::BIGINT AS grouped,
    number(orders, marked(marks, 'feedback'), of_feedback) AS negative_feedback_rate,
    number(orders, in_time, due_90) AS collection_timeliness,
    pair(sum(travel) FILTER (travelled_90), sum(orders) FILTER (travelled_90)) AS delivery_duration,
    number(orders, stood(standing, 'slow'), of_slow) AS logistics_negative_rate,
    number(orders, marked(marks, 'complaint'), of_complaints) AS complaint_rate,
    number(orders, marked(marks, 'negative'), of_negative) AS negative_order_rate,
    number(orders, marked(marks, 'bad_review'), of_quality) AS quality_bad_review_rate,
    number(orders, marked(marks, 'quality_return'), of_returned) AS quality_return_rate,
    number(orders, in_time, due_30) AS star_collection,
    pair(sum(travel) FILTER (travelled_30), sum(orders) FILTER (travelled_30)) AS star_delivery,
    number(orders, stood(standing, 'abnormal'), of_pickup) AS abnormal_collection_rate,
    pair(sum(disputes) FILTER (of_disputes), sum(orders) FILTER (of_disputes)) AS dispute_rate,
    pair(sum(returns) FILTER (of_units), sum(units) FILTER (of_units)) AS return_rate,
    number(orders, marked(marks, 'goods_help'), of_goods) AS goods_help_rate,
    number(orders, marked(marks, 'shipping_help'), of_shipping) AS shipping_help_rate,
    number(orders, marked(marks, 'logistics_help'), of_logistics) AS logistics_help_rate,
    number(orders, marked(marks, 'platform_help'), of_platform) AS platform_help_rate,
    number(orders, marked(marks, 'refund'), of_refunds) AS dispute_refund_rate,
    number(orders, marked(marks, 'help'), of_help) AS help_rate,
    number(orders, marked(marks, 'basic_help'), of_basic) AS basic_service_help_rate,
    number(orders, marked(marks, 'intervention'), of_intervention) AS intervention_help_rate
FROM asked GROUP BY shop_id;

-- The category of most grouped orders of a shop; ties go to the name that comes first.
CREATE TEMP TABLE main_categories AS
WITH sold AS (
    SELECT shop_id, product_id, count(*) AS grouped
    FROM orders
    ANTI JOIN (SELECT row_id AS order_id FROM gone WHERE "table" = 'orders' AND NOT stays(own, 'evident volume')) USING (order_id)
    WHERE known(paid_at, arrived_at) AND in_days(grouped_at, 30)
    GROUP BY shop_id, product_id
), by_category AS (
    SELECT sold.shop_id, category, sum(grouped) AS grouped FROM sold JOIN products USING (product_id)
    WHERE category IS NOT NULL GROUP BY sold.shop_id, category
)
SELECT shop_id, arg_min(category, (-grouped, category)) AS main_category FROM by_category GROUP BY shop_id;
