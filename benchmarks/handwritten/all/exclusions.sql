-- Which exclusions act on which question of which scorecard, as one bit per question.
--
-- Force majeure and reported exemptions never act on questions of the kind `limited`; they act on those of the kind
-- `exempt`, but not on what hangs on the row. Of `plain` questions every reason takes everything. Of `evident` ones an
-- exclusion for a malicious buyer takes what counts against the shop, while the row itself stays. A question called
-- `volume` is only excluded from by exclusions that name no indicator.
CREATE MACRO questions() AS [
    'limited volume', 'plain volume', 'evident volume',
    'limited negative_feedback_rate', 'exempt collection_timeliness', 'exempt delivery_duration',
    'exempt logistics_negative_rate', 'limited complaint_rate', 'limited dispute_liability_rate',
    'limited im_3min_reply_rate', 'limited refund_only_duration', 'limited return_refund_duration',
    'limited im_dissatisfaction_rate', 'limited goods_base_score', 'limited first_answer_rate_30s',
    'limited first_reply_time', 'plain negative_order_rate', 'plain description_rating', 'plain service_rating',
    'plain shipping_rating', 'plain goods_rating', 'plain logistics_rating', 'plain good_share', 'plain neutral_share',
    'plain bad_share', 'limited quality_bad_review_rate', 'limited quality_return_rate',
    'limited satisfied_session_rate', 'limited reply_rate_3min', 'exempt abnormal_collection_rate',
    'limited dispute_rate', 'plain goods_quality', 'plain service_attitude', 'plain logistics_speed',
    'plain description_match', 'plain returns_handling', 'plain aftersales_duration', 'plain dispute_rate',
    'plain return_rate', 'plain good_reviews', 'evident goods_help_rate', 'evident shipping_help_rate',
    'evident logistics_help_rate', 'evident platform_help_rate', 'evident human_reply_rate_3min',
    'evident dispute_refund_rate', 'evident work_order_completion_rate', 'evident help_rate',
    'evident basic_service_help_rate', 'evident intervention_help_rate'];
CREATE MACRO flag(question) AS 1::BIGINT << (list_position(questions(), question) - 1)::BIGINT;
-- Whether no exclusion in `mask` acts on the question.
CREATE MACRO stays(mask, question) AS mask & flag(question) = 0;
CREATE MACRO rated(stars, valid, mask, question) AS
    pair(sum(stars) FILTER (valid AND stays(mask, question)), count(stars) FILTER (valid AND stays(mask, question)));

CREATE TEMP TABLE gone AS
WITH active AS (
    SELECT "table", row_id, indicator, reason FROM exclusions
    WHERE known(decided_at, arrived_at) AND (revoked_at IS NULL OR revoked_at >= getvariable('now'))
), asked AS (
    SELECT flag(question) AS mask, split_part(question, ' ', 1) AS kind, split_part(question, ' ', 2) AS name
    FROM (SELECT unnest(questions()) AS question)
), acts AS (
    SELECT indicator, reason,
        reason IN ('force_majeure', 'reported_exemption') AS exemption,
        bit_or(mask) FILTER (NOT exemption OR kind <> 'limited') AS evidence,
        coalesce(bit_or(mask) FILTER (NOT exemption OR kind IN ('plain', 'evident')), 0) AS hanging,
        bit_or(mask) FILTER ((NOT exemption OR kind <> 'limited') AND NOT (kind = 'evident' AND reason = 'malicious_buyer'))
            AS own
    FROM (SELECT DISTINCT indicator, reason FROM active) AS said
        JOIN asked ON said.indicator IS NULL OR said.indicator = name AND name <> 'volume'
    GROUP BY indicator, reason
)
SELECT "table", row_id, coalesce(bit_or(own), 0) AS own, coalesce(bit_or(evidence), 0) AS evidence,
    bit_or(hanging) AS hanging
FROM active JOIN acts ON active.reason = acts.reason AND active.indicator IS NOT DISTINCT FROM acts.indicator
GROUP BY "table", row_id;
-- What an excluded order takes along.
CREATE TEMP TABLE gone_orders AS SELECT row_id AS order_id, hanging FROM gone WHERE "table" = 'orders' AND hanging <> 0;
