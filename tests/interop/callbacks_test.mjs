/* Callbacks that the SDKs compose and sign with the gateways' keys; payment must take them. */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import {
    alipayAppId, appid, ask, callbacksUrl, control, key, mchid, newCitizen, newObligation, number,
    openOrder, orderState, parameters, sql, tell, until,
} from "./support/platform.mjs";
import { newCallback, platform, publicKey } from "./support/wechatpay.mjs";
import { newClient, newNotice, newNoticeWithSignType } from "./support/alipay.mjs";

after(() => control("DELETE", "faults"));

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

function tellWechatPays(event, type, content) {
    const { headers, body } = newCallback(event, type, content);
    return post("wechatpay", body, headers);
}

function factsOf(outTradeNo) {
    return sql(`SELECT id FROM money_fact WHERE our_no = '${outTradeNo}'`).length;
}

test("a callback of WeChat Pay about others, or with an odd amount, books nothing", async () => {
    const order = await newOrder("wechat");
    const own = transactionOf(order);
    for (const foreign of [{ mchid: "1900000999" }, { appid: "wx0000000000000000" }]) {
        const answer = await tellWechatPays("TRANSACTION.SUCCESS", "transaction",
            { ...own, ...foreign });
        assert.equal(answer.status, 401);
    }
    const odd = [{ currency: "USD" }, { total: "15000" }, { total: "1e3" }, { total: 150.5 },
        { total: -15000 }, { total: 0 }, { total: null }, { total: [15000] }, { total: 1e18 },
        { total: "１５０００" }];
    for (const amount of odd) {
        const answer = await tellWechatPays("TRANSACTION.SUCCESS", "transaction",
            { ...own, amount: { ...own.amount, ...amount } });
        assert.ok([204, 401].includes(answer.status), JSON.stringify(amount));
    }
    assert.equal(factsOf(order.outTradeNo), 0);
    assert.equal(await orderState(citizen, "wechat", order), "paying");
});

test("a refund told by WeChat Pay ends the refund, and another merchant's does not", async () => {
    await tell({ gateway: "wechatpay", operation: "refund", fault: "system_error" });
    const order = await newOrder("wechat");
    const paidWrongly = transactionOf(order);
    paidWrongly.amount.total = 14000;
    await tellWechatPays("TRANSACTION.SUCCESS", "transaction", paidWrongly);
    const refund = () => sql(`SELECT d.id, d.state FROM refund d JOIN money_fact f
        ON f.id = d.fact_id WHERE f.our_no = '${order.outTradeNo}'`);
    const [[id]] = await until("the refund", refund, ([row]) => row?.[1] === "unknown");
    const told = {
        mchid, transaction_id: paidWrongly.transaction_id, out_trade_no: order.outTradeNo,
        refund_id: `5030${number(24)}`, out_refund_no: id, refund_status: "SUCCESS",
        success_time: "2026-01-02T03:04:05+08:00", user_received_account: "招商银行信用卡0403",
        amount: { total: 14000, refund: 14000, payer_total: 14000, payer_refund: 14000 },
    };
    const foreign = await tellWechatPays("REFUND.SUCCESS", "refund",
        { ...told, mchid: "1900000999" });
    assert.equal(foreign.status, 401);
    await tellWechatPays("REFUND.SUCCESS", "refund",
        { ...told, amount: { ...told.amount, refund: "1.4e4" } });
    assert.equal(refund()[0][1], "unknown");
    for (let i = 0; i < 3; i++) {
        assert.equal((await tellWechatPays("REFUND.SUCCESS", "refund", told)).status, 204);
    }
    assert.equal(refund()[0][1], "success");
    assert.equal(factsOf(id), 1);
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

test("a notice of Alipay's about others, or with an odd amount, books nothing", async () => {
    const order = await newOrder("alipay");
    const own = tradeOf(order);
    const refused = await post("alipay", newNotice({ ...own, app_id: "2021000000000002" }), form);
    assert.equal(refused.status, 401);
    for (const total_amount of ["1e3", "0150.00", "+150.00", "-150.00", "150.000", "1,150.00",
        "１５０．００", "92233720368547758.08", "0.00"]) {
        assert.equal((await post("alipay", newNotice({ ...own, total_amount }), form)).status, 200);
    }
    assert.equal(factsOf(order.outTradeNo), 0);
    assert.equal(await orderState(citizen, "alipay", order), "paying");
});

test("a refund told by Alipay is not taken for a payment or an unpaid close", async () => {
    const order = await newOrder("alipay");
    const refunded = { ...tradeOf(order), refund_fee: "150.00", out_biz_no: number(26),
        gmt_refund: "2026-01-02 03:05:00.320", trade_status: "TRADE_CLOSED" };
    assert.equal((await post("alipay", newNotice(refunded), form)).text, "success");
    assert.equal(await orderState(citizen, "alipay", order), "paying");
    assert.equal((await post("alipay", newNotice(tradeOf(order)), form)).text, "success");
    for (const trade_status of ["TRADE_SUCCESS", "TRADE_CLOSED"]) {
        const notice = newNotice({ ...refunded, trade_status, refund_fee: "50.00" });
        assert.equal((await post("alipay", notice, form)).text, "success");
    }
    assert.equal(await orderState(citizen, "alipay", order), "paid");
    assert.equal(factsOf(order.outTradeNo), 1);
});
