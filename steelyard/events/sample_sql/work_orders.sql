-- The merchant closes in time, sooner with good service; else the system does, or the deadline passes.
WITH opened AS (
    SELECT *, some_time_after(paid_at, spread(order_id, 'work order after', 400000), u(order_id, 'work order at')) AS created_at
    FROM deals
    WHERE u(order_id, 'work order') < 0.003 + CASE WHEN slow OR lost OR goods_trouble OR service_trouble THEN 0.05 ELSE 0 END
), worked AS (
    SELECT *, after(created_at, 172800) AS due_at,
        spread(order_id, 'work takes', 25000 + 90000 * (1 - service)) AS takes, u(order_id, 'closed by system') < 0.08 AS by_system
    FROM opened WHERE created_at < getvariable('until')
), closed AS (
    SELECT *, known(after(created_at, CASE WHEN by_system THEN least(takes, 3600) ELSE least(takes, 172800) END)) AS closed_at
    FROM worked
)
SELECT order_id AS work_order_id, shop_id, CASE WHEN u(order_id, 'work order alone') > 0.04 THEN order_id END AS order_id,
    created_at, due_at, closed_at,
    CASE WHEN closed_at IS NULL THEN NULL WHEN by_system THEN 'system' WHEN takes >= 172800 THEN 'overdue' ELSE 'merchant' END AS closed_by,
    late(order_id, created_at) AS arrived_at
FROM closed
