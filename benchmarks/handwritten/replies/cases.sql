-- After-sales cases, and what is counted over them alone.
CREATE TEMP TABLE cases AS
SELECT subject, order_id, kind, applied_at, handled_at, completed_at, outcome, liability, satisfaction, review_changed,
    platform_intervened_at IS NOT NULL AS stepped_in, case_id IN (FROM gone('after_sales'))
        OR coalesce(order_id IN (FROM gone('orders')), false) AS gone
FROM after_sales;

CREATE TEMP TABLE tally_cases AS
SELECT subject, count(*) FILTER (asked(handled_at)) AS handled,
    count(*) FILTER (asked(handled_at) AND kind = 'return_refund' AND outcome = 'refunded') AS returned,
    count(*) FILTER (review_changed AND asked(coalesce(completed_at, applied_at))) AS changed
FROM cases WHERE NOT gone GROUP BY subject;

CREATE TEMP TABLE times_refund AS
SELECT subject, seconds(applied_at, completed_at) AS wait
FROM cases WHERE NOT gone AND outcome = 'refunded' AND asked(completed_at) AND completed_at >= applied_at;

CREATE TEMP TABLE tally_presence AS
SELECT subject, sum(seconds(greatest(from_at, getvariable('first')), least(to_at, getvariable('last'))))::BIGINT AS online
FROM presence
WHERE state = 'online' AND to_at > from_at AND from_at < getvariable('last') AND to_at > getvariable('first')
GROUP BY subject;
