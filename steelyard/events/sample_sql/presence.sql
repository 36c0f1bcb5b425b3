-- A shift of a day, five days in seven: online, and for some a break between two stretches.
WITH shift AS (
    SELECT agent_id, shop_id, day_start(day) AS midnight, agent_id * 4096 + day AS shift_id,
        CASE WHEN agent_id % 3 = 1 THEN 50400 ELSE 29700 END + floor(1800 * u(shift_id, 'comes')) AS comes,
        comes + 28800 + floor(2400 * u(shift_id, 'goes')) AS goes, u(shift_id, 'break') < 0.2 AS breaks,
        comes + 10000 + floor(9000 * u(shift_id, 'pauses')) AS pauses, pauses + 120 + floor(2700 * u(shift_id, 'resumes')) AS resumes
    FROM agents CROSS JOIN calendar
    WHERE u(agent_id * 4096 + day, 'on duty') < 0.71 AND joined_on <= day_start(day)
        OR agent_id = 1 AND day = 0
)
SELECT agent_id, shop_id, CASE WHEN part = 1 THEN 'suspended' ELSE 'online' END AS state,
    after(midnight, [comes, pauses, resumes][part + 1]) AS from_at,
    after(midnight, CASE WHEN part = 0 AND breaks THEN pauses WHEN part = 1 THEN resumes ELSE goes END) AS to_at,
    NULL AS arrived_at
FROM shift CROSS JOIN (VALUES (0), (1), (2)) AS parts(part)
WHERE part = 0 OR breaks
