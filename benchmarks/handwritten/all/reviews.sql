-- Stars of reviews, per shop: of 60 days as they are, of 90 and of 180 days where the buyer wrote them.
CREATE TEMP TABLE tally_reviews AS
WITH known_reviews AS (
    SELECT review_id, order_id, shop_id, created_at, stars, goods_stars, description_stars, service_stars, logistics_stars,
        returns_stars, follow_up IS NOT TRUE AND by_default IS NOT TRUE AS written,
        coalesce(own, 0) | coalesce(hanging, 0) AS mask
    FROM reviews LEFT JOIN (SELECT row_id AS review_id, own FROM gone WHERE "table" = 'reviews') USING (review_id)
        LEFT JOIN gone_orders USING (order_id)
    WHERE known(created_at, arrived_at) AND past(removed_at) IS NULL AND created_at >= days_ago(180)
), refused AS (  -- of virtual products, or written more than 15 days after completion
    SELECT r.review_id
    FROM known_reviews AS r JOIN orders AS o USING (order_id)
        LEFT JOIN (SELECT product_id FROM products WHERE kind = 'virtual') AS virtual USING (product_id)
    WHERE r.written AND r.created_at >= days_ago(90) AND known(o.paid_at, o.arrived_at)
        AND (virtual.product_id IS NOT NULL OR r.created_at >= past(o.completed_at) + INTERVAL 15 DAY)
), judged AS (
    SELECT known_reviews.*, created_at >= days_ago(60) AS of_dsr, refused.review_id IS NULL AND written
        AND created_at >= days_ago(90) AS of_dynamic
    FROM known_reviews LEFT JOIN refused USING (review_id)
)
SELECT shop_id,
    rated(description_stars, of_dsr, mask, 'plain description_rating') AS dsr_description,
    rated(service_stars, of_dsr, mask, 'plain service_rating') AS dsr_service,
    rated(logistics_stars, of_dsr, mask, 'plain shipping_rating') AS dsr_shipping,
    count(*) FILTER (of_dynamic AND stays(mask, 'plain volume')
        AND coalesce(goods_stars, service_stars, logistics_stars) IS NOT NULL) AS dynamic_volume,
    rated(goods_stars, of_dynamic, mask, 'plain goods_rating') AS dynamic_goods,
    rated(service_stars, of_dynamic, mask, 'plain service_rating') AS dynamic_service,
    rated(logistics_stars, of_dynamic, mask, 'plain logistics_rating') AS dynamic_logistics,
    rated((stars >= 4)::INTEGER, of_dynamic, mask, 'plain good_share') AS dynamic_good,
    rated((stars = 3)::INTEGER, of_dynamic, mask, 'plain neutral_share') AS dynamic_neutral,
    rated((stars <= 2)::INTEGER, of_dynamic, mask, 'plain bad_share') AS dynamic_bad,
    count(*) FILTER (written AND stays(mask, 'plain volume') AND coalesce(goods_stars, service_stars, logistics_stars,
        description_stars, returns_stars) IS NOT NULL) AS jd_volume,
    rated(goods_stars, written, mask, 'plain goods_quality') AS jd_goods,
    rated(service_stars, written, mask, 'plain service_attitude') AS jd_service,
    rated(logistics_stars, written, mask, 'plain logistics_speed') AS jd_logistics,
    rated(description_stars, written, mask, 'plain description_match') AS jd_description,
    rated(returns_stars, written, mask, 'plain returns_handling') AS jd_returns,
    rated((stars >= 4)::INTEGER, written, mask, 'plain good_reviews') AS jd_good
FROM judged GROUP BY shop_id;
