SELECT product_id, shop_id,
    CASE WHEN u(product_id, 'other category') < 0.06
         THEN pick(product_id, 'which category', ['女装', '家居', '食品', '数码', '图书']) ELSE category END AS category,
    pick(product_id, 'title', ['新款', '经典', '精选', '优选', '人气', '实惠', '热卖', '限定', '官方', '升级']) || coalesce(noun, '日用品')
        || CASE product_kind(product_id) WHEN 'bundle' THEN '组套' WHEN 'lucky_bag' THEN '福袋'
            WHEN 'virtual' THEN '电子券' ELSE '' END || ' ' || (product_id - first_product + 1) AS title,
    product_kind(product_id) AS kind,
    CASE WHEN product_kind(product_id) = 'virtual' THEN 'virtual' ELSE coalesce(return_class, 'general') END AS return_class,
    CASE WHEN shelf_from(product_id, first_product) > 0 THEN day_start(shelf_from(product_id, first_product))
         ELSE day_start(-5 - floor(u(product_id, 'listed') * 400)) END::DATE AS listed_on,
    CASE WHEN shelf_to(product_id, first_product) < getvariable('days')
         THEN day_start(shelf_to(product_id, first_product))::DATE END AS delisted_on,
    NULL AS arrived_at
FROM (SELECT *, unnest(range(first_product, first_product + products)) AS product_id FROM traits)
