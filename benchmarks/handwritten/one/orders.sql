-- Volume and the five indicators counted over orders, per shop.
--
-- Few orders have anything bad hanging on them or are excluded, so whatever does is gathered into one small table of
-- marks, one row per order, and the large table is scanned once against it. Whoever is known has been known before
-- the day, so a numerator is a mark: no times but that of the first slow-shipping tag are compared.
CREATE TEMP TABLE tally_orders AS
WITH reviewed AS (
    SELECT order_id, stars, review_id, greatest(created_at, coalesce(arrived_at, created_at)) AS known_at
    FROM reviews
    WHERE known(created_at, arrived_at) AND past(removed_at) IS NULL AND follow_up IS NOT TRUE AND by_default IS NOT TRUE
), believed AS (
    SELECT * FROM reviewed
    ANTI JOIN (SELECT row_id AS review_id FROM gone WHERE "table" = 'reviews' AND struck
               AND (indicator IS NULL OR indicator = 'negative_feedback_rate')) USING (review_id)
), bad_reviews AS (  -- the first review is bad: only orders with a bad one need their reviews put in order
    SELECT order_id FROM believed SEMI JOIN (SELECT order_id FROM believed WHERE stars <= 2) USING (order_id)
    GROUP BY order_id HAVING min((known_at, review_id)) = min((known_at, review_id)) FILTER (stars <= 2)
), complained AS (
    SELECT order_id, reason_class, case_id, greatest(applied_at, coalesce(arrived_at, applied_at)) AS known_at
    FROM after_sales
    ANTI JOIN (SELECT row_id AS case_id FROM gone WHERE "table" = 'after_sales' AND struck
               AND (indicator IS NULL OR indicator = 'negative_feedback_rate')) USING (case_id)
    WHERE known(applied_at, arrived_at)
), bad_cases AS (
    SELECT order_id FROM complained
    SEMI JOIN (SELECT order_id FROM complained WHERE reason_class = 'goods_quality') USING (order_id)
    GROUP BY order_id
    HAVING min((known_at, case_id)) = min((known_at, case_id)) FILTER (reason_class = 'goods_quality')
), tags AS (
    SELECT order_id, created_at, feedback_id,
        kind IN ('false_advertising', 'not_as_described', 'would_not_recommend') AS of_goods
    FROM feedback
    WHERE known(created_at, arrived_at)
        AND kind IN ('false_advertising', 'not_as_described', 'would_not_recommend',
                     'slow_shipping', 'wrong_goods', 'missing_goods', 'empty_parcel')
), gone_tags AS (
    SELECT row_id AS feedback_id, indicator, struck FROM gone WHERE "table" = 'feedback'
), facts AS (
    SELECT order_id, 1 AS mark, NULL::TIMESTAMP AS tagged_at FROM bad_reviews
    UNION ALL SELECT order_id, 1, NULL FROM bad_cases
    UNION ALL SELECT order_id, 1, NULL FROM tags
        ANTI JOIN (FROM gone_tags WHERE struck AND (indicator IS NULL OR indicator = 'negative_feedback_rate'))
            USING (feedback_id)
        WHERE of_goods
    UNION ALL SELECT order_id, 0, created_at FROM tags
        ANTI JOIN (FROM gone_tags WHERE indicator IS NULL OR indicator = 'logistics_negative_rate')
            USING (feedback_id)
        WHERE NOT of_goods
    UNION ALL SELECT order_id, 2, NULL FROM complaints
        ANTI JOIN (SELECT row_id AS complaint_id FROM gone WHERE "table" = 'complaints' AND struck
                   AND (indicator IS NULL OR indicator = 'complaint_rate')) USING (complaint_id)
        WHERE known(created_at, arrived_at) AND about IS DISTINCT FROM 'agent' AND upheld IS NOT FALSE
            AND order_id IS NOT NULL
    UNION ALL SELECT row_id,
        CASE indicator WHEN 'negative_feedback_rate' THEN CASE WHEN struck THEN 4 ELSE 0 END
            WHEN 'collection_timeliness' THEN 8 WHEN 'delivery_duration' THEN 16
            WHEN 'logistics_negative_rate' THEN 32
            WHEN 'complaint_rate' THEN CASE WHEN struck THEN 64 ELSE 0 END
            ELSE CASE WHEN indicator IS NOT NULL THEN 0 WHEN struck THEN 4 + 8 + 16 + 32 + 64 + 128 ELSE 8 + 16 + 32 END
        END, NULL
    FROM gone WHERE "table" = 'orders'
), marks AS (
    SELECT order_id, bit_or(mark)::UTINYINT AS mark, min(tagged_at) AS tagged_at FROM facts GROUP BY order_id
), judged AS (
    SELECT shop_id, paid_at, promised_ship_at + INTERVAL 24 HOUR AS deadline, past(collected_at) AS collected_at,
        past(delivered_at) AS delivered_at, past(cancelled_at) AS cancelled_at, presale IS TRUE AS presale,
        CASE WHEN distance_km - distance_km = 0 THEN distance_km END AS km,  -- neither NaN nor infinite
        coalesce(km > 3000
            OR km > 700 AND left(origin_province, 2) IN ('内蒙', '新疆', '西藏', '宁夏', '海南', '青海')
            OR km > 2000 AND (left(origin_province, 2) IN ('吉林', '甘肃') OR left(origin_province, 3) = '黑龙江'),
            false) AS remote,
        coalesce(mark, 0) AS mark, tagged_at
    FROM orders LEFT JOIN marks USING (order_id)
    WHERE known(orders.paid_at, orders.arrived_at)
), due AS (
    SELECT *, coalesce(collected_at <= deadline, false) AS in_time,
        CASE WHEN in_time THEN collected_at ELSE deadline END AS due_at,
        in_days(paid_at, 90) AS paid, in_days(delivered_at, 90) AND mark & 4 = 0 AS received,
        NOT remote AND mark & 8 = 0 AND NOT presale AND in_days(due_at, 90) AND NOT coalesce(cancelled_at < due_at, false)
            AS is_due,
        NOT remote AND mark & 16 = 0 AND in_days(delivered_at, 90) AND delivered_at >= collected_at AS travelled,
        paid AND NOT remote AND mark & 32 = 0 AS shipped,
        paid_at >= getvariable('now') - INTERVAL 104 DAY AND paid_at < getvariable('now') - INTERVAL 14 DAY
            AND mark & 64 = 0 AS may_complain
    FROM judged
)
SELECT shop_id,
    count(*) FILTER (paid AND mark & 128 = 0) AS volume,
    count(*) FILTER (received AND mark & 1 = 1) AS negative, count(*) FILTER (received) AS received,
    count(*) FILTER (is_due AND in_time) AS in_time, count(*) FILTER (is_due) AS due,
    sum(seconds(collected_at, delivered_at)) FILTER (travelled) AS travel, count(*) FILTER (travelled) AS travelled,
    count(*) FILTER (shipped AND tagged_at < paid_at + INTERVAL 14 DAY) AS slow, count(*) FILTER (shipped) AS shipped,
    count(*) FILTER (may_complain AND mark & 2 = 2) AS complained, count(*) FILTER (may_complain) AS may_complain
FROM due GROUP BY shop_id;
