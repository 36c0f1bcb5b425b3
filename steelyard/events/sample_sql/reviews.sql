-- Per order: 0 the first review (or the default one), 1 a follow-up, 2 another review of a split parcel.
WITH asked AS (
    SELECT *, order_id * 4 + part AS review_id,
        part = 0 AND NOT writes AS by_default,
        after(received_at, CASE
            WHEN part = 1 THEN 1300000 + spread(order_id, 'follow-up after', 900000)
            WHEN NOT writes THEN 864000
            WHEN u(order_id, 'late review') < 0.04 THEN 1382400 + 3500000 * u(order_id, 'how late')
            ELSE 1800 + least(spread(order_id * 4 + part, 'writes after', 180000), 1250000) END) AS created_at
    FROM (
        SELECT *, u(order_id, 'writes') < 0.26
            OR (goods_trouble OR malicious OR slow) AND u(order_id, 'upset') < 0.35 AS writes
        FROM deals WHERE received_at IS NOT NULL
    ) CROSS JOIN (VALUES (0), (1), (2)) AS parts(part)
    WHERE CASE part WHEN 0 THEN writes OR u(order_id, 'default') < 0.10
        WHEN 1 THEN writes AND u(order_id, 'follows up') < 0.07
        ELSE writes AND u(order_id, 'second review') < 0.02 END
), starred AS (
    SELECT *, CASE WHEN by_default THEN 5
        WHEN malicious AND goods_trouble THEN 1
        WHEN goods_trouble THEN 1 + floor(3.2 * u(review_id, 'poor'))::BIGINT
        WHEN (slow OR lost) AND u(review_id, 'minds') < 0.45 THEN 2 + floor(3 * u(review_id, 'late'))::BIGINT
        WHEN service_trouble AND u(review_id, 'angry') < 0.4 THEN 1 + floor(4 * u(review_id, 'anger'))::BIGINT
        WHEN u(review_id, 'content') < 0.72 + 0.26 * goods THEN 5
        WHEN u(review_id, 'moody') < 0.06 THEN 1 + floor(2 * u(review_id, 'mood'))::BIGINT
        ELSE 3 + floor(1.7 * u(review_id, 'so so'))::BIGINT END AS stars,
        u(review_id, 'only overall') < 0.15 AS plain
    FROM asked WHERE created_at < getvariable('until')
), removable AS (
    SELECT *, CASE WHEN stars <= 2 AND (malicious OR u(review_id, 'removed') < 0.04)
                   THEN known(after(created_at, 40000 + spread(review_id, 'removed after', 300000))) END AS removed_at,
        CASE WHEN NOT by_default AND u(review_id, 'reply') < 0.1 + 0.5 * service
             THEN known(after(created_at, 1200 + spread(review_id, 'reply after', 70000))) END AS replied_at
    FROM starred
)
SELECT review_id, order_id, shop_id, buyer_id, created_at, stars,
    CASE WHEN NOT plain THEN greatest(1, least(5, stars + floor(2.2 * u(review_id, 'goods stars'))::BIGINT - 1)) END AS goods_stars,
    CASE WHEN NOT plain THEN greatest(1, least(5, stars + floor(2.4 * u(review_id, 'description'))::BIGINT - 1)) END
        AS description_stars,
    CASE WHEN NOT plain THEN greatest(1, least(5, (stars + 5) // 2 + floor(2 * u(review_id, 'service stars') + service)::BIGINT
        - 1 - CASE WHEN service_trouble THEN 2 ELSE 0 END)) END AS service_stars,
    CASE WHEN NOT plain THEN greatest(1, least(5, (stars + 6) // 2 + floor(2 * u(review_id, 'logistics stars') + logistics)::BIGINT
        - 1 - CASE WHEN slow THEN 2 ELSE 0 END)) END AS logistics_stars,
    CASE WHEN u(review_id, 'returned') < 0.05 THEN 1 + floor(5 * pow(u(review_id, 'returns stars'), 0.6))::BIGINT END
        AS returns_stars,
    part = 1 AS follow_up, by_default, removed_at,
    CASE WHEN removed_at IS NULL THEN NULL WHEN malicious THEN 'malicious'
         ELSE pick(review_id, 'removal', ['malicious', 'false', 'false', 'other']) END AS removal,
    CASE WHEN by_default OR u(review_id, 'silent') < 0.35 THEN NULL
        WHEN stars >= 4 THEN pick(review_id, 'praise', ['很满意', '质量不错，会回购', '物流很快', '和描述一致', '客服耐心', '性价比高'])
        WHEN stars = 3 THEN pick(review_id, 'doubt', ['一般般', '还可以', '没有想象中好'])
        ELSE pick(review_id, 'complaint', ['与描述不符', '质量差，不推荐', '等了很久才到', '少发了一件', '客服不理人']) END AS text,
    CASE WHEN by_default THEN 0 ELSE floor(4 * pow(u(review_id, 'pictures'), 3))::BIGINT END AS media_count,
    CASE WHEN replied_at IS NULL THEN NULL WHEN stars >= 4 THEN '感谢您的支持' ELSE '很抱歉，我们会尽快为您处理' END AS reply,
    replied_at, late(review_id, created_at) AS arrived_at
FROM removable
