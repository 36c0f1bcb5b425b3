-- From tallies to points: values, who is scored, standing among peers, points. All small: a row per shop and indicator,
-- in millionths.
CREATE TEMP TABLE valued AS
WITH valued AS (
    SELECT s.card, subject_id, peer_group, volume, p.* EXCLUDE (card, weight), p.weight AS part_weight, n, of,
        CASE WHEN indicator = 'goods_base_score' THEN half_up(n, of * 1000000, 1) ELSE half_up(n, of, 1000000) END AS value,
        CASE WHEN of = 0 THEN 'no_data' WHEN of < few THEN 'below_minimum' ELSE 'ok' END AS status,
        status = 'ok' OR instead IS NOT NULL AS given
    FROM subjects AS s JOIN cards USING (card) JOIN parts AS p USING (card) JOIN counted USING (card, subject_id, indicator)
)
SELECT valued.* EXCLUDE (given), CASE WHEN up THEN -value ELSE value END AS badness,
    volume >= least_volume AND count(*) FILTER (given AND dimension IS NOT NULL) OVER (PARTITION BY card, subject_id) > 0
        AND (NOT needs_peers OR peer_group IS NOT NULL) AS scored,
    scored AND status = 'ok' AS ranked, CASE WHEN ranked THEN value END AS ranked_value, tells_difference
FROM valued JOIN cards USING (card);

-- How far from the mean, as a share of the distance of the highest or of the lowest.
CREATE MACRO difference(value, mean, lowest, highest) AS
    CASE WHEN value IS NULL OR mean IS NULL THEN NULL
    ELSE coalesce(half_up(greatest(value - mean, 0), highest - mean, 1000000), 0)
        - coalesce(half_up(greatest(mean - value, 0), mean - lowest, 1000000), 0) END;

-- Peers are the ranked shops of the group, or all of them where the group has fewer than five.
CREATE TEMP TABLE pointed AS
WITH category AS (
    SELECT card, indicator, peer_group, count(*) AS n, half_up(sum(value), count(*), 1) AS mean, min(value) AS lowest,
        max(value) AS highest, abs(list_sort(list(badness))[(count(*) + 9) // 10]) AS best10
    FROM valued WHERE ranked GROUP BY card, indicator, peer_group
), everybody AS (
    SELECT card, indicator, count(*) AS n, half_up(sum(value), count(*), 1) AS mean,
        abs(list_sort(list(badness))[(count(*) + 9) // 10]) AS best10
    FROM valued WHERE ranked GROUP BY card, indicator
), standing AS (
    SELECT *, rank() OVER (PARTITION BY card, indicator, peer_group, ranked ORDER BY badness) - 1 AS better_in_category,
        rank() OVER (PARTITION BY card, indicator, ranked ORDER BY badness) - 1 AS better_of_all
    FROM valued
)
SELECT v.*, coalesce(c.n >= 5, false) AS enough, CASE WHEN enough THEN 'group' ELSE 'all' END AS peer_scope,
    CASE WHEN enough THEN c.n ELSE coalesce(e.n, 0) END AS peers, CASE WHEN enough THEN c.mean ELSE e.mean END AS peer_mean,
    CASE WHEN enough THEN c.best10 ELSE e.best10 END AS peer_best10,
    CASE WHEN ranked THEN peers - CASE WHEN enough THEN better_in_category ELSE better_of_all END END AS not_better,
    CASE WHEN ranked AND tells_difference
        THEN difference(value, c.mean, c.lowest, c.highest) * CASE WHEN up THEN 1 ELSE -1 END END AS peer_difference,
    CASE WHEN NOT scored OR dimension IS NULL THEN NULL WHEN NOT ranked THEN instead
        WHEN worst IS NULL THEN half_up(not_better * (high - low), peers, 1) + low
        ELSE half_up(least(greatest(CASE WHEN up THEN value - worst ELSE worst - value END, 0), abs(best - worst))
            * (high - low), abs(best - worst), 1) + low END AS points,
    CASE WHEN scored AND dimension IS NOT NULL THEN coalesce(half_up(CASE WHEN points IS NULL THEN 0 ELSE part_weight END,
        sum(part_weight) FILTER (points IS NOT NULL) OVER (PARTITION BY v.card, subject_id, dimension), 1000000), 0) END AS weight,
    CASE WHEN status = 'ok' THEN NULL WHEN instead IS NOT NULL THEN 'fixed_points'
        WHEN v.card = 'douyin/ccr' THEN 'insufficient' ELSE 'leave_out' END AS policy
FROM standing AS v
    LEFT JOIN category AS c ON v.card = c.card AND v.indicator = c.indicator AND v.peer_group IS NOT DISTINCT FROM c.peer_group
    LEFT JOIN everybody AS e ON v.card = e.card AND v.indicator = e.indicator;

-- The mean of each dimension's indicators, and what two values of the stars of Kuaishou take from it.
CREATE TEMP TABLE rolled_up AS
WITH mean AS (
    SELECT card, subject_id, peer_group, volume, scored, dimension,
        half_up(sum(part_weight * points), sum(part_weight) FILTER (points IS NOT NULL), 1) AS before
    FROM pointed WHERE dimension IS NOT NULL GROUP BY card, subject_id, peer_group, volume, scored, dimension
), bad AS (
    SELECT card, subject_id, max(value) FILTER (indicator = 'abnormal_collection_rate') AS abnormal,
        max(value) FILTER (indicator = 'dispute_rate') AS disputes
    FROM pointed WHERE card = 'kuaishou/star' AND dimension IS NULL AND status = 'ok' GROUP BY card, subject_id
), lowered AS (
    SELECT mean.*, weight AS full_weight, dimension = 'logistics' AND before IS NOT NULL AND abnormal >= 50000 AS capped,
        CASE WHEN capped THEN least(before, 4000000) ELSE before END AS between_both,
        CASE WHEN between_both IS NULL THEN NULL WHEN disputes >= 20000 THEN 'severe' WHEN disputes >= 10000 THEN 'moderate'
            WHEN disputes >= 5000 THEN 'slight' END AS degree,
        CASE WHEN degree IS NULL THEN between_both ELSE greatest(between_both
            - CASE degree WHEN 'severe' THEN 1000000 WHEN 'moderate' THEN 500000 ELSE 200000 END, 2000000) END AS points
    FROM mean JOIN rules USING (card, dimension) LEFT JOIN bad USING (card, subject_id)
)
SELECT *, CASE WHEN scored THEN coalesce(half_up(CASE WHEN points IS NOT NULL THEN full_weight END,
    sum(full_weight) FILTER (points IS NOT NULL) OVER (PARTITION BY card, subject_id), 1000000), 0) END AS weight
FROM lowered;
