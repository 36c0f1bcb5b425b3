-- Most ask about an after-sales case (even ids); on one shop and day of two hundred about something else (odd ids).
WITH sent AS (
    SELECT case_id * 2 AS request_id, shop_id, case_id, some_time_after(applied_at, 50000, u(case_id, 'asked at')) AS sent_at
    FROM after_sales WHERE u(case_id, 'platform asks') < 0.04
    UNION ALL
    SELECT (shop_id * 4096 + day) * 2 + 1, shop_id, NULL, after(day_start(day), clock(u(shop_id * 4096 + day, 'asked at')))
    FROM traits CROSS JOIN calendar WHERE u(shop_id * 4096 + day, 'platform asks') < 0.005
), answered AS (
    SELECT *, CASE WHEN u(request_id, 'answers') < 0.5 + 0.48 * service
        THEN known(after(sent_at, 900 + spread(request_id, 'answers after', 15000 + 90000 * (1 - service)))) END AS replied_at
    FROM sent JOIN traits USING (shop_id) WHERE sent_at < getvariable('until')
)
SELECT request_id, shop_id, case_id, pick(request_id, 'request channel', ['mail', 'ticket', 'ticket']) AS channel, sent_at,
    pick(request_id, 'opinion', ['同意退款', '补发商品', '核实后答复', '换货处理']) AS opinion, replied_at,
    CASE WHEN u(request_id, 'carries out') < 0.9 THEN known(after(replied_at, 3600 + spread(request_id, 'carried out after', 90000))) END
        AS executed_at,
    late(request_id, sent_at) AS arrived_at
FROM answered
ORDER BY request_id
