-- Sessions, whether they count at all, and what is counted over them alone.
CREATE TEMP TABLE talks AS
SELECT session_id, subject, shop_id, agent_id, buyer_id, order_id, started_at, ended_at, handled_by, phase, rating, rated_at,
    survey, asked(started_at) AS begun, hour(started_at) AS hour, handled_by IS DISTINCT FROM 'bot' AS with_people,
    session_id IN (FROM gone('sessions')) OR coalesce(order_id IN (FROM gone('orders')), false) AS gone
FROM sessions;

CREATE TEMP VIEW spoken AS
WITH said AS (
    FROM messages WHERE sent_at >= getvariable('first')
    UNION ALL FROM messages SEMI JOIN (FROM talks WHERE begun) USING (session_id) WHERE sent_at < getvariable('first')
)
SELECT session_id, shop_id, buyer_id, agent_id, sent_at, sender = 'buyer' AS asks,
    sender = 'agent' AND auto IS NOT TRUE AS person
FROM said WHERE sender IN ('buyer', 'agent', 'bot');

CREATE TEMP TABLE tally_sessions AS
WITH contacts AS (
    SELECT order_id, started_at AS came_at FROM talks WHERE order_id IS NOT NULL AND NOT gone
    UNION ALL SELECT order_id, created_at FROM platform_contacts WHERE order_id IS NOT NULL
), again AS (
    SELECT DISTINCT session_id FROM talks JOIN contacts USING (order_id)
    WHERE begun AND rating IS NULL AND came_at > started_at AND came_at <= coalesce(ended_at, started_at) + INTERVAL 24 HOUR
)
SELECT subject, count(*) FILTER (with_people) AS held,
    count(*) FILTER (with_people AND CASE WHEN rating IS NULL THEN again.session_id IS NULL ELSE rating >= 4 END) AS solved,
    count(survey) AS surveyed, count(*) FILTER (survey = 1) AS one, count(*) FILTER (survey = 2) AS two,
    count(*) FILTER (survey = 3) AS three, count(DISTINCT buyer_id) FILTER (with_people) AS served,
    count(DISTINCT buyer_id) FILTER (with_people AND phase = 'presale') AS served_before,
    count(DISTINCT buyer_id) FILTER (with_people AND phase = 'aftersale') AS served_after
FROM talks LEFT JOIN again USING (session_id) WHERE begun AND NOT gone GROUP BY subject;

CREATE TEMP TABLE tally_ratings AS
WITH rated AS (
    SELECT subject, true AS of_session, rating AS stars, coalesce(rated_at, started_at) AS rated_on FROM talks
    WHERE rating IS NOT NULL AND NOT gone
    UNION ALL SELECT subject, false, satisfaction, coalesce(completed_at, applied_at) FROM cases
    WHERE satisfaction IS NOT NULL AND NOT gone
)
SELECT subject, count(*) AS of_both, count(*) FILTER (of_session) AS of_sessions,
    count(*) FILTER (stars >= 4) AS both_good, count(*) FILTER (of_session AND stars >= 4) AS good
FROM rated WHERE asked(rated_on) GROUP BY subject;

-- A complaint has the phase of the buyer's last session before it.
CREATE TEMP TABLE tally_complaints AS
WITH made AS (
    SELECT complaint_id, subject, shop_id, buyer_id, created_at, row_id IS NOT NULL AS gone_here
    FROM complaints
        LEFT JOIN (SELECT DISTINCT row_id FROM struck WHERE "table" = 'complaints' AND indicator = 'complaint_rate')
        ON row_id = complaint_id
    WHERE about = 'agent' AND asked(created_at) AND upheld IS NOT FALSE AND complaint_id NOT IN (FROM gone('complaints'))
        AND NOT coalesce(order_id IN (FROM gone('orders')), false)
), phased AS (
    SELECT complaint_id, arg_max_null(phase, (started_at, session_id)) AS phase
    FROM made JOIN talks USING (shop_id, buyer_id) WHERE started_at <= created_at GROUP BY complaint_id
)
SELECT made.subject, count(*) FILTER (NOT gone_here) AS complaints, count(*) FILTER (phase = 'presale') AS before_sale,
    count(*) FILTER (phase = 'aftersale') AS after_sale
FROM made LEFT JOIN phased USING (complaint_id) GROUP BY made.subject;
