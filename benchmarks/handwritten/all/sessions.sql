-- What is counted over service sessions, per shop.
CREATE TEMP TABLE talks AS
SELECT session_id, shop_id, buyer_id, agent_id, started_at, rating, past(rated_at) AS rated_at, survey,
    coalesce(own, 0) | coalesce(hanging, 0) AS mask, handled_by IS DISTINCT FROM 'bot' AS with_people
FROM sessions LEFT JOIN (SELECT row_id AS session_id, own FROM gone WHERE "table" = 'sessions') USING (session_id)
    LEFT JOIN gone_orders USING (order_id)
WHERE known(started_at, arrived_at);

CREATE TEMP TABLE tally_ratings AS
WITH rated AS (
    SELECT shop_id, rating, rated_at, CASE WHEN agent_id IS NOT NULL THEN lag(rated_at) OVER same_pair END AS before
    FROM talks
    WHERE with_people AND rating IS NOT NULL AND rated_at IS NOT NULL AND stays(mask, 'limited im_dissatisfaction_rate')
    WINDOW same_pair AS (PARTITION BY buyer_id, agent_id ORDER BY rated_at, session_id)
)
SELECT shop_id, pair(count(*) FILTER (rating <= 3), count(*)) AS unhappy
FROM rated
WHERE in_days(rated_at, 90) AND (before IS NULL OR rated_at >= before + INTERVAL 24 HOUR)
GROUP BY shop_id;

CREATE TEMP TABLE tally_satisfaction AS
WITH judged AS (
    SELECT shop_id, rating IS NOT NULL AND rated_at IS NOT NULL AS starred,
        CASE WHEN starred THEN rated_at WHEN survey IS NOT NULL THEN started_at END AS judged_at,
        CASE WHEN starred THEN rating >= 4 ELSE survey <= 1 END AS satisfied
    FROM talks WHERE with_people AND stays(mask, 'limited satisfied_session_rate')
)
SELECT shop_id, pair(count(*) FILTER (satisfied), count(*)) AS satisfied
FROM judged WHERE in_days(judged_at, 30) GROUP BY shop_id;
