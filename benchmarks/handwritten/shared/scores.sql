-- From points to the tables of the result contract: the raw score, the gate of the experience score, bands, what is shown.
CREATE TEMP TABLE totals AS
SELECT card, subject_id, peer_group, volume, scored, min(points) AS lowest,
    half_up(sum(full_weight * points), sum(full_weight) FILTER (points IS NOT NULL), 1) AS raw
FROM rolled_up GROUP BY card, subject_id, peer_group, volume, scored;

-- Shops that fail the gate join the next lower pool of their category, which is then spread evenly over its band.
CREATE TEMP TABLE gated AS
WITH judged AS (
    SELECT totals.*, coalesce(value >= 150000, false) AND raw >= 4800000 AS demoted,
        CASE WHEN card <> 'douyin/experience' THEN NULL
            WHEN demoted THEN CASE WHEN raw >= 4900000 THEN 4800000 ELSE 4700000 END
            WHEN raw >= 4800000 AND raw < 4900000 THEN 4800000
            WHEN raw >= 4700000 AND raw < 4800000 THEN 4700000 END AS pool
    FROM totals LEFT JOIN (SELECT card, subject_id, value FROM pointed WHERE indicator = 'im_dissatisfaction_rate')
        USING (card, subject_id)
), placed AS (
    SELECT *, pool IS NOT NULL AND bool_or(demoted) OVER pool AS moved, count(*) OVER pool AS size,
        row_number() OVER (PARTITION BY card, peer_group, pool ORDER BY raw, subject_id) - 1 AS place
    FROM judged WINDOW pool AS (PARTITION BY card, peer_group, pool)
), final AS (
    SELECT *, CASE WHEN moved THEN pool + half_up(place * 100000, size, 1) ELSE raw END AS score FROM placed
)
SELECT *, count(*) FILTER (scored) OVER peers AS peers, half_up(sum(score) OVER peers, peers, 1) AS mean,
    min(score) OVER peers AS lowest_score, max(score) OVER peers AS highest_score,
    CASE WHEN card = 'kuaishou/star' THEN CASE WHEN score >= 4850000 AND lowest >= 4500000 THEN 'five_stars'
        WHEN score >= 4000000 AND lowest >= 3500000 THEN 'four_stars'
        WHEN score >= 3000000 AND lowest >= 2500000 THEN 'three_stars' WHEN score >= 2000000 THEN 'two_stars' END END AS band
FROM final WINDOW peers AS (PARTITION BY card, peer_group);

CREATE TEMP TABLE scores AS
SELECT card AS scorecard, version, getvariable('now')::DATE AS as_of, subject_id, peer_group,
    CASE WHEN scored THEN 'scored' ELSE 'insufficient' END AS status,
    (half_up(score, 10000, 1) * 0.01::DECIMAL(3, 2))::DECIMAL(20, 2) AS score, shown(raw) AS raw_score, band, peers,
    CASE WHEN scored THEN rank() OVER (PARTITION BY card, peer_group, scored ORDER BY gated.score DESC) END AS peer_rank,
    shown(gated.score) AS gated_score, volume,
    CASE WHEN tells_difference THEN shown(difference(gated.score, mean, lowest_score, highest_score)) END AS peer_difference,
    in_force_from IS NOT NULL AND getvariable('now') < in_force_from AS preview
FROM gated JOIN cards USING (card);

CREATE TEMP TABLE dimensions AS
SELECT card AS scorecard, version, getvariable('now')::DATE AS as_of, subject_id, dimension,
    CASE WHEN scored THEN shown(points) END AS points, shown(rolled_up.weight) AS weight
FROM rolled_up JOIN cards USING (card);

CREATE TEMP TABLE indicators AS
SELECT card AS scorecard, version, getvariable('now')::DATE AS as_of, subject_id, dimension, indicator,
    CASE WHEN indicator <> 'goods_base_score' THEN n END AS numerator,
    CASE WHEN indicator <> 'goods_base_score' THEN of END AS denominator, shown(pointed.value) AS value,
    shown(pointed.points) AS points, shown(pointed.weight) AS weight, status, shown(pointed.peer_mean) AS peer_mean,
    shown(pointed.peer_best10) AS peer_best10, peers, not_better, peer_scope, policy,
    shown(pointed.peer_difference) AS peer_difference
FROM pointed JOIN cards USING (card) WHERE dimension IS NOT NULL;

CREATE TEMP TABLE observed AS
SELECT card AS scorecard, version, getvariable('now')::DATE AS as_of, subject_id, indicator, n AS numerator,
    of AS denominator, shown(pointed.value) AS value, status, shown(pointed.peer_mean) AS peer_mean,
    shown(pointed.peer_best10) AS peer_best10, peers, not_better, peer_scope
FROM pointed JOIN cards USING (card) WHERE dimension IS NULL;

CREATE TEMP TABLE adjustments AS
WITH moved AS (
    SELECT card, subject_id, 'im_gate' AS rule, raw AS before, score AS after,
        CASE WHEN demoted THEN 'demoted' ELSE 'reranked' END AS reason
    FROM gated WHERE moved
    UNION ALL SELECT card, subject_id, 'abnormal_collection.logistics', before, between_both, 'not_met'
        FROM rolled_up WHERE capped AND scored
    UNION ALL SELECT card, subject_id, 'disputes.' || dimension, between_both, points, degree
        FROM rolled_up WHERE degree IS NOT NULL AND scored
)
SELECT card AS scorecard, version, getvariable('now')::DATE AS as_of, subject_id, rule, shown(moved.before) AS before,
    shown(moved.after) AS after, reason
FROM moved JOIN cards USING (card);

CREATE TEMP TABLE effects AS
WITH judged AS (
    SELECT card, version, subject_id, effect, of, sign, bound, more, scored,
        CASE of WHEN 'score' THEN score WHEN 'band' THEN NULL WHEN 'state' THEN NULL ELSE good_reviews END AS value,
        (bound * 1000000)::BIGINT AS limit_at, of = 'state' OR more LIKE '%state.%' AS of_state,
        CASE WHEN of = 'band' THEN band IS NOT NULL WHEN sign = '<' THEN value < limit_at WHEN sign = '>' THEN value > limit_at
            ELSE value >= limit_at END AS met
    FROM gated JOIN consequences USING (card) JOIN cards USING (card)
        LEFT JOIN (SELECT card, subject_id, value AS good_reviews FROM pointed
                   WHERE indicator = 'good_reviews' AND status = 'ok') USING (card, subject_id)
    WHERE in_force_from IS NULL OR in_force_from <= getvariable('now')
)
SELECT card AS scorecard, version, getvariable('now')::DATE AS as_of, subject_id, effect,
    CASE WHEN bound IS NULL AND of NOT IN ('state', 'band') THEN 'not_set' WHEN NOT scored OR coalesce(of_state, false) THEN 'not_assessed'
        WHEN met THEN 'holds' ELSE 'does_not_hold' END AS state,
    getvariable('now')::DATE AS since,
    CASE of WHEN 'state' THEN more WHEN 'band' THEN 'band = ' || more
        ELSE of || ' ' || sign || ' ' || coalesce(bound::VARCHAR, 'required') || coalesce(more, '') END AS condition,
    shown(judged.value) AS value,
    CASE WHEN state = 'not_set' THEN 'threshold_not_set' WHEN NOT scored THEN 'insufficient'
        WHEN coalesce(of_state, false) THEN 'state_unknown' ELSE of END AS reason
FROM judged;
