SELECT scenario, module, routine, NULL AS arrived_at FROM (VALUES
    ('质量问题', 'goods', false), ('描述不符', 'goods', false), ('商品破损', 'goods', false), ('怀疑假货', 'goods', false),
    ('商品咨询', 'goods', true), ('尺码咨询', 'goods', true), ('如何安装', 'goods', true), ('库存咨询', 'goods', true),
    ('催发货', 'shipping', false), ('少件漏发', 'shipping', false), ('发错商品', 'shipping', false), ('何时发货', 'shipping', true),
    ('物流停滞', 'logistics', false), ('派送问题', 'logistics', false), ('查物流', 'logistics', true),
    ('客服态度', 'basic_service', false), ('退款进度', 'basic_service', false), ('退换政策', 'basic_service', true),
    ('发票', 'basic_service', true), ('补差价', 'basic_service', false), ('优惠活动', 'basic_service', true)
) AS scenarios(scenario, module, routine)
