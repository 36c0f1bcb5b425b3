-- The numbers of the scorecards. Points, bounds and values in millionths, weights as the rules have them.
CREATE TEMP TABLE cards AS
SELECT * FROM (VALUES
    ('douyin/ccr', '2022', NULL, 1, false, true), ('douyin/dsr', '2020', NULL, 0, false, false),
    ('douyin/experience', '2022-09-26', DATE '2022-09-26', 30, false, false),
    ('jd/shop_rating', 'legacy', NULL, 1, true, true), ('kuaishou/dynamic', '90-days', NULL, 1, false, false),
    ('kuaishou/star', '2022-05-19', DATE '2022-05-19', 1, false, false), ('pdd/experience', '2021-09', NULL, 30, false, false)
) AS cards(card, version, in_force_from, least_volume, needs_peers, tells_difference)
WHERE card IN (SELECT unnest(getvariable('cards')));

CREATE TEMP TABLE rules AS
SELECT * FROM (VALUES
    ('douyin/ccr', 'feedback', 1), ('douyin/dsr', 'description', 1), ('douyin/dsr', 'service', 1), ('douyin/dsr', 'shipping', 1),
    ('douyin/experience', 'goods', 4250), ('douyin/experience', 'logistics', 2000), ('douyin/experience', 'service', 3750),
    ('jd/shop_rating', 'user_evaluation', 6250), ('jd/shop_rating', 'platform_monitoring', 3750),
    ('kuaishou/dynamic', 'goods', 1), ('kuaishou/dynamic', 'service', 1), ('kuaishou/dynamic', 'logistics', 1),
    ('kuaishou/star', 'goods', 2834), ('kuaishou/star', 'service', 2833), ('kuaishou/star', 'logistics', 2833),
    ('kuaishou/star', 'after_sales', 1500), ('pdd/experience', 'goods', 1), ('pdd/experience', 'shipping', 1),
    ('pdd/experience', 'logistics', 1), ('pdd/experience', 'basic_service', 1)
) AS rules(card, dimension, weight);

-- Points from `low` to `high`: by the share of peers that do not do better or, where there are bounds, in proportion to the
-- value between them. `instead` are the points of a missing value, or of one of fewer than `few` rows.
CREATE TEMP TABLE parts AS
SELECT card, dimension, indicator, up, low, high, worst, best, instead, few, weight FROM (VALUES
    ('douyin/ccr', 'feedback', 'negative_order_rate', false, 0, 100000000, NULL, NULL, NULL, NULL, 1),
    ('douyin/dsr', 'description', 'description_rating', true, 1000000, 5000000, 1000000, 5000000, 4500000, NULL, 1),
    ('douyin/dsr', 'service', 'service_rating', true, 1000000, 5000000, 1000000, 5000000, 4500000, NULL, 1),
    ('douyin/dsr', 'shipping', 'shipping_rating', true, 1000000, 5000000, 1000000, 5000000, 4500000, NULL, 1),
    ('douyin/experience', 'goods', 'goods_base_score', true, 3000000, 5000000, NULL, NULL, NULL, NULL, 1),
    ('douyin/experience', 'goods', 'negative_feedback_rate', false, 3000000, 5000000, NULL, NULL, NULL, NULL, 1),
    ('douyin/experience', 'logistics', 'collection_timeliness', true, 3000000, 5000000, NULL, NULL, NULL, NULL, 1),
    ('douyin/experience', 'logistics', 'delivery_duration', false, 3000000, 5000000, NULL, NULL, NULL, NULL, 1),
    ('douyin/experience', 'logistics', 'logistics_negative_rate', false, 3000000, 5000000, NULL, NULL, NULL, NULL, 1),
    ('douyin/experience', 'service', 'complaint_rate', false, 3000000, 5000000, NULL, NULL, NULL, NULL, 1),
    ('douyin/experience', 'service', 'dispute_liability_rate', false, 3000000, 5000000, NULL, NULL, NULL, NULL, 1),
    ('douyin/experience', 'service', 'im_3min_reply_rate', true, 3000000, 5000000, NULL, NULL, NULL, NULL, 1),
    ('douyin/experience', 'service', 'refund_only_duration', false, 3000000, 5000000, NULL, NULL, NULL, NULL, 1),
    ('douyin/experience', 'service', 'return_refund_duration', false, 3000000, 5000000, NULL, NULL, NULL, NULL, 1),
    ('douyin/experience', 'service', 'im_dissatisfaction_rate', false, 3000000, 5000000, NULL, NULL, NULL, NULL, 1),
    ('douyin/experience', NULL, 'first_answer_rate_30s', true, NULL, NULL, NULL, NULL, NULL, NULL, 0),
    ('douyin/experience', NULL, 'first_reply_time', false, NULL, NULL, NULL, NULL, NULL, NULL, 0),
    ('jd/shop_rating', 'user_evaluation', 'goods_quality', true, 0, 10000000, 0, 5000000, NULL, NULL, 1),
    ('jd/shop_rating', 'user_evaluation', 'service_attitude', true, 0, 10000000, 0, 5000000, NULL, NULL, 1),
    ('jd/shop_rating', 'user_evaluation', 'logistics_speed', true, 0, 10000000, 0, 5000000, NULL, NULL, 1),
    ('jd/shop_rating', 'user_evaluation', 'description_match', true, 0, 10000000, 0, 5000000, NULL, NULL, 1),
    ('jd/shop_rating', 'user_evaluation', 'returns_handling', true, 0, 10000000, 0, 5000000, NULL, NULL, 1),
    ('jd/shop_rating', 'platform_monitoring', 'aftersales_duration', false, 0, 10000000, NULL, NULL, NULL, NULL, 1),
    ('jd/shop_rating', 'platform_monitoring', 'dispute_rate', false, 0, 10000000, NULL, NULL, NULL, NULL, 1),
    ('jd/shop_rating', 'platform_monitoring', 'return_rate', false, 0, 10000000, NULL, NULL, NULL, NULL, 1),
    ('jd/shop_rating', NULL, 'good_reviews', true, NULL, NULL, NULL, NULL, NULL, NULL, 0),
    ('kuaishou/dynamic', 'goods', 'goods_rating', true, 1000000, 5000000, 1000000, 5000000, NULL, NULL, 1),
    ('kuaishou/dynamic', 'service', 'service_rating', true, 1000000, 5000000, 1000000, 5000000, NULL, NULL, 1),
    ('kuaishou/dynamic', 'logistics', 'logistics_rating', true, 1000000, 5000000, 1000000, 5000000, NULL, NULL, 1),
    ('kuaishou/dynamic', NULL, 'good_share', true, NULL, NULL, NULL, NULL, NULL, NULL, 0),
    ('kuaishou/dynamic', NULL, 'neutral_share', false, NULL, NULL, NULL, NULL, NULL, NULL, 0),
    ('kuaishou/dynamic', NULL, 'bad_share', false, NULL, NULL, NULL, NULL, NULL, NULL, 0),
    ('kuaishou/star', 'goods', 'quality_bad_review_rate', false, 2000000, 5000000, 30000, 2000, 4500000, 30, 1),
    ('kuaishou/star', 'goods', 'quality_return_rate', false, 2000000, 5000000, 30000, 2700, 4500000, 30, 1),
    ('kuaishou/star', 'service', 'satisfied_session_rate', true, 2000000, 5000000, 800000, 900000, 4500000, 10, 1),
    ('kuaishou/star', 'service', 'reply_rate_3min', true, 2000000, 5000000, 800000, 950000, 4500000, 10, 1),
    ('kuaishou/star', 'logistics', 'collection_timeliness', true, 2000000, 5000000, 800000, 980000, 4500000, 30, 1),
    ('kuaishou/star', 'logistics', 'delivery_duration', false, 2000000, 5000000, 604800000000, 172800000000, 4500000, 30, 1),
    ('kuaishou/star', 'after_sales', 'refund_only_duration', false, 2000000, 5000000, 259200000000, 86400000000, 4500000, 10, 5000),
    ('kuaishou/star', 'after_sales', 'return_refund_duration', false, 2000000, 5000000, 864000000000, 259200000000, 4500000, 10, 5000),
    ('kuaishou/star', NULL, 'abnormal_collection_rate', false, NULL, NULL, NULL, NULL, NULL, 10, 0),
    ('kuaishou/star', NULL, 'dispute_rate', false, NULL, NULL, NULL, NULL, NULL, 10, 0),
    ('pdd/experience', 'goods', 'goods_help_rate', false, 0, 5000000, NULL, NULL, NULL, NULL, 1),
    ('pdd/experience', 'shipping', 'shipping_help_rate', false, 0, 5000000, NULL, NULL, NULL, NULL, 1),
    ('pdd/experience', 'logistics', 'logistics_help_rate', false, 0, 5000000, NULL, NULL, NULL, NULL, 1),
    ('pdd/experience', 'basic_service', 'platform_help_rate', false, 0, 5000000, NULL, NULL, NULL, NULL, 1),
    ('pdd/experience', 'basic_service', 'human_reply_rate_3min', true, 0, 5000000, NULL, NULL, NULL, NULL, 1),
    ('pdd/experience', 'basic_service', 'dispute_refund_rate', false, 0, 5000000, NULL, NULL, NULL, NULL, 1),
    ('pdd/experience', 'basic_service', 'work_order_completion_rate', true, 0, 5000000, NULL, NULL, NULL, NULL, 1),
    ('pdd/experience', NULL, 'help_rate', false, NULL, NULL, NULL, NULL, NULL, NULL, 0),
    ('pdd/experience', NULL, 'basic_service_help_rate', false, NULL, NULL, NULL, NULL, NULL, NULL, 0),
    ('pdd/experience', NULL, 'intervention_help_rate', false, NULL, NULL, NULL, NULL, NULL, NULL, 0)
) AS parts(card, dimension, indicator, up, low, high, worst, best, instead, few, weight);

-- What follows from a score. Without a bound the threshold is not published; states are not known to this run.
CREATE TEMP TABLE consequences AS
SELECT card, effect, of, sign, bound::DECIMAL(9, 1) AS bound, more FROM (VALUES
    ('douyin/dsr', 'alliance_entry', 'score', '>', 4.5, NULL), ('douyin/dsr', 'alliance_removal', 'score', '<', 4.5, NULL),
    ('douyin/dsr', 'low_score_warning', 'score', '<', NULL, NULL), ('douyin/dsr', 'platform_ban', 'score', '<', 4.0, NULL),
    ('douyin/dsr', 'alliance_application', 'score', '>', 4.5,
        ' & state.dsr_alliance = outside | removed & state.dsr_platform = active | lifted'),
    ('douyin/dsr', 'alliance_member', 'state', '=', NULL, 'state.dsr_alliance = member'),
    ('douyin/dsr', 'alliance_closed', 'state', '=', NULL, 'state.dsr_alliance = removed_for_good'),
    ('douyin/dsr', 'banned', 'state', '=', NULL, 'state.dsr_platform = banned | banned_for_good'),
    ('douyin/dsr', 'banned_for_good', 'state', '=', NULL, 'state.dsr_platform = banned_for_good'),
    ('douyin/experience', 'ads_limited', 'score', '<', 4.8, NULL),
    ('douyin/experience', 'traffic_boost_lost', 'score', '<', 4.8, NULL),
    ('douyin/experience', 'live_ads_limited', 'score', '<', 4.6, NULL),
    ('douyin/experience', 'recommendation_limited', 'score', '<', 4.3, NULL),
    ('douyin/experience', 'activity_enrolment', 'score', '≥', NULL, NULL),
    ('douyin/experience', 'alliance_entry', 'score', '≥', 4.2, NULL),
    ('douyin/experience', 'alliance_removal', 'score', '<', 4.0, NULL),
    ('douyin/experience', 'termination', 'score', '<', 3.2, NULL),
    ('douyin/experience', 'settlement_4_days', 'score', '≥', 4.4, NULL),
    ('douyin/experience', 'settlement_10_days', 'score', '<', 4.4, NULL),
    ('jd/shop_rating', 'search_rank', 'score', '<', NULL, NULL), ('jd/shop_rating', 'activities_limited', 'score', '<', NULL, NULL),
    ('jd/shop_rating', 'diamond_service', 'score', '≥', NULL, NULL),
    ('jd/shop_rating', 'good_reviews_low', 'indicator.good_reviews', '<', 0.9, NULL),
    ('kuaishou/dynamic', 'activity_enrolment', 'score', '≥', NULL, NULL),
    ('kuaishou/dynamic', 'service_certification', 'score', '≥', NULL, NULL),
    ('kuaishou/star', 'shown_to_buyers', 'band', '=', NULL, 'two_stars | three_stars | four_stars | five_stars'),
    ('pdd/experience', 'slot_removal', 'score', '<', NULL, NULL), ('pdd/experience', 'slot_ban', 'score', '<', NULL, NULL),
    ('pdd/experience', 'ads_removal', 'score', '<', NULL, NULL), ('pdd/experience', 'new_goods_ban', 'score', '<', NULL, NULL),
    ('pdd/experience', 'listing_ban', 'score', '<', NULL, NULL), ('pdd/experience', 'subsidy_entry', 'score', '≥', NULL, NULL),
    ('pdd/experience', 'subsidy_clear_out', 'score', '<', NULL, NULL), ('pdd/experience', 'bargain_entry', 'score', '≥', NULL, NULL),
    ('pdd/experience', 'bargain_clear_out', 'score', '<', NULL, NULL), ('pdd/experience', 'sign_in_entry', 'score', '≥', NULL, NULL),
    ('pdd/experience', 'sign_in_clear_out', 'score', '<', NULL, NULL),
    ('pdd/experience', 'intervention_likelier', 'score', '<', NULL, NULL), ('pdd/experience', 'traffic', 'score', '≥', NULL, NULL)
) AS consequences(card, effect, of, sign, bound, more);
