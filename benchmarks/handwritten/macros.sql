-- What every statement shares. `getvariable('now')` is the first instant of the score's day, set by run.py.
-- Rows are taken to keep the event contract; only those of unknown shops fall away, in the joins of scores.sql.
CREATE MACRO known(own, arrived) AS own < getvariable('now') AND (arrived IS NULL OR arrived < getvariable('now'));
CREATE MACRO past(moment) AS CASE WHEN moment < getvariable('now') THEN moment END;
CREATE MACRO in_window(moment) AS moment >= getvariable('now') - INTERVAL 90 DAY AND moment < getvariable('now');
-- Both ends cut to the second; integer division cuts downwards from 1970 on.
CREATE MACRO seconds(earlier, later) AS epoch_us(later) // 1000000 - epoch_us(earlier) // 1000000;
-- a ÷ b × scale, rounded half up, for whole numbers that are not negative.
CREATE MACRO half_up(a, b, scale) AS
    ((a::HUGEINT * (2 * scale) + b::HUGEINT) // nullif(2 * b::HUGEINT, 0))::BIGINT;
CREATE MACRO shown(millionths) AS (millionths * 0.000001::DECIMAL(7, 6))::DECIMAL(20, 6);
-- Every reason but the two of force majeure and reporting strikes a row out; those two act on logistics only.
CREATE TEMP TABLE gone AS
SELECT "table", row_id, indicator, reason NOT IN ('force_majeure', 'reported_exemption') AS struck
FROM exclusions
WHERE known(decided_at, arrived_at) AND (revoked_at IS NULL OR revoked_at >= getvariable('now'));
-- Order exclusions that also strike out the cases and sessions of the order, and from which indicator.
CREATE TEMP TABLE gone_orders AS
SELECT row_id AS order_id, indicator FROM gone WHERE "table" = 'orders' AND struck;
