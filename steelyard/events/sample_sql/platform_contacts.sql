WITH asked AS (
    SELECT *, order_id AS contact_id,
        some_time_after(CASE WHEN u(order_id, 'asks the platform early') < 0.4 THEN paid_at ELSE coalesce(received_at, paid_at) END,
            spread(order_id, 'asks the platform after', 250000), u(order_id, 'asks the platform at')) AS created_at
    FROM deals
    WHERE u(order_id, 'asks the platform') < 0.004 + 0.01 * (1 - service) + CASE WHEN slow OR lost THEN 0.05 ELSE 0 END
        + CASE WHEN goods_trouble OR service_trouble THEN 0.06 ELSE 0 END + CASE WHEN malicious THEN 0.15 ELSE 0 END
)
SELECT contact_id, CASE WHEN u(order_id, 'contact without order') > 0.05 THEN order_id END AS order_id, shop_id, buyer_id, created_at,
    pick(order_id, 'contact channel', ['online', 'online', 'online', 'hotline', 'intervention', 'complaint']) AS channel,
    CASE WHEN slow OR lost THEN pick(order_id, 'contact scenario', ['物流停滞', '何时发货', '派送问题', '催发货'])
        WHEN goods_trouble THEN pick(order_id, 'contact scenario', ['质量问题', '描述不符', '商品破损', '怀疑假货'])
        ELSE pick(order_id, 'contact scenario', ['客服态度', '退款进度', '如何安装', '发票', '退换政策', NULL]) END AS scenario,
    late(order_id, created_at) AS arrived_at
FROM asked WHERE created_at < getvariable('until')
