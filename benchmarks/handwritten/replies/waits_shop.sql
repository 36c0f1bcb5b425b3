-- Every buyer's message with the next reply by a person and by anyone, of sessions that count; one pass over the messages.
-- Going back in time, the buyer first within an instant: what has gone by was said later.
CREATE TEMP TABLE waits AS
WITH heard AS (
    SELECT session_id, shop_id, buyer_id, sent_at, asks,
        min(CASE WHEN person THEN sent_at END) OVER later AS answer_at, min(CASE WHEN NOT asks THEN sent_at END) OVER later AS reply_at
    FROM spoken
    WINDOW later AS (PARTITION BY session_id ORDER BY sent_at DESC, asks DESC ROWS UNBOUNDED PRECEDING)
)
SELECT session_id, heard.shop_id, heard.buyer_id, sent_at, phase, hour(sent_at) BETWEEN 8 AND 22 AS in_hours,
    asked(sent_at) AS asked, begun, answer_at, seconds(sent_at, answer_at)::INTEGER AS wait,
    seconds(sent_at, reply_at)::INTEGER AS any_wait, heard.shop_id AS subject
FROM heard LEFT JOIN talks USING (session_id)
WHERE asks AND gone IS NOT TRUE AND (asked(sent_at) OR begun);

-- A buyer's day: the longest wait, NULL without any message, a million hours where one was not answered.
CREATE TEMP TABLE days AS
SELECT subject, shop_id, buyer_id, sent_at::DATE AS day, min(sent_at) AS first_at,
    max(coalesce(wait, 1000000000)) FILTER (in_hours) AS person,
    max(coalesce(any_wait, 1000000000)) FILTER (in_hours) AS anyone,
    max(coalesce(any_wait, 1000000000)) FILTER (in_hours AND phase = 'presale') AS before_sale,
    max(coalesce(any_wait, 1000000000)) FILTER (phase = 'aftersale') AS after_sale
FROM waits WHERE asked GROUP BY ALL;

CREATE TEMP TABLE tally_days AS
SELECT subject, count(person) AS with_person, count(*) FILTER (person <= 180) AS within_3, count(*) FILTER (person <= 300) AS within_5
FROM days GROUP BY subject;
CREATE TEMP TABLE tally_days_any AS
SELECT subject, count(anyone) AS with_anyone, count(*) FILTER (anyone <= 3600) AS any_in_time,
    count(before_sale) AS with_before, count(*) FILTER (before_sale <= 3600) AS before_in_time,
    count(after_sale) AS with_after, count(*) FILTER (after_sale <= 3600) AS after_in_time
FROM days GROUP BY subject;
CREATE TEMP VIEW enquiries AS FROM days;
CREATE TEMP VIEW enquirers AS FROM days;

CREATE TEMP TABLE questions AS
SELECT session_id, answer_at, min(sent_at) AS asked_at, any_value(shop_id) AS credited
FROM waits WHERE begun GROUP BY session_id, answer_at;
