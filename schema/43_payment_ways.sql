-- module: payment
-- Ways to pay: the same order may be paid in the mini program or by a code that is shown, and an
-- attempt remembers which way it is. A code's text is longer than a prepay_id.

ALTER TABLE pay_attempt
    ADD COLUMN channel VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''
        COMMENT 'internal: wechat, wechat_native, alipay, alipay_precreate' AFTER order_id,
    MODIFY COLUMN prepay_id VARCHAR(1024) CHARACTER SET ascii COLLATE ascii_bin NULL
        COMMENT 'internal: with which the client pays: prepay_id, trade_no, or the text of a code';
UPDATE pay_attempt SET channel = IF(gateway = 'alipay', 'alipay', 'wechat') WHERE channel = '';
