-- Every metric of every subject: numerator, denominator, value, and how times spread.
CREATE TEMP TABLE tally_messages AS
SELECT subject, count(*) AS messages, count(wait) AS replied, count(*) FILTER (in_hours) AS in_hours,
    count(*) FILTER (in_hours AND wait <= 30) AS within_30
FROM waits WHERE asked AND subject IS NOT NULL GROUP BY subject;

CREATE TEMP TABLE tally_firsts AS
SELECT credited AS subject, count(*) AS firsts, count(*) FILTER (wait <= 30) AS within_30
FROM firsts JOIN talks USING (session_id)
WHERE begun AND with_people AND NOT gone AND hour BETWEEN 9 AND 22 AND credited IS NOT NULL GROUP BY credited;

CREATE TEMP TABLE tally_im AS
SELECT subject, count(*) AS asked, count(*) FILTER (coalesce(in_time, answered AND soon)) AS soon
FROM firsts JOIN talks USING (session_id) LEFT JOIN tied USING (session_id)
WHERE begun AND with_people AND NOT gone AND hour BETWEEN 8 AND 22 GROUP BY subject;

CREATE TEMP VIEW in_hours AS SELECT subject, wait FROM waits WHERE asked AND in_hours AND wait IS NOT NULL;
CREATE TEMP VIEW before_sale AS
    SELECT subject, wait FROM waits WHERE asked AND in_hours AND phase = 'presale' AND wait IS NOT NULL;
CREATE TEMP VIEW after_sale AS SELECT subject, wait FROM waits WHERE asked AND phase = 'aftersale' AND wait IS NOT NULL;
CREATE TEMP VIEW replied AS SELECT subject, wait FROM waits WHERE asked AND wait IS NOT NULL;
CREATE TEMP VIEW first_answers AS
    SELECT credited AS subject, wait FROM firsts JOIN talks USING (session_id)
    WHERE begun AND with_people AND NOT gone AND hour BETWEEN 9 AND 22 AND wait IS NOT NULL;
CREATE TEMP VIEW first_responses AS
    SELECT credited AS subject, wait FROM firsts JOIN talks USING (session_id)
    WHERE begun AND NOT gone AND phase = 'aftersale' AND wait IS NOT NULL;

CREATE TEMP TABLE spreads AS
SELECT 'answer_rate_30s' AS metric, * FROM spread('in_hours')
UNION ALL SELECT 'mean_response_time.presale', * FROM spread('before_sale')
UNION ALL SELECT 'mean_response_time.aftersale', * FROM spread('after_sale')
UNION ALL SELECT 'message_reply_rate', * FROM spread('replied')
UNION ALL SELECT 'first_answer_rate_30s', * FROM spread('first_answers')
UNION ALL SELECT 'first_response_time', * FROM spread('first_responses')
UNION ALL SELECT 'mean_refund_time', * FROM spread('times_refund');
INSERT INTO spreads SELECT 'mean_response_time', * EXCLUDE metric FROM spreads WHERE metric = 'answer_rate_30s';

CREATE TEMP TABLE counted AS
SELECT metric, subject, total AS numerator, n AS denominator FROM spreads WHERE metric LIKE '%time%'
UNION ALL SELECT 'answer_rate_30s', subject, within_30, in_hours FROM tally_messages
UNION ALL SELECT 'message_reply_rate', subject, replied, messages FROM tally_messages
UNION ALL SELECT 'human_reply_rate_3min', subject, within_3, with_person FROM tally_days
UNION ALL SELECT 'reply_rate_5min', subject, within_5, with_person FROM tally_days
UNION ALL SELECT 'effective_reply_rate', subject, any_in_time, with_anyone FROM tally_days_any
UNION ALL SELECT 'effective_reply_rate.presale', subject, before_in_time, with_before FROM tally_days_any
UNION ALL SELECT 'effective_reply_rate.aftersale', subject, after_in_time, with_after FROM tally_days_any
UNION ALL SELECT 'first_answer_rate_30s', subject, within_30, firsts FROM tally_firsts
UNION ALL SELECT 'im_3min_reply_rate', subject, soon, asked FROM tally_im
UNION ALL SELECT 'conversion_rate', subject, fresh_converted, fresh FROM tally_enquiries
UNION ALL SELECT 'conversion_rate.all_enquirers', subject, converted, enquirers FROM tally_enquiries
UNION ALL SELECT 'average_order_value', subject, millionths, buyers FROM tally_orders
UNION ALL SELECT 'items_per_buyer', subject, items, buyers FROM tally_orders
UNION ALL SELECT 'complaint_rate', subject, complaints, served FROM tally_complaints FULL JOIN tally_sessions USING (subject)
UNION ALL SELECT 'complaint_rate.presale', subject, before_sale, served_before
    FROM tally_complaints FULL JOIN tally_sessions USING (subject)
UNION ALL SELECT 'complaint_rate.aftersale', subject, after_sale, served_after
    FROM tally_complaints FULL JOIN tally_sessions USING (subject)
UNION ALL SELECT 'dispute_refund_rate', subject, lost, grouped FROM tally_orders LEFT JOIN tally_returns USING (subject)
UNION ALL SELECT 'satisfaction_survey.1', subject, one, surveyed FROM tally_sessions
UNION ALL SELECT 'satisfaction_survey.2', subject, two, surveyed FROM tally_sessions
UNION ALL SELECT 'satisfaction_survey.3', subject, three, surveyed FROM tally_sessions
UNION ALL SELECT 'positive_rate', subject, good, of_sessions FROM tally_ratings
UNION ALL SELECT 'positive_rate.aftersale', subject, both_good, of_both FROM tally_ratings
UNION ALL SELECT 'return_rate', subject, returns, paid FROM tally_orders LEFT JOIN tally_returns USING (subject)
UNION ALL SELECT 'return_rate.aftersale', subject, returned, handled FROM tally_cases
UNION ALL SELECT 'changed_reviews', subject, changed, 1 FROM tally_cases
UNION ALL SELECT 'online_time', subject, online, 1 FROM tally_presence
UNION ALL SELECT 'resolution_rate', subject, solved, held FROM tally_sessions;
