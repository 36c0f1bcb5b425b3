-- Provinces with longitude, latitude, people (millions) and share of the shops; whether the bad week hits them.
CREATE TEMP TABLE places AS
SELECT * FROM (VALUES
    (0, '广东省', 113.3, 23.1, 126, 50, false), (1, '山东省', 117.0, 36.7, 101, 16, false),
    (2, '河南省', 113.6, 34.8, 99, 6, true), (3, '江苏省', 118.8, 32.1, 85, 24, false),
    (4, '四川省', 104.1, 30.6, 84, 6, false), (5, '河北省', 114.5, 38.0, 74, 8, false),
    (6, '湖南省', 113.0, 28.2, 66, 4, true), (7, '浙江省', 120.2, 30.3, 65, 50, false),
    (8, '安徽省', 117.3, 31.9, 61, 6, true), (9, '湖北省', 114.3, 30.6, 58, 5, true),
    (10, '广西壮族自治区', 108.3, 22.8, 50, 2, false), (11, '云南省', 102.7, 25.0, 47, 2, false),
    (12, '江西省', 115.9, 28.7, 45, 3, true), (13, '辽宁省', 123.4, 41.8, 42, 2, false),
    (14, '福建省', 119.3, 26.1, 41, 20, false), (15, '陕西省', 108.9, 34.3, 39, 2, false),
    (16, '贵州省', 106.7, 26.6, 38, 1, false), (17, '山西省', 112.5, 37.9, 35, 1, false),
    (18, '重庆市', 106.5, 29.6, 32, 2, false), (19, '黑龙江省', 126.6, 45.8, 31, 1, false),
    (20, '新疆维吾尔自治区', 87.6, 43.8, 26, 1, false), (21, '甘肃省', 103.8, 36.1, 25, 1, false),
    (22, '上海市', 121.5, 31.2, 25, 12, false), (23, '吉林省', 125.3, 43.9, 24, 1, false),
    (24, '内蒙古自治区', 111.7, 40.8, 24, 1, false), (25, '北京市', 116.4, 39.9, 22, 8, false),
    (26, '天津市', 117.2, 39.1, 14, 2, false), (27, '海南省', 110.3, 20.0, 10, 1, false),
    (28, '宁夏回族自治区', 106.2, 38.5, 7, 1, false), (29, '青海省', 101.8, 36.6, 6, 1, false),
    (30, '西藏自治区', 91.1, 29.7, 4, 1, false)
) AS province(place, province, longitude, latitude, people, shops, hit);

SET VARIABLE provinces = (SELECT list(province ORDER BY place) FROM places);
SET VARIABLE hit_provinces = (SELECT list(province ORDER BY place) FROM places WHERE hit);

-- one slot per million people, and per share of the shops: a uniform slot is a weighted province
CREATE TEMP TABLE residents AS
SELECT row_number() OVER (ORDER BY place, copy) - 1 AS slot, place
FROM (SELECT place, unnest(range(people)) AS copy FROM places);
SET VARIABLE residents = (SELECT count(*) FROM residents);

CREATE TEMP TABLE senders AS
SELECT row_number() OVER (ORDER BY place, copy) - 1 AS slot, place
FROM (SELECT place, unnest(range(shops)) AS copy FROM places);
SET VARIABLE senders = (SELECT count(*) FROM senders);

-- kilometres along the great circle; 60 within a province
CREATE TEMP TABLE routes AS
SELECT a.place AS origin, b.place AS destination, a.hit OR b.hit AS hit,
    CASE WHEN a.place = b.place THEN 60.0 ELSE round(12742 * asin(sqrt(
        pow(sin(radians(b.latitude - a.latitude) / 2), 2)
        + cos(radians(a.latitude)) * cos(radians(b.latitude)) * pow(sin(radians(b.longitude - a.longitude) / 2), 2)
    ))) END AS distance
FROM places AS a CROSS JOIN places AS b;

-- the route to each slot, under one key: joined on origin and destination, orders would meet every route first
CREATE TEMP TABLE ways AS
SELECT origin * getvariable('residents') + slot AS way, destination, hit, distance
FROM routes JOIN residents ON destination = place;

-- The days: growth, weekends, a promotion of three days, a week in which logistics break down.
SET VARIABLE promotion = getvariable('days') - least(ceil(getvariable('days') * 0.3), 25)::BIGINT;
SET VARIABLE bad_week = getvariable('days') - least(ceil(getvariable('days') * 0.6), 50)::BIGINT;

CREATE TEMP TABLE calendar AS
SELECT day, day >= getvariable('promotion') AND day < getvariable('promotion') + 3 AS promotion,
    day >= getvariable('bad_week') AND day < getvariable('bad_week') + 7 AS bad,
    floor(100 * (1 + 0.3 * day / getvariable('days'))
        * [0.98, 0.96, 0.97, 1.0, 1.06, 1.14, 1.1][isodow(day_start(day))]
        * CASE WHEN day = getvariable('promotion') THEN 3.2
               WHEN day > getvariable('promotion') AND day < getvariable('promotion') + 3 THEN 1.8 ELSE 1 END
    )::BIGINT AS weight
FROM range(getvariable('days')) AS days(day);

CREATE TEMP TABLE days AS
SELECT row_number() OVER (ORDER BY day, copy) - 1 AS slot, day, promotion, bad
FROM (SELECT day, promotion, bad, unnest(range(weight)) AS copy FROM calendar);
SET VARIABLE day_slots = (SELECT count(*) FROM days);
