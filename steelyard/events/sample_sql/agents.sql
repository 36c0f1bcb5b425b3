SELECT agent_id, shop_id,
    pick(agent_id, 'surname', ['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '徐', '孙'])
        || pick(agent_id, 'given name', ['小雨', '晓燕', '志强', '丽娜', '子涵', '文静', '浩然', '佳怡', '梦琪', '建国', '雪梅', '思远']) AS name,
    CASE WHEN (agent_id - first_agent) % 2 = 0 THEN 'presale' ELSE 'aftersale' END AS role,
    day_start(CASE WHEN agent_id > first_agent AND u(agent_id, 'new') < 0.1 THEN floor(u(agent_id, 'joined') * getvariable('days'))
        ELSE -10 - floor(u(agent_id, 'joined') * 900) END)::DATE AS joined_on,
    NULL AS arrived_at
FROM (SELECT *, unnest(range(first_agent, first_agent + agents)) AS agent_id FROM traits)
