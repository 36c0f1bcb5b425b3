-- What governance and upheld reports take out of the scores: every reason, some for one indicator, some revoked.
WITH found AS (
    SELECT 'orders' AS "table", order_id AS row_id, NULL AS indicator, 'fake_trade' AS reason, '治理' AS source, paid_at AS since
    FROM orders WHERE u(order_id, 'fake trade') < 0.0006
    UNION ALL
    SELECT 'orders', order_id, pick(order_id, 'force majeure for', [NULL, NULL, 'collection_timeliness', 'delivery_duration',
        'logistics_negative_rate']), 'force_majeure', '治理', paid_at
    FROM orders
    WHERE paid_at >= day_start(getvariable('bad_week')) AND paid_at < day_start(getvariable('bad_week') + 7)
        AND (list_contains(getvariable('hit_provinces'), origin_province)
            OR list_contains(getvariable('hit_provinces'), destination_province))
        AND carrier IS NOT NULL AND u(order_id, 'force majeure') < 0.6
    UNION ALL
    SELECT 'orders', order_id, pick(order_id, 'exempt for', [NULL, 'collection_timeliness', 'delivery_duration']), 'reported_exemption',
        '报备', paid_at
    FROM orders WHERE u(order_id, 'exempt') < 0.0015
    UNION ALL
    SELECT 'after_sales', case_id, NULL, 'malicious_buyer', '治理', applied_at
    FROM after_sales WHERE malicious(buyer_id) AND u(case_id, 'found malicious') < 0.6
    UNION ALL
    SELECT 'reviews', review_id, NULL, 'malicious_buyer', '治理', created_at
    FROM reviews WHERE malicious(buyer_id) AND removed_at IS NULL AND u(review_id, 'found malicious') < 0.6
    UNION ALL
    SELECT 'reviews', review_id, NULL, 'fake_review', '治理', created_at
    FROM reviews WHERE NOT by_default AND u(review_id, 'fake review') < 0.002
    UNION ALL
    SELECT 'reviews', review_id, 'negative_feedback_rate', 'report_upheld', '举报', created_at
    FROM reviews WHERE stars <= 2 AND u(review_id, 'reported') < 0.05
    UNION ALL
    SELECT 'feedback', feedback_id, 'negative_feedback_rate', 'report_upheld', '举报', created_at
    FROM feedback WHERE u(feedback_id, 'reported') < 0.05
    UNION ALL
    SELECT 'sessions', session_id, 'im_dissatisfaction_rate', 'report_upheld', '举报', rated_at
    FROM sessions WHERE rating <= 3 AND u(session_id, 'reported') < 0.04
    UNION ALL
    SELECT 'complaints', complaint_id, 'complaint_rate', 'report_upheld', '举报', created_at
    FROM complaints WHERE u(complaint_id, 'reported') < 0.08
    UNION ALL
    SELECT 'after_sales', case_id, 'dispute_liability_rate', 'appeal_upheld', '申诉', completed_at
    FROM after_sales WHERE platform_intervened_at IS NOT NULL AND liability = 'merchant' AND u(case_id, 'appeal') < 0.15
    UNION ALL
    SELECT 'platform_contacts', contact_id, NULL, 'malicious_buyer', '治理', created_at
    FROM platform_contacts WHERE malicious(buyer_id) AND u(contact_id, 'found malicious') < 0.3
    UNION ALL
    SELECT 'platform_contacts', contact_id, NULL, 'other', '治理', created_at
    FROM platform_contacts WHERE u(contact_id, 'left out') < 0.01
    UNION ALL
    SELECT 'products', product_id, 'goods_base_score', 'other', '治理', getvariable('start')
    FROM products WHERE u(product_id, 'left out') < 0.003
), decided AS (
    SELECT *, row_id * 8 + length("table") % 8 AS case_number, after(since, 3600 + spread(case_number, 'ruled after', 250000)) AS decided_at
    FROM found
)
SELECT "table", row_id, indicator, reason, source, decided_at,
    CASE WHEN u(case_number, 'revoked') < 0.07 THEN known(after(decided_at, 3600 + spread(case_number, 'revoked after', 500000))) END
        AS revoked_at,
    late(case_number, decided_at) AS arrived_at
FROM decided WHERE decided_at < getvariable('until')
ORDER BY "table", row_id, decided_at, case_number
