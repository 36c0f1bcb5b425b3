-- As waits_shop.sql, with who is credited: who replied, of several at one instant the lesser, else the session's agent.
CREATE TEMP TABLE waits AS
WITH said AS (
    SELECT *, CASE WHEN NOT asks THEN {moment: sent_at, agent: agent_id} END AS reply FROM spoken
), heard AS (
    SELECT session_id, shop_id, buyer_id, sent_at, asks,
        last_value(CASE WHEN person THEN reply END IGNORE NULLS) OVER later AS answer,
        last_value(reply IGNORE NULLS) OVER later AS reply
    FROM said
    WINDOW later AS (PARTITION BY session_id ORDER BY sent_at DESC, asks DESC, agent_id DESC NULLS FIRST ROWS UNBOUNDED PRECEDING)
)
SELECT session_id, heard.shop_id, heard.buyer_id, sent_at, phase, hour(sent_at) BETWEEN 8 AND 22 AS in_hours,
    asked(sent_at) AS asked, begun, answer.moment AS answer_at, seconds(sent_at, answer.moment)::INTEGER AS wait,
    seconds(sent_at, reply.moment)::INTEGER AS any_wait,
    coalesce(answer.agent, talks.agent_id) AS subject, coalesce(reply.agent, talks.agent_id) AS any_agent
FROM heard LEFT JOIN talks USING (session_id)
WHERE asks AND gone IS NOT TRUE AND (asked(sent_at) OR begun);

CREATE TEMP TABLE days AS
SELECT subject, shop_id, buyer_id, sent_at::DATE AS day, min(sent_at) AS first_at,
    max(coalesce(wait, 1000000000)) FILTER (in_hours) AS person
FROM waits WHERE asked AND subject IS NOT NULL GROUP BY ALL;

CREATE TEMP TABLE tally_days AS
SELECT subject, count(person) AS with_person, count(*) FILTER (person <= 180) AS within_3, count(*) FILTER (person <= 300) AS within_5
FROM days GROUP BY subject;
CREATE TEMP TABLE tally_days_any AS
WITH days_any AS (
    SELECT any_agent AS subject, shop_id, buyer_id, sent_at::DATE AS day,
        max(coalesce(any_wait, 1000000000)) FILTER (in_hours) AS anyone,
        max(coalesce(any_wait, 1000000000)) FILTER (in_hours AND phase = 'presale') AS before_sale,
        max(coalesce(any_wait, 1000000000)) FILTER (phase = 'aftersale') AS after_sale
    FROM waits WHERE asked AND any_agent IS NOT NULL GROUP BY ALL
)
SELECT subject, count(anyone) AS with_anyone, count(*) FILTER (anyone <= 3600) AS any_in_time,
    count(before_sale) AS with_before, count(*) FILTER (before_sale <= 3600) AS before_in_time,
    count(after_sale) AS with_after, count(*) FILTER (after_sale <= 3600) AS after_in_time
FROM days_any GROUP BY subject;
CREATE TEMP TABLE enquiries AS SELECT shop_id, buyer_id, day, min(first_at) AS first_at FROM days GROUP BY ALL;
CREATE TEMP VIEW enquirers AS FROM days;

CREATE TEMP TABLE questions AS
SELECT session_id, answer_at, min(sent_at) AS asked_at, arg_min_null(subject, sent_at) AS credited
FROM waits WHERE begun GROUP BY session_id, answer_at;
