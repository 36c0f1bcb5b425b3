-- Talks that somebody listened to, and what a month's audit of the after-sales desk looked at: in some shops more than
-- twenty checks of the service standard a month, in others a handful. Most shops also look at each agent's chats, item by item.
WITH drawn AS (
    SELECT *, session_id AS check_id, CASE WHEN u(session_id, 'no session named') > 0.1 THEN session_id END AS heard,
        after(coalesce(ended_at, started_at), 7200 + spread(session_id, 'checked after', 120000)) AS checked_at,
        pick(session_id, 'item', ['录音规范', '服务单规范', '待用户反馈超时', '工单超时未处理', '未解决处理超时', '服务态度', '专业程度', '解决问题的能力', '沟通技巧'])
            AS item
    FROM sessions JOIN traits USING (shop_id)
    WHERE handled_by = 'human' AND u(session_id, 'quality check') < 0.04
), planned AS (
    SELECT shop_id, service, first_agent, agents,
        unnest(range(floor(pick(shop_id, 'audits a month', [0, 4, 9, 16, 24, 36]) * getvariable('days') / 30)::BIGINT)) AS number
    FROM traits WHERE orders > 0
), audited AS (
    SELECT *, 4 * (getvariable('orders') + 1) + shop_id * 8192 + number AS check_id,
        day_start(0) + to_seconds(floor(u(check_id, 'audited at') * getvariable('days') * 86400)::BIGINT) AS checked_at,
        pick(check_id, 'item', ['录音规范', '服务单规范', '待用户反馈超时', '工单超时未处理', '未解决处理超时']) AS item
    FROM planned
), agents_checked AS (
    SELECT shop_id, service, agent_id, unnest(['解决问题的能力', '沟通技巧', '专业程度', '售后服务', '准确性', '服务态度']) AS item
    FROM (SELECT *, unnest(range(first_agent, first_agent + agents)) AS agent_id FROM traits)
    WHERE orders > 0 AND u(shop_id, 'checks its agents') < 0.8
), of_agents AS (
    SELECT *, 4 * (getvariable('orders') + 1) + 2 ** 40 + agent_id * 1024 + 8 * number
            + list_position(['解决问题的能力', '沟通技巧', '专业程度', '售后服务', '准确性', '服务态度'], item) AS check_id
    FROM (SELECT *, unnest(range(1 + floor(2 * getvariable('days') / 30)::BIGINT)) AS number FROM agents_checked)
), checked AS (
    SELECT check_id, session_id AS dice, shop_id, agent_id, heard, item, service, checked_at FROM drawn
    UNION ALL
    SELECT check_id, check_id, shop_id, agent_of(first_agent, agents, u(check_id, 'audited agent'), true), NULL, item, service,
        checked_at
    FROM audited
    UNION ALL
    SELECT check_id::BIGINT, check_id::BIGINT, shop_id, agent_id, NULL, item, service,
        day_start(0) + to_seconds(floor(u(check_id, 'checked at') * getvariable('days') * 86400)::BIGINT)
    FROM of_agents
)
SELECT check_id, shop_id, agent_id, heard AS session_id, item, u(dice, 'passes') < 0.72 + 0.27 * service AS passed,
    round(10 * pow(u(dice, 'check score'), 1.1 - service), 1) AS score, checked_at, late(dice, checked_at) AS arrived_at
FROM checked WHERE checked_at < getvariable('until')
