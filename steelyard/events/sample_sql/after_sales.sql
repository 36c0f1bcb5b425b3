-- Case 0 of an order comes from what went wrong with it, case 1 follows a few of them.
WITH opened AS (
    SELECT *, order_id * 2 + part AS case_id, CASE
        WHEN lost AND u(order_id, 'lost case') < 0.8 OR parcel_trouble AND u(order_id, 'parcel case') < 0.5
            OR slow AND u(order_id, 'slow case') < 0.08 THEN 'logistics'
        WHEN goods_trouble AND u(order_id, 'goods case') < 0.55 THEN 'goods_quality'
        WHEN u(order_id, 'other case') < 0.035 THEN 'other' END AS cause
    FROM deals CROSS JOIN (VALUES (0), (1)) AS parts(part)
    WHERE part = 0 OR u(order_id, 'second case') < 0.03
), asked AS (
    SELECT *, CASE WHEN received_at IS NULL OR malicious AND u(case_id, 'keeps the goods') < 0.7 THEN 'refund_only'
            ELSE pick(case_id, 'case kind', ['return_refund', 'return_refund', 'return_refund', 'return_refund', 'refund_only',
                'refund_only', 'exchange', 'exchange', 'repair', 'resend']) END AS kind,
        CASE WHEN received_at IS NULL THEN some_time_after(paid_at, 300000 + spread(case_id, 'asks', 200000), u(case_id, 'hour'))
             ELSE some_time_after(received_at, least(spread(case_id, 'asks', 180000), 900000) + part * 600000, u(case_id, 'hour'))
        END AS applied_at
    FROM opened WHERE cause IS NOT NULL AND (part = 0 OR received_at IS NOT NULL)
), handled AS (
    SELECT *, 120 + spread(case_id, 'review', 2500 + 70000 * pow(1 - service, 2)) AS review_takes,
        after(applied_at, review_takes) AS decided_at,
        after(applied_at, least(review_takes, 60 + spread(case_id, 'first look', 400 + 3000 * pow(1 - service, 2)))) AS reviewed_at,
        CASE WHEN u(case_id, 'refused') < 0.06 THEN 'rejected' WHEN u(case_id, 'withdrawn') < 0.06 THEN 'cancelled'
            WHEN kind = 'exchange' THEN 'exchanged' WHEN kind = 'repair' THEN 'repaired'
            WHEN kind = 'resend' THEN 'resent' ELSE 'refunded' END AS ends_as,
        u(case_id, 'intervened') < (0.003 + 0.13 * pow(1 - service, 1.5)) * CASE WHEN malicious THEN 4 ELSE 1 END AS intervened
    FROM asked WHERE applied_at < getvariable('until')
), returned AS (
    SELECT *, after(decided_at, 300 + spread(case_id, 'pending', 5000)) AS pending_at,
        CASE WHEN kind IN ('return_refund', 'exchange', 'repair') AND ends_as NOT IN ('rejected', 'cancelled')
             THEN after(decided_at, 90000 + spread(case_id, 'return', 60000 + 150000 * (1 - service))) END AS return_delivered_at,
        CASE WHEN intervened THEN after(applied_at, 90000 + spread(case_id, 'intervention', 120000)) END AS platform_intervened_at
    FROM handled
), closed AS (
    SELECT *, after(pending_at, 120 + spread(case_id, 'handling', 400 + 2500 * pow(1 - service, 1.5))) AS handled_at,
        known(after(greatest(coalesce(return_delivered_at, pending_at), coalesce(platform_intervened_at, pending_at)),
            900 + spread(case_id, 'closing', CASE WHEN kind = 'refund_only' THEN 12000 ELSE 30000 END
                + 130000 * pow(1 - service, 1.5)))) AS completed_at
    FROM returned
)
SELECT case_id, order_id, shop_id, buyer_id,
    CASE WHEN u(case_id, 'no agent') > 0.1 THEN agent_of(first_agent, agents, u(case_id, 'agent'), true) END AS agent_id, kind,
    CASE cause WHEN 'goods_quality' THEN pick(case_id, 'reason', ['defective', 'not_as_described', 'broken', 'wrong_size', 'suspected_fake'])
        WHEN 'logistics' THEN CASE WHEN lost THEN 'lost_parcel' ELSE pick(case_id, 'reason', ['late_delivery', 'wrong_goods', 'missing_goods', 'damaged_in_transit']) END
        ELSE pick(case_id, 'reason', ['seven_days_no_reason', 'seven_days_no_reason', 'changed_mind', 'price_fell']) END AS reason,
    CASE WHEN u(case_id, 'unclassed') > 0.02 THEN cause END AS reason_class,
    CASE cause WHEN 'goods_quality' THEN pick(case_id, 'scenario', ['质量问题', '描述不符', '商品破损', '怀疑假货'])
        WHEN 'logistics' THEN pick(case_id, 'scenario', ['物流停滞', '少件漏发', '发错商品', '派送问题'])
        ELSE pick(case_id, 'scenario', ['退换政策', '退款进度', '补差价']) END AS scenario,
    applied_at, known(reviewed_at) AS reviewed_at,
    CASE WHEN reviewed_at < getvariable('until') THEN CASE WHEN ends_as = 'rejected' THEN '审核不通过' ELSE '审核通过' END END
        AS review_result,
    known(CASE WHEN u(case_id, 'reviewed again') < 0.15 THEN after(decided_at, 240) ELSE reviewed_at END) AS last_reviewed_at,
    known(pending_at) AS pending_at, known(handled_at) AS handled_at,
    CASE WHEN u(case_id, 'awaits customer') < 0.18 THEN known(after(handled_at, 300)) END AS awaiting_customer_at,
    known(return_delivered_at) AS return_delivered_at, completed_at,
    CASE WHEN completed_at IS NOT NULL THEN ends_as END AS outcome,
    CASE WHEN completed_at IS NOT NULL AND ends_as = 'refunded'
         THEN CASE WHEN u(case_id, 'partly') < 0.1 THEN round(amount * u(case_id, 'part'), 2) ELSE amount END END AS refund_amount,
    known(platform_intervened_at) AS platform_intervened_at,
    CASE WHEN completed_at IS NULL OR platform_intervened_at >= getvariable('until') THEN NULL
        WHEN intervened AND u(case_id, 'fault') < 0.35 + 0.4 * (1 - goods) AND NOT malicious THEN 'merchant'
        WHEN intervened THEN pick(case_id, 'liability', ['buyer', 'buyer', 'both', 'carrier', 'none'])
        WHEN u(case_id, 'fault noted') < 0.2
        THEN CASE cause WHEN 'logistics' THEN 'carrier' WHEN 'goods_quality' THEN 'merchant' ELSE 'none' END END AS liability,
    CASE WHEN completed_at IS NOT NULL AND u(case_id, 'surveyed') < 0.7
         THEN 1 + floor(5 * pow(u(case_id, 'satisfaction'), 1.1 - 0.8 * service))::BIGINT END AS satisfaction,
    CASE WHEN completed_at IS NOT NULL AND goods_trouble THEN u(case_id, 'changed review') < 0.08 * service END AS review_changed,
    late(case_id, applied_at) AS arrived_at
FROM closed
