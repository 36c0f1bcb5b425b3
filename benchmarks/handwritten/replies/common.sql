-- What every statement shares. run_replies.py sets `first` and `last`, the first day and the first one after, and gives the
-- tables with a column `subject`, the shop or the agent. Rows are taken to keep the event contract.
CREATE MACRO asked(moment) AS moment >= getvariable('first') AND moment < getvariable('last');
-- Both ends cut to the second; integer division cuts downwards from 1970 on.
CREATE MACRO seconds(earlier, later) AS epoch_us(later) // 1000000 - epoch_us(earlier) // 1000000;
-- Exclusions that stand; but for complaints none is taken to name a metric.
CREATE TEMP TABLE struck AS FROM exclusions WHERE decided_at IS NOT NULL AND revoked_at IS NULL;
CREATE MACRO gone(of) AS TABLE SELECT row_id FROM struck WHERE "table" = of AND indicator IS NULL AND row_id IS NOT NULL;
-- How times spread, per subject.
CREATE MACRO spread(times) AS TABLE
    SELECT subject, count(*) AS n, sum(wait)::BIGINT AS total, quantile_disc(wait, [0.5, 0.9]) AS ranks, [
        count(*) FILTER (wait <= 5), count(*) FILTER (wait BETWEEN 6 AND 10), count(*) FILTER (wait BETWEEN 11 AND 30),
        count(*) FILTER (wait BETWEEN 31 AND 60), count(*) FILTER (wait BETWEEN 61 AND 180),
        count(*) FILTER (wait BETWEEN 181 AND 300), count(*) FILTER (wait BETWEEN 301 AND 600),
        count(*) FILTER (wait BETWEEN 601 AND 3600), count(*) FILTER (wait BETWEEN 3601 AND 86400),
        count(*) FILTER (wait > 86400)
    ] AS buckets
    FROM query_table(times) GROUP BY subject;
