-- A fault stays from the day it came until the shop mends it, sooner in good shops; some days go unchecked.
WITH shelf AS (
    SELECT product_id, shop_id, day, product_id * 4096 + day AS check_number,
        u(product_id, 'image fault') < 0.01 + 0.5 * (1 - goods)
            AND day >= floor(u(product_id, 'image fault day') * getvariable('days') * 1.4) - 0.4 * getvariable('days')
            AND day < floor(u(product_id, 'image fault day') * getvariable('days') * 1.4) - 0.4 * getvariable('days')
                + 5 + 80 * (1 - goods) AS image_bad,
        u(product_id, 'text fault') < 0.01 + 0.5 * (1 - goods)
            AND day >= floor(u(product_id, 'text fault day') * getvariable('days') * 1.4) - 0.4 * getvariable('days')
            AND day < floor(u(product_id, 'text fault day') * getvariable('days') * 1.4) - 0.4 * getvariable('days')
                + 5 + 80 * (1 - goods) AS text_bad,
        u(check_number, 'check') AS r
    FROM (SELECT shop_id, goods, first_product, unnest(range(first_product, first_product + products)) AS product_id
          FROM traits)
        CROSS JOIN calendar
    WHERE day >= shelf_from(product_id, first_product) AND day < shelf_to(product_id, first_product)
), checked AS (
    SELECT *, CASE WHEN r < 0.96 THEN NOT image_bad AND r > 0.005 END AS image_passed,
        CASE WHEN r > 0.03 THEN NOT text_bad AND r < 0.995 END AS attributes_passed
    FROM shelf
)
SELECT product_id, shop_id, day_start(day)::DATE AS checked_on, image_passed, attributes_passed,
    CASE WHEN NOT image_passed THEN pick(product_id, 'image codes',
        ['watermark', 'collage', 'clutter', 'watermark,clutter', 'collage,clutter']) END AS image_faults,
    CASE WHEN NOT attributes_passed THEN pick(product_id, 'text codes',
        ['missing_model', 'missing_effect', 'missing_model,missing_effect']) END AS attribute_faults,
    CASE WHEN r > 0.9 AND r < 0.901 THEN known(after(day_start(day), 86400 * (1.5 + 30 * (r - 0.9) * 100))) END AS arrived_at
FROM checked
