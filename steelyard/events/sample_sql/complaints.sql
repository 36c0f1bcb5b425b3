WITH raised AS (
    SELECT *, order_id AS complaint_id,
        some_time_after(coalesce(received_at, paid_at), 20000 + spread(order_id, 'complains after', 400000), u(order_id, 'complains at'))
            AS created_at,
        pick(order_id, 'about', ['shop', 'shop', 'shop', 'agent', NULL]) AS about
    FROM deals
    WHERE u(order_id, 'complains') < 0.0001 + 0.009 * pow(1 - service, 2)
        + CASE WHEN service_trouble THEN 0.05 ELSE 0 END + CASE WHEN goods_trouble THEN 0.01 ELSE 0 END
        + CASE WHEN malicious THEN 0.1 ELSE 0 END
), decided AS (
    SELECT *, known(after(created_at, 80000 + spread(order_id, 'decided after', 350000))) AS decided_at
    FROM raised WHERE created_at < getvariable('until')
)
SELECT complaint_id, CASE WHEN u(order_id, 'order unnamed') > 0.03 THEN order_id END AS order_id, shop_id,
    CASE WHEN about = 'agent' THEN agent_of(first_agent, agents, u(order_id, 'blamed agent'), true) END AS agent_id, buyer_id,
    created_at, pick(order_id, 'complaint channel', ['platform', 'platform', 'platform', 'platform', 'regulator']) AS channel, about,
    pick(order_id, 'complaint scenario', ['客服态度', '质量问题', '描述不符', '物流停滞', '退款进度', '怀疑假货', NULL]) AS scenario,
    CASE WHEN decided_at IS NOT NULL THEN u(order_id, 'upheld') < CASE WHEN malicious THEN 0.2 ELSE 0.75 END END AS upheld,
    decided_at, late(order_id, created_at) AS arrived_at
FROM decided
