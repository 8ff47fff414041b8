-- module: simulator
-- Whose order it is: each gateway knows several merchants. Rows from before have the only one there was.

ALTER TABLE sim_order ADD COLUMN IF NOT EXISTS merchant
    VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''
    COMMENT 'internal: mchid, app_id or merId' AFTER gateway;
UPDATE sim_order SET merchant = CASE gateway WHEN 'wechatpay' THEN '1900000109'
    WHEN 'alipay' THEN '2021000000000001' ELSE '777290058110048' END WHERE merchant = '';
