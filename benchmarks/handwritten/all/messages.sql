-- What is counted over messages. A session's talk is one sorted list of whole numbers: microseconds × 2, a reply being odd
-- and so behind the buyer's message of that instant.
CREATE TEMP TABLE tally_replies AS
WITH asked AS (
    SELECT session_id, shop_id, mask FROM talks
    WHERE with_people AND in_days(started_at, 90) AND hour(started_at) BETWEEN 8 AND 22
), said AS (
    SELECT session_id, epoch_us(sent_at) * 2 + (sender = 'agent')::BIGINT AS moment
    FROM messages SEMI JOIN asked USING (session_id)
    WHERE known(sent_at, arrived_at) AND (sender = 'buyer' OR sender = 'agent' AND auto IS NOT TRUE)
), talked AS (
    SELECT session_id, list_sort(list(moment)) AS moments, min(moment) FILTER (moment % 2 = 0) AS first
    FROM said GROUP BY session_id
), folded AS (  -- opens a question at an even number where none is open, closes it at an odd one of a later instant
    SELECT session_id, first, list_filter(moments, lambda moment: moment % 2 = 1 AND moment > first + 1)[1] AS reply,
        list_reduce(moments, lambda state, moment: CASE
            WHEN moment % 2 = 0 AND state.since = 0
                THEN {since: moment, asked: state.asked + 1, waited: state.waited}
            WHEN moment % 2 = 1 AND state.since > 0 AND moment > state.since + 1
                THEN {since: 0::BIGINT, asked: state.asked, waited: state.waited + moment // 2000000 - state.since // 2000000}
            ELSE state END, {since: 0::BIGINT, asked: 0::BIGINT, waited: 0::BIGINT}) AS talk
    FROM talked WHERE first IS NOT NULL
), judged AS (
    SELECT shop_id, talk.since = 0 AND talk.waited <= 180 * talk.asked AS in_time, reply // 2000000 - first // 2000000 AS wait,
        stays(mask, 'limited im_3min_reply_rate') AS of_questions, stays(mask, 'limited first_answer_rate_30s') AS of_answers,
        stays(mask, 'limited first_reply_time') AS of_replies
    FROM folded JOIN asked USING (session_id)
)
SELECT shop_id, pair(count(*) FILTER (of_questions AND in_time), count(*) FILTER (of_questions)) AS replied,
    pair(count(*) FILTER (of_answers AND wait <= 30), count(*) FILTER (of_answers)) AS answered,
    pair(sum(wait) FILTER (of_replies), count(wait) FILTER (of_replies)) AS first_wait
FROM judged GROUP BY shop_id;

-- A buyer's day is met where each message within the hours has a person's reply at a later instant within three minutes.
CREATE TEMP TABLE tally_days AS
WITH said AS (
    SELECT session_id, shop_id, buyer_id, sent_at, sender = 'buyer' AS asks,
        min(CASE WHEN sender = 'agent' THEN sent_at END) OVER later AS reply_at
    FROM messages
    WHERE known(sent_at, arrived_at) AND sent_at >= days_ago(30) AND (sender = 'buyer' OR sender = 'agent' AND auto IS NOT TRUE)
    WINDOW later AS (PARTITION BY session_id ORDER BY sent_at DESC, sender DESC ROWS UNBOUNDED PRECEDING)
), asked AS (
    SELECT shop_id, buyer_id, sent_at::DATE AS day, hour(sent_at) AS hour, seconds(sent_at, reply_at) <= 180 AS in_time,
        coalesce(mask, 0) AS mask
    FROM said LEFT JOIN (SELECT session_id, mask FROM talks) USING (session_id) WHERE asks
), days AS (
    SELECT shop_id, bool_and(coalesce(in_time, false)) FILTER (hour BETWEEN 8 AND 23 AND stays(mask, 'limited reply_rate_3min')) AS star,
        bool_and(coalesce(in_time, false)) FILTER (hour BETWEEN 8 AND 22 AND stays(mask, 'evident human_reply_rate_3min')) AS pdd
    FROM asked GROUP BY shop_id, buyer_id, day
)
SELECT shop_id, pair(count(*) FILTER (star), count(star)) AS star_days, pair(count(*) FILTER (pdd), count(pdd)) AS pdd_days
FROM days GROUP BY shop_id;
