-- One row per scorecard, shop and thing measured, with what it counts of how many; and one per scorecard and shop.
CREATE TEMP TABLE tallies AS
FROM shops LEFT JOIN tally_orders USING (shop_id) LEFT JOIN main_categories USING (shop_id)
    LEFT JOIN tally_reviews USING (shop_id) LEFT JOIN tally_cases USING (shop_id) LEFT JOIN tally_work USING (shop_id)
    LEFT JOIN tally_ratings USING (shop_id) LEFT JOIN tally_satisfaction USING (shop_id)
    LEFT JOIN tally_replies USING (shop_id) LEFT JOIN tally_days USING (shop_id) LEFT JOIN tally_listings USING (shop_id);

CREATE TEMP TABLE subjects AS
SELECT shop_id AS subject_id, each.card AS card, coalesce(each.volume, 0) AS volume,
    CASE WHEN each.card = 'pdd/experience' THEN coalesce(main_category, category) ELSE category END AS peer_group
FROM (SELECT shop_id, category, main_category, unnest([
    {card: 'douyin/ccr', volume: volume_30}, {card: 'douyin/dsr', volume: volume_60},
    {card: 'douyin/experience', volume: volume_90}, {card: 'jd/shop_rating', volume: jd_volume},
    {card: 'kuaishou/dynamic', volume: dynamic_volume}, {card: 'kuaishou/star', volume: star_volume},
    {card: 'pdd/experience', volume: grouped}]) AS each FROM tallies);

CREATE TEMP TABLE counted AS
SELECT shop_id AS subject_id, each.card AS card, each.i AS indicator, coalesce(each.c.n, 0) AS n, coalesce(each.c.of, 0) AS of
FROM (SELECT shop_id, unnest([
    {card: 'douyin/ccr', i: 'negative_order_rate', c: negative_order_rate},
    {card: 'douyin/dsr', i: 'description_rating', c: dsr_description},
    {card: 'douyin/dsr', i: 'service_rating', c: dsr_service},
    {card: 'douyin/dsr', i: 'shipping_rating', c: dsr_shipping},
    {card: 'douyin/experience', i: 'goods_base_score', c: shares},
    {card: 'douyin/experience', i: 'negative_feedback_rate', c: negative_feedback_rate},
    {card: 'douyin/experience', i: 'collection_timeliness', c: collection_timeliness},
    {card: 'douyin/experience', i: 'delivery_duration', c: delivery_duration},
    {card: 'douyin/experience', i: 'logistics_negative_rate', c: logistics_negative_rate},
    {card: 'douyin/experience', i: 'complaint_rate', c: complaint_rate},
    {card: 'douyin/experience', i: 'dispute_liability_rate', c: lost},
    {card: 'douyin/experience', i: 'im_3min_reply_rate', c: replied},
    {card: 'douyin/experience', i: 'refund_only_duration', c: refund_only},
    {card: 'douyin/experience', i: 'return_refund_duration', c: return_refund},
    {card: 'douyin/experience', i: 'im_dissatisfaction_rate', c: unhappy},
    {card: 'douyin/experience', i: 'first_answer_rate_30s', c: answered},
    {card: 'douyin/experience', i: 'first_reply_time', c: first_wait},
    {card: 'jd/shop_rating', i: 'goods_quality', c: jd_goods},
    {card: 'jd/shop_rating', i: 'service_attitude', c: jd_service},
    {card: 'jd/shop_rating', i: 'logistics_speed', c: jd_logistics},
    {card: 'jd/shop_rating', i: 'description_match', c: jd_description},
    {card: 'jd/shop_rating', i: 'returns_handling', c: jd_returns},
    {card: 'jd/shop_rating', i: 'aftersales_duration', c: handled},
    {card: 'jd/shop_rating', i: 'dispute_rate', c: dispute_rate},
    {card: 'jd/shop_rating', i: 'return_rate', c: return_rate},
    {card: 'jd/shop_rating', i: 'good_reviews', c: jd_good},
    {card: 'kuaishou/dynamic', i: 'goods_rating', c: dynamic_goods},
    {card: 'kuaishou/dynamic', i: 'service_rating', c: dynamic_service},
    {card: 'kuaishou/dynamic', i: 'logistics_rating', c: dynamic_logistics},
    {card: 'kuaishou/dynamic', i: 'good_share', c: dynamic_good},
    {card: 'kuaishou/dynamic', i: 'neutral_share', c: dynamic_neutral},
    {card: 'kuaishou/dynamic', i: 'bad_share', c: dynamic_bad},
    {card: 'kuaishou/star', i: 'quality_bad_review_rate', c: quality_bad_review_rate},
    {card: 'kuaishou/star', i: 'quality_return_rate', c: quality_return_rate},
    {card: 'kuaishou/star', i: 'satisfied_session_rate', c: satisfied},
    {card: 'kuaishou/star', i: 'reply_rate_3min', c: star_days},
    {card: 'kuaishou/star', i: 'collection_timeliness', c: star_collection},
    {card: 'kuaishou/star', i: 'delivery_duration', c: star_delivery},
    {card: 'kuaishou/star', i: 'refund_only_duration', c: refund_only_30},
    {card: 'kuaishou/star', i: 'return_refund_duration', c: return_refund_30},
    {card: 'kuaishou/star', i: 'abnormal_collection_rate', c: abnormal_collection_rate},
    {card: 'kuaishou/star', i: 'dispute_rate', c: liable},
    {card: 'pdd/experience', i: 'goods_help_rate', c: goods_help_rate},
    {card: 'pdd/experience', i: 'shipping_help_rate', c: shipping_help_rate},
    {card: 'pdd/experience', i: 'logistics_help_rate', c: logistics_help_rate},
    {card: 'pdd/experience', i: 'platform_help_rate', c: platform_help_rate},
    {card: 'pdd/experience', i: 'human_reply_rate_3min', c: pdd_days},
    {card: 'pdd/experience', i: 'dispute_refund_rate', c: dispute_refund_rate},
    {card: 'pdd/experience', i: 'work_order_completion_rate', c: finished},
    {card: 'pdd/experience', i: 'help_rate', c: help_rate},
    {card: 'pdd/experience', i: 'basic_service_help_rate', c: basic_service_help_rate},
    {card: 'pdd/experience', i: 'intervention_help_rate', c: intervention_help_rate}]) AS each FROM tallies);
