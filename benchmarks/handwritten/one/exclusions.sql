-- Every reason but the two of force majeure and reporting strikes a row out; those two act on logistics only.
CREATE TEMP TABLE gone AS
SELECT "table", row_id, indicator, reason NOT IN ('force_majeure', 'reported_exemption') AS struck
FROM exclusions
WHERE known(decided_at, arrived_at) AND (revoked_at IS NULL OR revoked_at >= getvariable('now'));
-- Order exclusions that also strike out the cases and sessions of the order, and from which indicator.
CREATE TEMP TABLE gone_orders AS
SELECT row_id AS order_id, indicator FROM gone WHERE "table" = 'orders' AND struck;
