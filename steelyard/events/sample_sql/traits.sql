-- What a shop is like, latent: quality of goods, logistics, service and manner in 0..1 around a common factor.
-- One in twenty is a model shop; half of those are excellent in all but their manner.

CREATE TEMP TABLE categories AS
SELECT * FROM (VALUES
    (0, '女装', '连衣裙', 'general'), (1, '男装', '衬衫', 'general'), (2, '童装', '卫衣', 'general'),
    (3, '鞋靴', '运动鞋', 'general'), (4, '箱包', '双肩包', 'general'), (5, '美妆', '口红', 'sealed'),
    (6, '个护', '洗发水', 'sealed'), (7, '母婴', '纸尿裤', 'sealed'), (8, '食品', '坚果', 'fresh'),
    (9, '生鲜', '车厘子', 'fresh'), (10, '茶酒', '绿茶', 'fresh'), (11, '家纺', '四件套', 'general'),
    (12, '家居', '收纳盒', 'general'), (13, '厨具', '炒锅', 'general'), (14, '家电', '电饭煲', 'digital'),
    (15, '手机', '手机', 'digital'), (16, '数码', '耳机', 'digital'), (17, '电脑', '键盘', 'digital'),
    (18, '玩具', '积木', 'general'), (19, '图书', '绘本', 'media'), (20, '文具', '中性笔', 'general'),
    (21, '运动户外', '帐篷', 'general'), (22, '珠宝', '项链', 'jewellery'), (23, '汽车用品', '脚垫', 'general'),
    (24, '园艺', '绿萝', 'fresh'), (25, '宠物用品', '猫粮', 'sealed'), (26, '乐器', '尤克里里', 'general'),
    (27, '航模', '无人机', 'digital'), (28, '文玩', '手串', 'jewellery'), (29, '定制礼品', '刻字钢笔', 'custom')
) AS category(place_in_list, category, noun, return_class);

-- The last four categories have one to four shops each; of a handful of shops none is spent on them.
CREATE TEMP TABLE characters AS
WITH factors AS (
    SELECT range + 1 AS shop_id, u(range, 'model shop') < 0.05 AS model,
        normal(range, 'quality') + CASE WHEN model THEN 3 ELSE 0 END AS quality,
        CASE WHEN range > 0 AND u(range, 'no orders') < 0.01 THEN 0
             ELSE 1 + floor(1000 * exp(1.25 * normal(range, 'size')) * CASE WHEN u(range, 'star') < 0.03 THEN 8 ELSE 1 END)::BIGINT
             END AS weight,
        range >= 2 AND range < 12 AND getvariable('shops') >= 60 AS niche
    FROM range(getvariable('shops'))
)
SELECT shop_id, weight,
    1 / (1 + exp(-1.7 * quality - 0.6 * normal(shop_id, 'goods'))) AS goods,
    1 / (1 + exp(-1.7 * quality - 0.6 * normal(shop_id, 'logistics'))) AS logistics,
    1 / (1 + exp(-1.7 * quality - 0.6 * normal(shop_id, 'service'))) AS service,
    CASE WHEN model AND u(shop_id, 'curt') < 0.5 THEN 0.2
         ELSE 1 / (1 + exp(-0.5 * quality - 1.1 * normal(shop_id, 'manner'))) END AS manner,
    CASE WHEN niche THEN [26, 27, 27, 28, 28, 28, 29, 29, 29, 29][shop_id - 2]
         WHEN shop_id > 1 AND u(shop_id, 'no category') < 0.015 OR shop_id = 13 THEN NULL
         ELSE floor(26 * pow(u(shop_id, 'category'), 1.5))::BIGINT END AS category_number,
    CASE WHEN u(shop_id, 'opens late') < 0.08
         THEN floor(u(shop_id, 'opening day') * 0.6 * getvariable('days'))::BIGINT ELSE 0 END AS opening_day,
    floor(u(shop_id, 'seat') * getvariable('senders'))::BIGINT AS seat
FROM factors;

CREATE TEMP TABLE traits AS
WITH sized AS (
    SELECT *, sum(weight) OVER (ORDER BY shop_id) AS upto, sum(weight) OVER () AS total FROM characters
), filled AS (
    SELECT *, (getvariable('orders') * (upto - weight) // total)::BIGINT AS orders_before,
        (getvariable('orders') * upto // total)::BIGINT - orders_before AS orders
    FROM sized
), wished AS (
    SELECT *, 1 + floor(1.2 * ln(1 + orders))::BIGINT AS wish, sum(wish) OVER () AS wishes,
        1 + floor(least(sqrt(orders / 400), 30))::BIGINT AS agents
    FROM filled
), stocked AS (
    -- about nine million listing days in all, but one product for each shop at the least
    SELECT *, greatest(1, floor(wish * least(1, 9000000 / (wishes * getvariable('days')))))::BIGINT AS products
    FROM wished
)
SELECT shop_id, goods, logistics, service, manner, category, noun, return_class, opening_day, place, province,
    orders_before, orders, products, agents,
    1 + (sum(products) OVER (ORDER BY shop_id) - products)::BIGINT AS first_product,
    1 + (sum(agents) OVER (ORDER BY shop_id) - agents)::BIGINT AS first_agent
FROM stocked
    LEFT JOIN categories ON category_number = place_in_list
    JOIN senders ON seat = slot
    JOIN places USING (place);

-- which shop an order belongs to, one row per order, so that the work on orders spreads over the threads
CREATE TEMP TABLE numbered AS
SELECT shop_id, unnest(range(orders_before, orders_before + orders)) + 1 AS order_id FROM traits;

SET VARIABLE people = 1 + getvariable('orders') // 3;
