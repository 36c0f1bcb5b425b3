CREATE TEMP VIEW subjects AS SELECT shop_id AS subject FROM shops;
