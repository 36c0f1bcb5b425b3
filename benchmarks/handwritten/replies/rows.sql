-- A row for every metric and subject.
CREATE TEMP TABLE metrics AS
WITH asked_of AS (
    SELECT unnest([
        ('answer_rate_30s', 'rate'), ('mean_response_time', 'seconds'), ('mean_response_time.presale', 'seconds'),
        ('mean_response_time.aftersale', 'seconds'), ('message_reply_rate', 'rate'), ('human_reply_rate_3min', 'rate'),
        ('reply_rate_5min', 'rate'), ('effective_reply_rate', 'rate'), ('effective_reply_rate.presale', 'rate'),
        ('effective_reply_rate.aftersale', 'rate'), ('first_answer_rate_30s', 'rate'), ('im_3min_reply_rate', 'rate'),
        ('first_response_time', 'seconds'), ('conversion_rate', 'rate'), ('conversion_rate.all_enquirers', 'rate'),
        ('average_order_value', 'money'), ('items_per_buyer', 'pieces'), ('complaint_rate', 'rate'),
        ('complaint_rate.presale', 'rate'), ('complaint_rate.aftersale', 'rate'), ('dispute_refund_rate', 'rate'),
        ('mean_refund_time', 'seconds'), ('satisfaction_survey.1', 'rate'), ('satisfaction_survey.2', 'rate'),
        ('satisfaction_survey.3', 'rate'), ('positive_rate', 'rate'), ('positive_rate.aftersale', 'rate'),
        ('return_rate', 'rate'), ('return_rate.aftersale', 'rate'), ('changed_reviews', 'count'), ('online_time', 'time'),
        ('resolution_rate', 'rate')
    ]) AS asked
), every AS (
    SELECT asked[1] AS metric, asked[2] AS unit, subject FROM asked_of CROSS JOIN subjects
), complete AS (
    SELECT metric, unit, subject, coalesce(numerator, 0)::HUGEINT AS n,
        CASE WHEN unit IN ('count', 'time') THEN 1 ELSE coalesce(denominator, 0) END::HUGEINT AS of_all, ranks, buckets
    FROM every LEFT JOIN counted USING (metric, subject) LEFT JOIN spreads USING (metric, subject)
)
SELECT metric, subject AS subject_id,
    CASE WHEN unit = 'money' THEN n * 0.000001::DECIMAL(8, 6) ELSE n END::DECIMAL(38, 6) AS numerator, of_all AS denominator,
    ((2 * n * CASE WHEN unit = 'money' THEN 1 ELSE 1000000 END + of_all) // nullif(2 * of_all, 0))::DECIMAL(30) * 0.000001::DECIMAL(8, 6)
        AS value,
    CASE WHEN of_all = 0 THEN 'no_data' WHEN of_all < 30 AND unit NOT IN ('count', 'time') THEN 'below_minimum' ELSE 'ok' END AS status,
    unit, ranks[1] AS median, ranks[2] AS p90, list_transform(list_zip(
        ['5', '10', '30', '60', '180', '300', '600', '3600', '86400', 'over'], buckets
    ), lambda pair: pair[1] || ':' || pair[2]) AS spread, CASE WHEN buckets IS NOT NULL THEN array_to_string(spread, ' ') END AS distribution
FROM complete;
