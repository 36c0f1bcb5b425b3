-- Chance without a generator: every draw is a hash of a row's id, the draw's name and the seed, so that neither
-- the order of rows nor the number of threads can change it.

CREATE TEMP MACRO u(id, draw) AS
    (hash(xor((id)::UBIGINT, hash(draw, getvariable('seed')))) >> 11)::DOUBLE / 9007199254740992.0;

CREATE TEMP MACRO pick(id, draw, choices) AS choices[1 + floor(u(id, draw) * len(choices))::BIGINT];

-- exponential with this mean
CREATE TEMP MACRO spread(id, draw, mean) AS -ln(1 - u(id, draw)) * (mean);

CREATE TEMP MACRO normal(id, draw) AS
    sqrt(-2 * ln(1 - u(id, draw))) * cos(6.283185307179586 * u(id, draw || ', angle'));

CREATE TEMP MACRO after(instant, seconds) AS
    make_timestamp(epoch_us(instant) + floor(seconds)::BIGINT * 1000000);

-- the folder knows nothing of the first day after the data
CREATE TEMP MACRO known(instant) AS CASE WHEN instant < getvariable('until') THEN instant END;

CREATE TEMP MACRO in_data(instant) AS instant >= getvariable('start') AND instant < getvariable('until');

CREATE TEMP MACRO day_start(day) AS after(getvariable('start'), (day) * 86400);

-- second of the day from a draw: few at night, peaks before noon and in the evening
CREATE TEMP MACRO clock(r) AS CASE
    WHEN r < 0.07 THEN r / 0.07 * 28800
    WHEN r < 0.17 THEN 28800 + (r - 0.07) / 0.10 * 7200
    WHEN r < 0.36 THEN 36000 + (r - 0.17) / 0.19 * 7200
    WHEN r < 0.66 THEN 43200 + (r - 0.36) / 0.30 * 25200
    WHEN r < 0.94 THEN 68400 + (r - 0.66) / 0.28 * 14400
    ELSE 82800 + (r - 0.94) / 0.06 * 3600
END;

-- some instant of the day after the given time has passed
CREATE TEMP MACRO some_time_after(instant, seconds, r) AS
    after(date_trunc('day', after(instant, 86400 + (seconds))), clock(r));

-- when a row that came late reached the folder; NULL for the others
CREATE TEMP MACRO late(id, own_time) AS
    CASE WHEN u(id, 'late row') < 0.008 THEN known(after(own_time, 1800 + spread(id, 'row late by', 90000))) END;

CREATE TEMP MACRO malicious(buyer_id) AS u(buyer_id, 'malicious buyer') < 0.004;

CREATE TEMP MACRO product_kind(product_id) AS CASE
    WHEN u(product_id, 'product kind') < 0.91 THEN 'standard'
    WHEN u(product_id, 'product kind') < 0.95 THEN 'bundle'
    WHEN u(product_id, 'product kind') < 0.98 THEN 'lucky_bag'
    ELSE 'virtual'
END;

-- first and last day (exclusive) on the shelf; a shop's first product stays
CREATE TEMP MACRO shelf_from(product_id, first_product) AS CASE
    WHEN product_id > first_product AND u(product_id, 'shelf') < 0.10
    THEN floor(u(product_id, 'shelf day') * getvariable('days'))::BIGINT ELSE 0
END;
CREATE TEMP MACRO shelf_to(product_id, first_product) AS CASE
    WHEN product_id > first_product AND u(product_id, 'shelf') > 0.92
    THEN 1 + floor(u(product_id, 'shelf day') * getvariable('days'))::BIGINT ELSE getvariable('days') + 1
END;

-- one of a shop's agents: the even ones sell, the odd ones serve after the sale, a single one does both
CREATE TEMP MACRO agent_of(first_agent, agents, r, aftersale) AS first_agent + CASE
    WHEN agents = 1 THEN 0
    WHEN aftersale THEN 1 + 2 * floor(r * floor(agents / 2))::BIGINT
    ELSE 2 * floor(r * ceil(agents / 2))::BIGINT
END;

-- how often a buyer asks in a session
CREATE TEMP MACRO turns_of(session_id) AS 1 + least(floor(spread(session_id, 'turns', 1.45)), 7)::BIGINT;
