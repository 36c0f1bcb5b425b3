SELECT shop_id,
    pick(shop_id, 'name, first', ['云', '山', '禾', '木', '青', '小', '乐', '安', '优', '佳', '金', '南', '北', '星', '海', '春'])
        || pick(shop_id, 'name, second', ['溪', '谷', '里', '屋', '橙', '鹿', '品', '尚', '悦', '源', '舟', '朵', '禾', '匠', '集', '堂'])
        || coalesce(category, '百货')
        || CASE shop_type WHEN 'flagship' THEN '旗舰店' WHEN 'official_flagship' THEN '官方旗舰店'
            WHEN 'exclusive' THEN '专卖店' WHEN 'enterprise' THEN '企业店' ELSE '小店' END AS name,
    pick(shop_id, 'platform', ['pdd', 'douyin', 'jd', 'kuaishou']) AS platform, category, shop_type,
    pick(shop_id, 'level', ['普通', '普通', '银牌', '金牌']) AS level,
    pick(shop_id, 'cooperation', ['SOP', 'SOP', 'SOP', 'FBP', 'SOPL', 'LBP']) AS cooperation_mode,
    u(shop_id, 'own after-sales') < 0.3 AS own_aftersales,
    day_start(CASE WHEN opening_day > 0 THEN opening_day ELSE -floor(u(shop_id, 'age') * 2500) - 10 END)::DATE
        AS opened_on,
    province, NULL AS arrived_at
FROM (
    SELECT *, pick(shop_id, 'shop type', ['flagship', 'flagship', 'official_flagship', 'exclusive', 'exclusive',
        'enterprise', 'enterprise', 'individual', 'individual', 'individual']) AS shop_type
    FROM traits
)
