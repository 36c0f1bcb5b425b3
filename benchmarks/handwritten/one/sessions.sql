-- The two indicators and the two observed values counted over service sessions, per shop.
CREATE TEMP TABLE talks AS
WITH struck AS (
    SELECT row_id AS session_id, bool_or(indicator IS NULL OR indicator = 'im_3min_reply_rate') AS no_reply,
        bool_or(indicator IS NULL OR indicator = 'first_answer_rate_30s') AS no_answer,
        bool_or(indicator IS NULL OR indicator = 'first_reply_time') AS no_first,
        bool_or(indicator IS NULL OR indicator = 'im_dissatisfaction_rate') AS no_rating
    FROM gone WHERE "table" = 'sessions' AND struck GROUP BY row_id
), of_orders AS (
    SELECT order_id, bool_or(indicator IS NULL OR indicator = 'im_3min_reply_rate') AS o_no_reply,
        bool_or(indicator IS NULL OR indicator = 'first_answer_rate_30s') AS o_no_answer,
        bool_or(indicator IS NULL OR indicator = 'first_reply_time') AS o_no_first,
        bool_or(indicator IS NULL OR indicator = 'im_dissatisfaction_rate') AS o_no_rating
    FROM gone_orders GROUP BY order_id
)
SELECT session_id, shop_id, buyer_id, agent_id, started_at, rating, past(rated_at) AS rated_at,
    in_days(started_at, 90) AND hour(started_at) BETWEEN 8 AND 22 AS in_hours,
    no_reply IS NOT TRUE AND o_no_reply IS NOT TRUE AS of_replies,
    no_answer IS NOT TRUE AND o_no_answer IS NOT TRUE AS of_answers,
    no_first IS NOT TRUE AND o_no_first IS NOT TRUE AS of_firsts,
    rating IS NOT NULL AND past(rated_at) IS NOT NULL AND no_rating IS NOT TRUE AND o_no_rating IS NOT TRUE AS rated
FROM sessions LEFT JOIN struck USING (session_id) LEFT JOIN of_orders USING (order_id)
WHERE known(started_at, arrived_at) AND handled_by IS DISTINCT FROM 'bot';

CREATE TEMP TABLE tally_ratings AS
WITH ordered AS (
    SELECT shop_id, rating, rated_at, CASE WHEN agent_id IS NOT NULL THEN lag(rated_at) OVER same_pair END AS before
    FROM talks WHERE rated
    WINDOW same_pair AS (PARTITION BY buyer_id, agent_id ORDER BY rated_at, session_id)
)
SELECT shop_id, count(*) FILTER (rating <= 3) AS unhappy, count(*) AS rated
FROM ordered
WHERE in_days(rated_at, 90) AND (before IS NULL OR rated_at >= before + INTERVAL 24 HOUR)
GROUP BY shop_id;

-- A session's talk as one sorted list of whole numbers: microseconds × 2, a reply being odd and so behind the buyer's
-- message of that instant. A fold over it opens a question at an even number where none is open, and closes it at an
-- odd one that is later than the question's own instant.
CREATE TEMP TABLE tally_replies AS
WITH said AS (
    SELECT session_id, epoch_us(sent_at) * 2 + (sender = 'agent')::BIGINT AS moment
    FROM messages SEMI JOIN (FROM talks WHERE in_hours) USING (session_id)
    WHERE known(sent_at, arrived_at) AND (sender = 'buyer' OR sender = 'agent' AND auto IS NOT TRUE)
), talked AS (
    SELECT session_id, list_sort(list(moment)) AS moments, min(moment) FILTER (moment % 2 = 0) AS first
    FROM said GROUP BY session_id
), folded AS (
    SELECT session_id, first, list_filter(moments, lambda moment: moment % 2 = 1 AND moment > first + 1)[1] AS reply,
        list_reduce(moments, lambda state, moment: CASE
        WHEN moment % 2 = 0 AND state.since = 0
            THEN {since: moment, asked: state.asked + 1, waited: state.waited}
        WHEN moment % 2 = 1 AND state.since > 0 AND moment > state.since + 1
            THEN {since: 0::BIGINT, asked: state.asked, waited: state.waited + moment // 2000000 - state.since // 2000000}
        ELSE state END, {since: 0::BIGINT, asked: 0::BIGINT, waited: 0::BIGINT}) AS talk
    FROM talked WHERE first IS NOT NULL
), judged AS (
    SELECT *, reply // 2000000 - first // 2000000 AS wait FROM folded JOIN talks USING (session_id)
)
SELECT shop_id, count(*) FILTER (of_replies AND talk.since = 0 AND talk.waited <= 180 * talk.asked) AS in_time,
    count(*) FILTER (of_replies) AS asked,
    count(*) FILTER (of_answers AND wait <= 30) AS answered, count(*) FILTER (of_answers) AS to_answer,
    sum(wait) FILTER (of_firsts)::BIGINT AS first_wait, count(wait) FILTER (of_firsts) AS first_replies
FROM judged GROUP BY shop_id;
