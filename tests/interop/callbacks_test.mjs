/* Callbacks that the SDKs compose and sign with the gateways' keys; payment must take them. */
import assert from "node:assert/strict";
import { test } from "node:test";

import {
    alipayAppId, appid, ask, callbacksUrl, key, mchid, newCitizen, newObligation, number, openOrder,
    orderState,
} from "./support/platform.mjs";
import { newCallback, platform, publicKey } from "./support/wechatpay.mjs";
import { newClient, newNotice, newNoticeWithSignType, parameters } from "./support/alipay.mjs";

const citizen = await newCitizen();
const form = { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" };

function newOrder(channel) {
    return openOrder(citizen, channel, newObligation(citizen, 15000));
}

function transactionOf(order) {
    return {
        appid, mchid, out_trade_no: order.outTradeNo, transaction_id: `4200${number(24)}`,
        trade_type: "JSAPI", trade_state: "SUCCESS", trade_state_desc: "支付成功",
        bank_type: "OTHERS", attach: "", success_time: "2026-01-02T03:04:05+08:00",
        payer: { openid: citizen.openId.wechat },
        amount: { total: 15000, payer_total: 15000, currency: "CNY", payer_currency: "CNY" },
    };
}

function post(gateway, body, headers) {
    const merchant = gateway === "wechatpay" ? mchid : alipayAppId;
    return ask("POST", `${callbacksUrl}/notify/${gateway}/${merchant}`, body, headers);
}

for (const signer of [platform, publicKey]) {
    test(`a payment told by WeChat Pay is booked, ${signer.serial.slice(0, 11)}`, async () => {
        const order = await newOrder("wechat");
        const { headers, body } = newCallback("TRANSACTION.SUCCESS", "transaction",
            transactionOf(order), signer);
        assert.equal(await orderState(citizen, "wechat", order), "paying");
        for (let i = 0; i < 3; i++) {
            const answer = await post("wechatpay", body, headers);
            assert.deepEqual([answer.status, answer.text], [204, ""]);
        }
        assert.equal(await orderState(citizen, "wechat", order), "paid");
    });
}

test("a callback of WeChat Pay that was altered anywhere is refused", async () => {
    const order = await newOrder("wechat");
    const { headers, body } = newCallback("TRANSACTION.SUCCESS", "transaction",
        transactionOf(order));
    const foreign = newCallback("TRANSACTION.SUCCESS", "transaction", transactionOf(order),
        { serial: platform.serial, privateKey: publicKey.privateKey });
    const altered = [
        [body.replace("支付成功", "支付失败"), headers],
        [`${body}\n`, headers],
        [body, { ...headers, "wechatpay-nonce": `${headers["wechatpay-nonce"]}0` }],
        [body, { ...headers, "wechatpay-timestamp": `${headers["wechatpay-timestamp"] - 1}` }],
        [body, { ...headers, "wechatpay-serial": publicKey.serial }],
        [body, { ...headers, "wechatpay-serial": "0".repeat(40) }],
        [body, { ...headers, "wechatpay-signature": "" }],
        [foreign.body, foreign.headers],
    ];
    for (const [wrongBody, wrongHeaders] of altered) {
        assert.equal((await post("wechatpay", wrongBody, wrongHeaders)).status, 401);
    }
    assert.equal(await orderState(citizen, "wechat", order), "paying");
    assert.equal((await post("wechatpay", body, headers)).status, 204);
    assert.equal(await orderState(citizen, "wechat", order), "paid");
});

function tradeOf(order) {
    return {
        app_id: alipayAppId, auth_app_id: alipayAppId, notify_type: "trade_status_sync",
        notify_id: number(32), notify_time: "2026-01-02 03:04:05", trade_no: order.tradeNO,
        out_trade_no: order.outTradeNo, trade_status: "TRADE_SUCCESS", total_amount: "150.00",
        receipt_amount: "150.00", buyer_open_id: citizen.openId.alipay,
        subject: "闯红灯 & 超速 + 100% “测试”", gmt_payment: "2026-01-02 03:04:05",
        fund_bill_list: "[{\"amount\":\"150.00\",\"fundChannel\":\"ALIPAYACCOUNT\"}]",
        passback_params: "a%3D1%26b%3D2",
    };
}

for (const compose of [newNotice, newNoticeWithSignType]) {
    test(`a payment told by Alipay is booked, ${compose.name}`, async () => {
        const order = await newOrder("alipay");
        const notice = compose(tradeOf(order));
        assert.ok(newClient().checkNotifySignV2(parameters(notice)));
        for (let i = 0; i < 3; i++) {
            const answer = await post("alipay", notice, form);
            assert.deepEqual([answer.status, answer.text], [200, "success"]);
        }
        assert.equal(await orderState(citizen, "alipay", order), "paid");
    });
}

test("a notice of Alipay's that was altered anywhere is refused", async () => {
    const order = await newOrder("alipay");
    const notice = newNotice(tradeOf(order));
    const ownKey = newClient({ privateKey: key("alipay/app.key") });
    const altered = [
        notice.replace("total_amount=150.00", "total_amount=150.01"),
        notice.replace("trade_status=TRADE_SUCCESS", "trade_status=TRADE_FINISHED"),
        `${notice}&added=1`,
        notice.replace(/&sign=[^&]*/, ""),
        notice.replace(/sign=..../, "sign=AAAA"),
        ownKey.sdkExecute("alipay.trade.notify", tradeOf(order)),
        newNotice({ ...tradeOf(order), app_id: "2021000000000002" }),
    ];
    for (const wrong of altered) {
        assert.notEqual(wrong, notice);
        const answer = await post("alipay", wrong, form);
        assert.equal(answer.status, 401, wrong);
        assert.notEqual(answer.text, "success");
    }
    assert.equal(await orderState(citizen, "alipay", order), "paying");
    assert.equal((await post("alipay", notice, form)).text, "success");
    assert.equal(await orderState(citizen, "alipay", order), "paid");
});
