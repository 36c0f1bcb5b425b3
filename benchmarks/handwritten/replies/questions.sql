-- A session's questions: messages with one answer are one question, the first of them opens it.
CREATE TEMP TABLE firsts AS
SELECT session_id, seconds(min(asked_at), min(answer_at)) AS wait, count(answer_at) = count(*) AS answered,
    sum(seconds(asked_at, answer_at)) <= 180 * count(*) AS soon, list_has_any(list(asked_at), list(answer_at)) AS tied,
    arg_min_null(credited, asked_at) AS credited
FROM questions GROUP BY session_id;

-- Unless a message comes in the instant of the reply to one before: it waits for nothing, and what follows it does. There
-- a fold over moments, replies odd, opens a question at an even one and closes it at a later odd one.
CREATE TEMP TABLE tied AS
WITH moments AS (
    SELECT session_id, unnest([epoch_us(sent_at) * 2, epoch_us(answer_at) * 2 + 1]) AS moment
    FROM waits SEMI JOIN (FROM firsts WHERE tied) USING (session_id) WHERE begun
), listed AS (
    SELECT session_id, list_sort(list(DISTINCT moment)) AS said FROM moments WHERE moment IS NOT NULL GROUP BY session_id
), folded AS (
    SELECT session_id, list_reduce(said, lambda state, moment: CASE
        WHEN moment % 2 = 0 AND state.since = 0
            THEN {since: moment, asked: state.asked + 1, waited: state.waited}
        WHEN moment % 2 = 1 AND state.since > 0 AND moment > state.since + 1
            THEN {since: 0::BIGINT, asked: state.asked, waited: state.waited + moment // 2000000 - state.since // 2000000}
        ELSE state END, {since: 0::BIGINT, asked: 0::BIGINT, waited: 0::BIGINT}) AS talk
    FROM listed
)
SELECT session_id, talk.since = 0 AND talk.waited <= 180 * talk.asked AS in_time FROM folded;
