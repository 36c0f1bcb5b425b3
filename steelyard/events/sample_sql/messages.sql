-- The buyer asks, turn by turn; whoever serves answers after a wait of their own, so answers may come late, never,
-- or at the instant of a question. Nothing is said once a session has ended. The turns are
-- unnested before the join: DuckDB 2.0.0 fails with an internal error where an unnest follows a join.
WITH turn AS (
    SELECT session_id, shop_id, buyer_id, agent_id, started_at, ended_at, human, machine, service, first_agent, agents,
        hour(started_at) >= 23 OR hour(started_at) < 8 AS night, turns,
        u(session_id, 'agent writes first') < 0.015 AND human AS outreach, number
    FROM (SELECT *, coalesce(handled_by, 'human') = 'human' AS human, coalesce(handled_by = 'bot', false) AS machine,
              turns_of(session_id) AS turns, unnest(range(turns)) AS number FROM sessions)
        JOIN traits USING (shop_id)
), timed AS (
    SELECT *, session_id * 8 + number AS turn_id,
        after(started_at, number * 150 + 1 + 60 * u(turn_id, 'asks'))
            + to_milliseconds(CASE WHEN u(session_id, 'finer clock') < 0.1 THEN floor(1000 * u(turn_id, 'fraction'))::BIGINT ELSE 0 END)
            AS asked_at,
        CASE WHEN u(turn_id, 'at once') < 0.012 THEN 0
             ELSE 1 + spread(turn_id, 'wait', 14 + 135 * pow(1 - service, 1.6))
                * CASE WHEN night THEN 25 WHEN u(turn_id, 'busy') < 0.11 * (1 - service) THEN 9 ELSE 1 END END AS wait,
        u(turn_id, 'no answer') < CASE WHEN night THEN 0.5 ELSE 0.002 + 0.1 * pow(1 - service, 1.5) END AS ignored
    FROM turn
), said AS (
    SELECT *, CASE part
        WHEN 0 THEN asked_at
        WHEN 1 THEN after(asked_at, CASE WHEN u(turn_id, 'twice at once') < 0.1 THEN 0 ELSE 2 + 40 * u(turn_id, 'again') END)
        WHEN 2 THEN after(asked_at, 1 + floor(2 * u(turn_id, 'machine')))
        WHEN 3 THEN after(asked_at, wait)
        WHEN 4 THEN after(asked_at, wait + 4 + 40 * u(turn_id, 'adds'))
        ELSE after(ended_at, -3) END AS sent_at,
        CASE WHEN part <= 1 THEN 'buyer' WHEN part = 5 THEN 'system' WHEN part > 2 THEN 'agent'
             WHEN machine OR u(session_id, 'bot first') < 0.25 THEN 'bot' ELSE 'agent' END AS sender
    FROM timed CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5)) AS parts(part)
    WHERE CASE part WHEN 0 THEN NOT outreach
        WHEN 1 THEN NOT outreach AND u(turn_id, 'writes twice') < 0.35
        WHEN 2 THEN CASE WHEN machine THEN true ELSE number = 0 AND u(session_id, 'greets') < 0.55 END
        WHEN 3 THEN human AND NOT ignored
        WHEN 4 THEN human AND NOT ignored AND u(turn_id, 'says more') < 0.3
        ELSE number = turns - 1 AND u(session_id, 'invites') < 0.35 END
)
SELECT session_id, shop_id, buyer_id,
    CASE WHEN sender <> 'agent' THEN NULL
        WHEN u(session_id, 'handed over') < 0.04 AND number > 0 THEN first_agent + turn_id % agents
        ELSE coalesce(agent_id, first_agent) END AS agent_id,
    sent_at, sender, CASE WHEN sender = 'agent' THEN part = 2 END AS auto,
    CASE WHEN sender = 'agent' THEN part > 2 AND u(turn_id * 8 + part, 'in substance') < 0.85
         WHEN sender = 'bot' THEN u(turn_id, 'bot knows') < 0.4 END AS substantive,
    CASE WHEN u(turn_id, 'late message') < 0.001 THEN known(after(sent_at, spread(turn_id, 'message late by', 90000))) END AS arrived_at
FROM said
WHERE sent_at < coalesce(ended_at, getvariable('until')) AND sent_at < getvariable('until')
