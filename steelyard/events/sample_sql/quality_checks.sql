WITH drawn AS (
    SELECT *, after(coalesce(ended_at, started_at), 7200 + spread(session_id, 'checked after', 120000)) AS checked_at,
        pick(session_id, 'item', ['录音规范', '服务单规范', '待用户反馈超时', '工单超时未处理', '未解决处理超时', '服务态度', '专业能力', '解决效果', '沟通表达'])
            AS item
    FROM sessions JOIN traits USING (shop_id)
    WHERE handled_by = 'human' AND u(session_id, 'quality check') < 0.04
)
SELECT session_id AS check_id, shop_id, agent_id, CASE WHEN u(session_id, 'no session named') > 0.1 THEN session_id END AS session_id,
    item, u(session_id, 'passes') < 0.72 + 0.27 * service AS passed,
    round(10 * pow(u(session_id, 'check score'), 1.1 - service), 1) AS score, checked_at, late(session_id, checked_at) AS arrived_at
FROM drawn WHERE checked_at < getvariable('until')
