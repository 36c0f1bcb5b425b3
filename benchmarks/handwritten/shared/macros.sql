-- What every statement shares. `getvariable('now')` is the first instant of the score's day, set by run.py.
-- Rows are taken to keep the event contract; only those of unknown shops fall away, in the joins to `shops`.
CREATE MACRO known(own, arrived) AS own < getvariable('now') AND (arrived IS NULL OR arrived < getvariable('now'));
CREATE MACRO past(moment) AS CASE WHEN moment < getvariable('now') THEN moment END;
CREATE MACRO days_ago(days) AS getvariable('now') - to_days(days);
CREATE MACRO in_days(moment, days) AS moment >= days_ago(days) AND moment < getvariable('now');
-- Both ends cut to the second; integer division cuts downwards from 1970 on.
CREATE MACRO seconds(earlier, later) AS epoch_us(later) // 1000000 - epoch_us(earlier) // 1000000;
-- a ÷ b × scale, rounded half up, for whole numbers that are not negative; NULL where b is 0.
CREATE MACRO half_up(a, b, scale) AS
    ((a::HUGEINT * (2 * scale) + b::HUGEINT) // nullif(2 * b::HUGEINT, 0))::BIGINT;
CREATE MACRO shown(millionths) AS (millionths * 0.000001::DECIMAL(7, 6))::DECIMAL(20, 6);
-- What is counted, of how many.
CREATE MACRO pair(n, of) AS {n: n::BIGINT, of: of::BIGINT};
-- The same of rows that were counted together before.
CREATE MACRO number(rows, counts, asked) AS pair(sum(rows) FILTER (asked AND counts), sum(rows) FILTER (asked));
