-- An order runs until something stops it: cancelled, lost, or not yet arrived when the data end.
WITH drawn AS (
    SELECT order_id, shop_id, logistics, first_agent, agents, days.bad, promotion,
        floor(pow(u(order_id, 'buyer'), 1.5) * getvariable('people'))::BIGINT + 1 AS buyer_id,
        opening_day + days.day * (getvariable('days') - opening_day) // getvariable('days') AS day,
        first_product, first_product + floor(products * pow(u(order_id, 'product'), 2))::BIGINT AS wanted,
        CASE WHEN u(order_id, 'other warehouse') < 0.1
             THEN (place + 1 + floor(u(order_id, 'warehouse') * 26)::BIGINT) % 27 ELSE place END AS origin,
        floor(u(order_id, 'home') * getvariable('residents'))::BIGINT AS home,
        floor(clock(u(order_id, 'paid'))) AS second
    FROM numbered JOIN traits USING (shop_id)
        JOIN days ON slot = floor(u(order_id, 'day') * getvariable('day_slots'))::BIGINT
), bought AS (
    SELECT *, CASE WHEN day >= shelf_from(wanted, first_product) AND day < shelf_to(wanted, first_product)
                   THEN wanted ELSE first_product END AS product_id,
        after(getvariable('start'), day * 86400 + second) AS paid_at,
        u(order_id, 'presale') < CASE WHEN promotion THEN 0.12 ELSE 0.02 END AS presale,
        floor(pow(u(order_id, 'carrier'), 1.6) * 5)::BIGINT AS carrier_rank
    FROM drawn
), routed AS (
    SELECT b.*, destination, distance, bad AND hit AS broken,
        product_kind(product_id) = 'virtual' AS intangible,
        (shop_id + carrier_rank) % 5 AS carrier_number,
        CASE WHEN presale THEN 86400 * (7 + floor(u(order_id, 'presale days') * 9)) ELSE 0 END
            + CASE WHEN u(order_id, 'promise') < 0.3 THEN 86400 ELSE 172800 END AS promise
    FROM bought AS b JOIN ways ON origin * getvariable('residents') + home = way
), packed AS (
    SELECT *,
        after(paid_at, CASE WHEN u(order_id, 'group') < 0.6 THEN 0 ELSE 43200 * pow(u(order_id, 'grouping'), 3) END) AS groups_at,
        after(paid_at, CASE WHEN presale THEN promise - 172800 ELSE 0 END + 1800
            + spread(order_id, 'packing', 18000 + 72000 * (1 - logistics))) AS ships_at,
        CASE WHEN u(order_id, 'cancels') < 0.05
             THEN after(paid_at, 600 + spread(order_id, 'cancelling', 30000)) END AS gives_up_at
    FROM routed
), moved AS (
    SELECT *, CASE WHEN gives_up_at < ships_at THEN gives_up_at END AS cancels_at,
        CASE WHEN NOT intangible AND (gives_up_at IS NULL OR gives_up_at >= ships_at) THEN ships_at END AS shipped,
        after(shipped, 3600 + spread(order_id, 'collecting', 9000 + 32000 * (1 - logistics))
            + CASE WHEN broken THEN 86400 * (1 + 2 * u(order_id, 'standstill')) ELSE 0 END) AS collected
    FROM packed
), arrived AS (
    SELECT *, NOT intangible AND u(order_id, 'recalled') < 0.004 AS recalled,
        CASE WHEN u(order_id, 'lost') >= 0.003 THEN after(collected,
            36000 + distance * [70, 75, 80, 86, 94][carrier_number + 1] * (1.3 - 0.6 * logistics)
            + spread(order_id, 'transit', 14400 + 72000 * (1 - logistics))
            + CASE WHEN broken THEN 86400 * (2 + 4 * u(order_id, 'jam')) ELSE 0 END) END AS arrives_at
    FROM moved
), ended AS (
    SELECT *, coalesce(cancels_at, CASE WHEN recalled THEN after(collected, 43200) END) AS cancelled,
        CASE WHEN NOT recalled THEN arrives_at END AS delivered,
        CASE WHEN intangible THEN after(paid_at, 60) WHEN NOT recalled THEN arrives_at END AS received
    FROM arrived
)
SELECT order_id, shop_id, buyer_id, product_id,
    1 + floor(pow(u(order_id, 'quantity'), 6) * 5)::BIGINT AS quantity,
    round((9.9 + 180 * pow(u(product_id, 'price'), 3) * 4) * quantity
        * (CASE WHEN promotion THEN 0.8 ELSE 1 END - 0.1 * u(order_id, 'coupon')), 2) AS amount,
    after(paid_at, -5 - spread(order_id, 'paying', 90)) AS placed_at, paid_at,
    CASE WHEN cancelled IS NULL OR groups_at < cancelled THEN known(groups_at) END AS grouped_at,
    CASE WHEN NOT intangible AND u(order_id, 'no promise') > 0.01 THEN after(paid_at, promise) END AS promised_ship_at,
    known(shipped) AS shipped_at, known(collected) AS collected_at,
    CASE WHEN NOT intangible AND u(order_id, 'no promise') < 0.9
         THEN after(paid_at, promise + 86400 * (2 + floor(distance / 600))) END AS promised_delivery_at,
    known(delivered) AS delivered_at,
    CASE WHEN cancelled IS NULL
         THEN known(after(received, least(spread(order_id, 'confirming', 400000), 864000))) END AS completed_at,
    known(cancelled) AS cancelled_at, CASE WHEN u(order_id, 'presale unknown') > 0.01 THEN presale END AS presale,
    CASE WHEN NOT intangible THEN ['飞鹿速运', '中达快递', '云舟物流', '极风快运', '邮安'][carrier_number + 1] END AS carrier,
    getvariable('provinces')[origin + 1] AS origin_province,
    getvariable('provinces')[destination + 1] AS destination_province,
    CASE WHEN u(order_id, 'no distance') > 0.02 THEN distance + floor(80 * u(order_id, 'distance')) END AS distance_km,
    CASE WHEN u(order_id, 'sold by agent') < 0.3
         THEN agent_of(first_agent, agents, u(order_id, 'agent'), false) END AS agent_id,
    late(order_id, paid_at) AS arrived_at
FROM ended
