-- What is counted over orders: buyers, money, items, returns, disputes; and what came of enquiries.
CREATE TEMP TABLE tally_orders AS
WITH buyers AS (
    SELECT subject, buyer_id, count(*) FILTER (asked(paid_at)) AS paid, count(*) FILTER (asked(grouped_at)) AS grouped,
        count(*) FILTER (asked(paid_at) AND cancelled_at IS NULL) AS kept,
        sum(CASE WHEN asked(paid_at) AND cancelled_at IS NULL THEN round(amount * 1000000)::BIGINT END) AS millionths,
        sum(CASE WHEN asked(paid_at) AND cancelled_at IS NULL THEN coalesce(quantity, 1) END) AS items
    FROM orders WHERE order_id NOT IN (FROM gone('orders')) GROUP BY subject, buyer_id
)
SELECT subject, sum(paid) AS paid, sum(grouped) AS grouped, sum(millionths) AS millionths, sum(items) AS items,
    sum(CASE WHEN buyer_id IS NULL THEN kept ELSE least(kept, 1) END) AS buyers
FROM buyers GROUP BY subject;

CREATE TEMP TABLE tally_returns AS
WITH marks AS (
    SELECT order_id, count(*) FILTER (kind = 'return_refund') AS returns,
        bool_or(stepped_in AND completed_at IS NOT NULL AND liability = 'merchant' AND outcome = 'refunded') AS lost
    FROM cases WHERE NOT gone AND (kind = 'return_refund' OR stepped_in) GROUP BY order_id
)
SELECT subject, sum(returns) FILTER (asked(paid_at)) AS returns, count(*) FILTER (lost AND asked(grouped_at)) AS lost
FROM marks JOIN orders USING (order_id) GROUP BY subject;

-- Who wrote on a day, and the orders of the same buyer in the same shop around it.
CREATE TEMP TABLE tally_enquiries AS
WITH around AS (
    SELECT shop_id, buyer_id, day, min(grouped_at) FILTER (grouped_at >= first_at AND grouped_at < day + 3) AS ordered_at,
        bool_or(coalesce(grouped_at, delivered_at) < day + 1
            AND (delivered_at IS NULL OR delivered_at + INTERVAL 15 DAY > day)) AS covered,
        bool_or(grouped_at >= day AND grouped_at < day + 2) AS near
    FROM enquiries JOIN orders USING (shop_id, buyer_id)
    WHERE coalesce(grouped_at, delivered_at) IS NOT NULL AND order_id NOT IN (FROM gone('orders'))
    GROUP BY shop_id, buyer_id, day
)
SELECT subject, count(*) AS enquirers, count(ordered_at) AS converted,
    count(*) FILTER ((covered AND near IS NOT TRUE) IS NOT TRUE) AS fresh,
    count(ordered_at) FILTER ((covered AND near IS NOT TRUE) IS NOT TRUE) AS fresh_converted
FROM enquirers LEFT JOIN around USING (shop_id, buyer_id, day) GROUP BY subject;
