-- One row per shop and thing measured, with what it counts of how many; and one per shop.
CREATE TEMP TABLE tallies AS
SELECT * EXCLUDE (tally_orders.in_time, tally_replies.in_time), tally_orders.in_time AS collected, tally_replies.in_time AS replied
FROM shops LEFT JOIN tally_orders USING (shop_id) LEFT JOIN tally_cases USING (shop_id)
    LEFT JOIN tally_replies USING (shop_id) LEFT JOIN tally_ratings USING (shop_id) LEFT JOIN tally_listings USING (shop_id);

CREATE TEMP TABLE subjects AS
SELECT shop_id AS subject_id, 'douyin/experience' AS card, category AS peer_group, coalesce(volume, 0) AS volume FROM tallies;

CREATE TEMP TABLE counted AS
SELECT shop_id AS subject_id, 'douyin/experience' AS card, c.i AS indicator, coalesce(c.n, 0)::BIGINT AS n,
    coalesce(c.of, 0) AS of
FROM (SELECT shop_id, unnest([
    {i: 'goods_base_score', n: shares, of: products}, {i: 'negative_feedback_rate', n: negative, of: received},
    {i: 'collection_timeliness', n: collected, of: due}, {i: 'delivery_duration', n: travel, of: travelled},
    {i: 'logistics_negative_rate', n: slow, of: shipped}, {i: 'complaint_rate', n: complained, of: may_complain},
    {i: 'dispute_liability_rate', n: lost, of: completed}, {i: 'im_3min_reply_rate', n: replied, of: asked},
    {i: 'refund_only_duration', n: refund, of: refunds}, {i: 'return_refund_duration', n: back, of: backs},
    {i: 'im_dissatisfaction_rate', n: unhappy, of: rated}, {i: 'first_answer_rate_30s', n: answered, of: to_answer},
    {i: 'first_reply_time', n: first_wait, of: first_replies}]) AS c FROM tallies);
