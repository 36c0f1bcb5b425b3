-- Chats that hang on an order: 0 its buyer before paying, 1 a visitor who buys nothing, 2 its buyer afterwards,
-- 3 the same buyer and agent again within a day.
WITH begun AS (
    SELECT *, order_id * 4 + part AS session_id, order_id * 4 + least(part, 2) AS thread,
        slow OR lost OR goods_trouble OR parcel_trouble OR service_trouble AS upset, part >= 2 AS aftersale,
        coalesce(received_at, after(paid_at, 150000)) AS from_then
    FROM deals CROSS JOIN (VALUES (0), (1), (2), (3)) AS parts(part)
    WHERE CASE part WHEN 0 THEN u(order_id, 'asks first') < 0.055
        WHEN 1 THEN u(order_id, 'visitor') < 0.042
        ELSE u(order_id, 'asks later') < CASE WHEN slow OR lost OR goods_trouble OR parcel_trouble OR service_trouble
                THEN 0.24 ELSE 0.035 END
            AND (part = 2 OR u(order_id, 'asks again') < 0.12) END
), started AS (
    SELECT *, CASE part WHEN 0 THEN after(paid_at, -200 - 7000 * u(thread, 'before paying'))
        WHEN 1 THEN after(paid_at, 86400 * floor(u(thread, 'visits') * 9 - 4) + 7200 * u(thread, 'visits at'))
        ELSE after(some_time_after(from_then, spread(thread, 'later', 120000), u(thread, 'later at')),
            CASE WHEN part = 3 THEN 3600 + 79200 * u(thread, 'again after') ELSE 0 END) END AS started_at,
        turns_of(session_id) AS turns,
        CASE WHEN u(thread, 'desk') < 0.81 THEN 'human' WHEN u(thread, 'desk') < 0.97 THEN 'bot' END AS handled_by
    FROM begun
), ended AS (
    SELECT *, after(started_at, turns * 150 + 1200 + 7000 * u(session_id, 'stays open')
        + CASE WHEN hour(started_at) >= 23 OR hour(started_at) < 7 THEN 36000 ELSE 0 END) AS ended_at
    FROM started WHERE in_data(started_at)
), rated AS (
    SELECT *, CASE WHEN u(session_id, 'rates') < CASE WHEN part = 3 THEN 0.8 WHEN aftersale THEN 0.45 ELSE 0.3 END
        THEN known(after(ended_at, 5 + spread(session_id, 'rates after', CASE WHEN u(session_id, 'rates late') < 0.06 THEN 60000 ELSE 150 END)))
        END AS rated_at,
        u(session_id, 'unhappy') < 0.02 + 0.3 * pow(1 - manner, 1.3) + CASE WHEN upset AND aftersale THEN 0.10 ELSE 0 END
            + CASE WHEN handled_by = 'bot' THEN 0.1 ELSE 0 END AS unhappy
    FROM ended
)
SELECT session_id, shop_id,
    CASE WHEN part = 1 THEN 1 + floor(u(thread, 'who') * getvariable('people'))::BIGINT ELSE buyer_id END AS buyer_id,
    CASE WHEN handled_by = 'bot' OR u(thread, 'agent unknown') < 0.01 THEN NULL
        ELSE coalesce(CASE WHEN part = 0 THEN agent_id END, agent_of(first_agent, agents, u(thread, 'agent'), aftersale)) END AS agent_id,
    CASE WHEN aftersale AND u(session_id, 'order unknown') > 0.12 THEN order_id END AS order_id,
    started_at, known(ended_at) AS ended_at, handled_by,
    CASE WHEN u(session_id, 'phase unknown') > 0.02 THEN CASE WHEN aftersale THEN 'aftersale' ELSE 'presale' END END AS phase,
    CASE WHEN u(session_id, 'about nothing') < 0.08 THEN NULL
        WHEN aftersale AND goods_trouble THEN pick(session_id, 'about', ['质量问题', '描述不符', '商品破损', '退换政策'])
        WHEN aftersale AND upset THEN pick(session_id, 'about', ['物流停滞', '催发货', '少件漏发', '发错商品', '派送问题', '客服态度'])
        WHEN aftersale THEN pick(session_id, 'about', ['如何安装', '发票', '退款进度', '退换政策', '补差价', '查物流'])
        ELSE pick(session_id, 'about', ['商品咨询', '尺码咨询', '何时发货', '优惠活动', '库存咨询']) END AS scenario,
    CASE WHEN rated_at IS NULL THEN NULL WHEN unhappy THEN 1 + floor(3 * u(session_id, 'how bad'))::BIGINT
        ELSE 4 + floor(1.8 * u(session_id, 'how good'))::BIGINT END AS rating,
    CASE WHEN rated_at IS NOT NULL
         THEN CASE WHEN u(session_id, 'invited') < 0.7 THEN 'invited' ELSE 'voluntary' END END AS rating_source,
    rated_at,
    CASE WHEN u(session_id, 'survey') < 0.15 AND ended_at < getvariable('until')
         THEN CASE WHEN unhappy THEN 2 + floor(2 * u(session_id, 'survey says'))::BIGINT
              ELSE 1 + floor(1.3 * u(session_id, 'survey says'))::BIGINT END END AS survey,
    late(session_id, started_at) AS arrived_at
FROM rated
