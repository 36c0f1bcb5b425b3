-- What hangs on an order, as one small table with a row per order that has any mark: few have. Whoever is known has been
-- known before the day, so a numerator is a mark; no time but that of the first slow-shipping tag is compared.
CREATE MACRO mark(name) AS 1::INTEGER << (list_position([
    'feedback', 'complaint', 'negative', 'bad_review', 'quality_return', 'goods_help', 'shipping_help', 'logistics_help',
    'platform_help', 'help', 'basic_help', 'intervention', 'refund'], name) - 1)::INTEGER;
CREATE MACRO marked(marks, name) AS marks & mark(name) <> 0;
CREATE MACRO if_so(condition, name) AS CASE WHEN condition THEN mark(name) ELSE 0 END;

-- The first known review, or case, counts if it is bad: only orders with a bad one need theirs put in order.
CREATE TEMP TABLE first_reviews AS
WITH reviewed AS (
    SELECT order_id, stars, goods_stars, coalesce(evidence, 0) AS mask,
        (greatest(created_at, coalesce(arrived_at, created_at)), review_id) AS place
    FROM reviews LEFT JOIN (SELECT row_id AS review_id, evidence FROM gone WHERE "table" = 'reviews') USING (review_id)
    WHERE known(created_at, arrived_at) AND past(removed_at) IS NULL AND follow_up IS NOT TRUE AND by_default IS NOT TRUE
), candidates AS (
    SELECT *, stays(mask, 'limited negative_feedback_rate') AS of_feedback, stays(mask, 'plain negative_order_rate') AS of_all,
        stays(mask, 'limited quality_bad_review_rate') AS of_quality
    FROM reviewed SEMI JOIN (FROM reviewed WHERE stars <= 2 OR goods_stars <= 2) USING (order_id)
)
SELECT order_id,
    if_so(min(place) FILTER (of_feedback) = min(place) FILTER (of_feedback AND stars <= 2), 'feedback')
    | if_so(min(place) FILTER (of_all) = min(place) FILTER (of_all AND stars <= 2), 'negative')
    | if_so(min(place) FILTER (of_quality) = min(place) FILTER (of_quality AND goods_stars <= 2), 'bad_review') AS marks
FROM candidates GROUP BY order_id;

CREATE TEMP TABLE known_cases AS
SELECT order_id, kind, reason_class, liability, coalesce(evidence, 0) AS mask,
    past(platform_intervened_at) IS NOT NULL AS intervened, past(completed_at) IS NOT NULL AND outcome = 'refunded' AS refunded,
    (greatest(applied_at, coalesce(arrived_at, applied_at)), case_id) AS place,
    stays(mask, 'limited negative_feedback_rate') AS of_feedback, stays(mask, 'plain negative_order_rate') AS of_all,
    stays(mask, 'limited quality_return_rate') AS of_returns
FROM after_sales LEFT JOIN (SELECT row_id AS case_id, evidence FROM gone WHERE "table" = 'after_sales') USING (case_id)
WHERE known(applied_at, arrived_at);

CREATE TEMP TABLE first_cases AS
SELECT order_id,
    if_so(min(place) FILTER (of_feedback)
        = min(place) FILTER (of_feedback AND reason_class = 'goods_quality'), 'feedback')
    | if_so(min(place) FILTER (of_all)
        = min(place) FILTER (of_all AND reason_class IN ('goods_quality', 'logistics')), 'negative')
    | if_so(min(place) FILTER (of_returns) = min(place) FILTER (of_returns AND reason_class = 'goods_quality'
        AND kind IN ('refund_only', 'return_refund')), 'quality_return') AS marks
FROM known_cases SEMI JOIN (FROM known_cases WHERE reason_class IN ('goods_quality', 'logistics')) USING (order_id)
GROUP BY order_id;

CREATE TEMP TABLE marks AS
WITH tags AS (
    SELECT order_id, created_at, coalesce(evidence, 0) AS mask,
        kind IN ('false_advertising', 'not_as_described', 'would_not_recommend') AS of_goods,
        kind IN ('slow_shipping', 'wrong_goods', 'missing_goods', 'empty_parcel') AS of_shipping
    FROM feedback LEFT JOIN (SELECT row_id AS feedback_id, evidence FROM gone WHERE "table" = 'feedback') USING (feedback_id)
    WHERE known(created_at, arrived_at)
), grumbles AS (
    SELECT order_id, coalesce(evidence, 0) AS mask
    FROM complaints
        LEFT JOIN (SELECT row_id AS complaint_id, evidence FROM gone WHERE "table" = 'complaints') USING (complaint_id)
    WHERE known(created_at, arrived_at) AND about IS DISTINCT FROM 'agent' AND upheld IS NOT FALSE AND order_id IS NOT NULL
), facts AS (
    SELECT order_id, marks, NULL::TIMESTAMP AS tagged_at, NULL::INTEGER AS disputes, NULL::INTEGER AS returns, NULL::BIGINT AS mask
    FROM first_reviews WHERE marks <> 0
    UNION ALL SELECT order_id, marks, NULL, NULL, NULL, NULL FROM first_cases WHERE marks <> 0
    UNION ALL SELECT order_id, if_so(of_goods AND stays(mask, 'limited negative_feedback_rate'), 'feedback')
            | if_so(stays(mask, 'plain negative_order_rate'), 'negative'),
            CASE WHEN of_shipping AND stays(mask, 'exempt logistics_negative_rate') THEN created_at END, NULL, NULL, NULL
        FROM tags
    UNION ALL SELECT order_id, if_so(stays(mask, 'limited complaint_rate'), 'complaint')
            | if_so(stays(mask, 'plain negative_order_rate'), 'negative'), NULL, NULL, NULL, NULL
        FROM grumbles
    UNION ALL SELECT order_id, if_so(intervened AND refunded AND liability = 'merchant'
                AND stays(mask | coalesce(hanging, 0), 'evident dispute_refund_rate'), 'refund'), NULL,
            (intervened AND liability IN ('merchant', 'both') AND stays(mask, 'plain dispute_rate'))::INTEGER,
            (kind IN ('return_refund', 'exchange', 'repair') AND stays(mask, 'plain return_rate'))::INTEGER, NULL
        FROM known_cases LEFT JOIN gone_orders USING (order_id)
        WHERE intervened AND liability IN ('merchant', 'both') OR kind IN ('return_refund', 'exchange', 'repair')
    UNION ALL SELECT named, mark('negative'), NULL, NULL, NULL, NULL
        FROM requests WHERE named IS NOT NULL AND in_catalogue AND stays(mask, 'plain negative_order_rate')
    UNION ALL SELECT order_id, if_so(module = 'goods' AND stays(mask, 'evident goods_help_rate'), 'goods_help')
            | if_so(module = 'shipping' AND stays(mask, 'evident shipping_help_rate'), 'shipping_help')
            | if_so(module = 'logistics' AND stays(mask, 'evident logistics_help_rate'), 'logistics_help')
            | if_so(module = 'basic_service' AND stays(mask, 'evident basic_service_help_rate'), 'basic_help')
            | if_so(channel IN ('intervention', 'platform') AND stays(mask, 'evident platform_help_rate'), 'platform_help')
            | if_so(stays(mask, 'evident help_rate'), 'help')
            | if_so(channel = 'intervention' AND stays(mask, 'evident intervention_help_rate'), 'intervention'),
            NULL, NULL, NULL, NULL
        FROM requests
    UNION ALL SELECT row_id, 0, NULL, NULL, NULL, own FROM gone WHERE "table" = 'orders'
)
SELECT order_id, bit_or(marks) AS marks, min(tagged_at) AS tagged_at, sum(disputes)::INTEGER AS disputes,
    sum(returns)::INTEGER AS returns, bit_or(mask) AS mask
FROM facts GROUP BY order_id;
