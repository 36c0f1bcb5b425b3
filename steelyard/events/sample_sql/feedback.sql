-- Tags a buyer puts on an order: 0 about the goods, 1 about the way of the parcel, 2 about anything.
WITH tagged AS (
    SELECT *, order_id * 4 + part AS feedback_id, CASE part
        WHEN 0 THEN CASE WHEN received_at IS NOT NULL AND goods_trouble AND u(order_id, 'goods tag') < 0.22
            THEN pick(order_id, 'which goods tag', ['false_advertising', 'not_as_described', 'not_as_described', 'would_not_recommend']) END
        WHEN 1 THEN CASE
            WHEN lost THEN CASE WHEN u(order_id, 'lost tag') < 0.5 THEN 'lost_parcel' END
            WHEN slow AND u(order_id, 'slow tag') < 0.16 THEN 'slow_shipping'
            WHEN parcel_trouble AND u(order_id, 'parcel tag') < 0.5
                THEN pick(order_id, 'which parcel tag', ['wrong_goods', 'missing_goods', 'missing_goods', 'empty_parcel', 'not_to_door', 'not_to_door'])
            END
        ELSE CASE WHEN u(order_id, 'stray tag') < 0.003
            THEN pick(order_id, 'which stray tag', ['other', 'other', 'would_not_recommend', 'slow_shipping', 'not_to_door']) END
        END AS kind
    FROM deals CROSS JOIN (VALUES (0), (1), (2)) AS parts(part)
), dated AS (
    SELECT *, CASE WHEN part = 0 THEN after(received_at, 600 + spread(feedback_id, 'tagged after', 200000))
        ELSE after(paid_at, 172800 + spread(feedback_id, 'tagged after', 350000)) END AS created_at
    FROM tagged WHERE kind IS NOT NULL
)
SELECT feedback_id, order_id, shop_id, created_at, kind, late(feedback_id, created_at) AS arrived_at
FROM dated WHERE created_at < getvariable('until')
