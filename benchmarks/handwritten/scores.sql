-- From tallies to the tables of the result contract: values, standing among peers, points, dimensions, raw score, the
-- gate, and what is shown. All small: one row per shop and indicator. Counted in millionths.
CREATE TEMP TABLE valued AS
WITH shop AS (
    FROM shops LEFT JOIN tally_orders USING (shop_id) LEFT JOIN tally_cases USING (shop_id)
        LEFT JOIN tally_replies USING (shop_id) LEFT JOIN tally_ratings USING (shop_id)
        LEFT JOIN tally_listings USING (shop_id)
    SELECT *, tally_replies.in_time AS replied, tally_orders.in_time AS collected
), listed AS (
    SELECT shop_id AS subject_id, category AS peer_group, coalesce(volume, 0) AS volume, unnest([
        {d: 'goods', i: 'goods_base_score', up: true, n: NULL, of: NULL},
        {d: 'goods', i: 'negative_feedback_rate', up: false, n: negative, of: received},
        {d: 'logistics', i: 'collection_timeliness', up: true, n: collected, of: due},
        {d: 'logistics', i: 'delivery_duration', up: false, n: travel::BIGINT, of: travelled},
        {d: 'logistics', i: 'logistics_negative_rate', up: false, n: slow, of: shipped},
        {d: 'service', i: 'complaint_rate', up: false, n: complained, of: may_complain},
        {d: 'service', i: 'dispute_liability_rate', up: false, n: lost, of: completed},
        {d: 'service', i: 'im_3min_reply_rate', up: true, n: replied, of: asked},
        {d: 'service', i: 'refund_only_duration', up: false, n: refund::BIGINT, of: refunds},
        {d: 'service', i: 'return_refund_duration', up: false, n: back::BIGINT, of: backs},
        {d: 'service', i: 'im_dissatisfaction_rate', up: false, n: unhappy, of: rated}]) AS c, shares, products
    FROM shop
)
SELECT subject_id, peer_group, volume, c.d AS dimension, c.i AS indicator,
    CASE WHEN indicator <> 'goods_base_score' THEN coalesce(c.n, 0) END AS numerator,
    CASE WHEN indicator <> 'goods_base_score' THEN coalesce(c.of, 0) END AS denominator,
    CASE WHEN indicator = 'goods_base_score' THEN half_up(shares, products * 1000000, 1)
        ELSE half_up(numerator, denominator, 1000000) END AS value,
    CASE WHEN c.up THEN -value ELSE value END AS badness,
    volume >= 30 AND count(value) OVER (PARTITION BY subject_id) > 0 AS scored,
    scored AND value IS NOT NULL AS ranked
FROM listed;

-- Peers are the ranked shops of the category, or all of them where the category has fewer than five.
CREATE TEMP TABLE pointed AS
WITH category AS (
    SELECT indicator, peer_group, count(*) AS n, half_up(sum(value), count(*), 1) AS mean,
        abs(list_sort(list(badness))[(count(*) + 9) // 10]) AS best10
    FROM valued WHERE ranked GROUP BY indicator, peer_group
), everybody AS (
    SELECT indicator, count(*) AS n, half_up(sum(value), count(*), 1) AS mean,
        abs(list_sort(list(badness))[(count(*) + 9) // 10]) AS best10
    FROM valued WHERE ranked GROUP BY indicator
), standing AS (
    SELECT *, rank() OVER (PARTITION BY indicator, peer_group, ranked ORDER BY badness) - 1 AS better_in_category,
        rank() OVER (PARTITION BY indicator, ranked ORDER BY badness) - 1 AS better_of_all
    FROM valued
)
SELECT v.*, c.n >= 5 AS enough,
    CASE WHEN enough THEN c.n ELSE coalesce(e.n, 0) END AS peers, CASE WHEN enough THEN c.mean ELSE e.mean END AS peer_mean,
    CASE WHEN enough THEN c.best10 ELSE e.best10 END AS peer_best10,
    CASE WHEN ranked THEN peers - CASE WHEN enough THEN better_in_category ELSE better_of_all END END AS not_better,
    CASE WHEN ranked THEN half_up(not_better * 2000000, peers, 1) + 3000000 END AS points,
    CASE WHEN NOT scored THEN NULL WHEN ranked
        THEN half_up(1, count(*) FILTER (ranked) OVER (PARTITION BY subject_id, dimension), 1000000) ELSE 0 END AS weight
FROM standing AS v
    LEFT JOIN category AS c ON v.indicator = c.indicator AND v.peer_group IS NOT DISTINCT FROM c.peer_group
    LEFT JOIN everybody AS e ON v.indicator = e.indicator;

CREATE TEMP TABLE rolled_up AS
WITH mean AS (
    SELECT subject_id, peer_group, volume, scored, dimension, half_up(sum(points), count(points), 1) AS points,
        CASE dimension WHEN 'goods' THEN 4250 WHEN 'logistics' THEN 2000 ELSE 3750 END AS weight
    FROM pointed GROUP BY subject_id, peer_group, volume, scored, dimension
)
SELECT * REPLACE (CASE WHEN scored THEN coalesce(half_up(CASE WHEN points IS NOT NULL THEN weight END,
        sum(weight) FILTER (points IS NOT NULL) OVER (PARTITION BY subject_id), 1000000), 0) END AS weight),
    weight AS full_weight
FROM mean;

CREATE TEMP TABLE totals AS
SELECT subject_id, peer_group, volume, scored,
    half_up(sum(full_weight * points), sum(full_weight) FILTER (points IS NOT NULL), 1) AS raw
FROM rolled_up GROUP BY subject_id, peer_group, volume, scored;

-- The gate: shops that fail it join the next lower pool of their category, which is then spread evenly over its band.
CREATE TEMP TABLE gated AS
WITH judged AS (
    SELECT totals.*, coalesce(value >= 150000, false) AND raw >= 4800000 AS demoted,
        CASE WHEN demoted THEN CASE WHEN raw >= 4900000 THEN 4800000 ELSE 4700000 END
            WHEN raw >= 4800000 AND raw < 4900000 THEN 4800000
            WHEN raw >= 4700000 AND raw < 4800000 THEN 4700000 END AS pool
    FROM totals LEFT JOIN (SELECT subject_id, value FROM pointed WHERE indicator = 'im_dissatisfaction_rate') USING (subject_id)
), placed AS (
    SELECT *, pool IS NOT NULL AND bool_or(demoted) OVER pool AS moved, count(*) OVER pool AS size,
        row_number() OVER (PARTITION BY peer_group, pool ORDER BY raw, subject_id) - 1 AS place
    FROM judged WINDOW pool AS (PARTITION BY peer_group, pool)
)
SELECT *, CASE WHEN moved THEN pool + half_up(place * 100000, size, 1) ELSE raw END AS score FROM placed;

CREATE TEMP TABLE scores AS
SELECT 'douyin/experience' AS scorecard, '2022-09-26' AS version, getvariable('now')::DATE AS as_of, subject_id, peer_group,
    CASE WHEN scored THEN 'scored' ELSE 'insufficient' END AS status,
    (half_up(score, 10000, 1) * 0.01::DECIMAL(3, 2))::DECIMAL(20, 2) AS score, shown(raw) AS raw_score, NULL::VARCHAR AS band,
    count(*) FILTER (scored) OVER (PARTITION BY peer_group) AS peers,
    CASE WHEN scored THEN rank() OVER (PARTITION BY peer_group, scored ORDER BY gated.score DESC) END AS peer_rank,
    shown(gated.score) AS gated_score, volume
FROM gated;

CREATE TEMP TABLE dimensions AS
SELECT 'douyin/experience' AS scorecard, '2022-09-26' AS version, getvariable('now')::DATE AS as_of, subject_id, dimension,
    shown(rolled_up.points) AS points, shown(rolled_up.weight) AS weight
FROM rolled_up;

CREATE TEMP TABLE indicators AS
SELECT 'douyin/experience' AS scorecard, '2022-09-26' AS version, getvariable('now')::DATE AS as_of, subject_id, dimension,
    indicator, numerator, denominator, shown(pointed.value) AS value, shown(pointed.points) AS points,
    shown(pointed.weight) AS weight, CASE WHEN pointed.value IS NULL THEN 'no_data' ELSE 'ok' END AS status,
    shown(pointed.peer_mean) AS peer_mean, shown(pointed.peer_best10) AS peer_best10, peers, not_better
FROM pointed;

CREATE TEMP TABLE adjustments AS
SELECT 'douyin/experience' AS scorecard, '2022-09-26' AS version, getvariable('now')::DATE AS as_of, subject_id,
    'im_gate' AS rule, shown(raw) AS before, shown(score) AS after,
    CASE WHEN demoted THEN 'demoted' ELSE 'reranked' END AS reason
FROM gated WHERE moved;
