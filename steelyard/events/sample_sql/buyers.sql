-- Who is flagged, in periods that follow each other: 0 a suspicion, 1 the finding, 2 cleared again.
WITH flagged AS (
    SELECT buyer_id, malicious(buyer_id) AS malicious, u(buyer_id, 'flagged on') * 0.7 * getvariable('days') AS first_day
    FROM range(1, getvariable('people') + 1) AS people(buyer_id)
    WHERE malicious(buyer_id) OR u(buyer_id, 'high risk') < 0.01 OR buyer_id > getvariable('people') - 3
), periods AS (
    SELECT buyer_id, part, malicious,
        after(getvariable('start'), 86400 * (first_day + part * 0.12 * getvariable('days'))) AS from_at,
        after(getvariable('start'), 86400 * (first_day + (part + 1) * 0.12 * getvariable('days'))) AS next_at,
        u(buyer_id, 'cleared') < 0.25 OR buyer_id = getvariable('people') AS cleared
    FROM flagged CROSS JOIN (VALUES (0), (1), (2)) AS parts(part)
)
SELECT buyer_id, CASE part WHEN 0 THEN 'high' WHEN 2 THEN 'normal' ELSE CASE WHEN malicious OR buyer_id = getvariable('people') - 1 THEN 'malicious' ELSE 'high' END END AS risk,
    from_at, CASE WHEN part = 0 OR part = 1 AND cleared THEN next_at END AS to_at, NULL AS arrived_at
FROM periods WHERE part <= 1 OR cleared
