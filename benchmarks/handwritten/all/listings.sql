-- The page quality of a shop's products, per shop: sum of the products' shares in 10⁻¹², and how many have one.
CREATE TEMP TABLE tally_listings AS
WITH checked AS (
    SELECT shop_id, product_id, count(image_passed) AS images, count(*) FILTER (image_passed) AS good_images,
        count(attributes_passed) AS attributes, count(*) FILTER (attributes_passed) AS good_attributes
    FROM listing_checks
    ANTI JOIN (SELECT product_id FROM products WHERE kind IN ('bundle', 'lucky_bag')
               UNION ALL SELECT row_id FROM gone
               WHERE "table" = 'products' AND NOT stays(own, 'limited goods_base_score')) USING (product_id)
    WHERE in_days(checked_on::TIMESTAMP, 90) AND (arrived_at IS NULL OR arrived_at < getvariable('now'))
    GROUP BY shop_id, product_id
)
SELECT shop_id, pair(sum(half_up(good_images * attributes + good_attributes * images, 2 * images * attributes, 1000000000000)),
    count(*)) AS shares
FROM checked WHERE images > 0 AND attributes > 0
GROUP BY shop_id;
