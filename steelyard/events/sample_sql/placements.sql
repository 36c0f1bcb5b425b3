SELECT product_id, shop_id,
    CASE WHEN u(product_id, 'games') < 0.3 THEN pick(product_id, 'game', ['砍价', '签到'])
         ELSE pick(product_id, 'activity', ['百亿补贴', '限时秒杀', '新品频道', '品牌日']) END AS activity,
    day_start(from_day)::DATE AS from_on,
    CASE WHEN u(product_id, 'open end') > 0.2 THEN day_start(from_day + 3 + floor(u(product_id, 'placed for') * 40)::BIGINT)::DATE END
        AS to_on,
    NULL AS arrived_at
FROM (SELECT shop_id, unnest(range(first_product, first_product + products)) AS product_id FROM traits),
    LATERAL (SELECT floor(u(product_id, 'placed on') * getvariable('days'))::BIGINT AS from_day)
WHERE u(product_id, 'placed') < 0.12 OR product_id = 1
