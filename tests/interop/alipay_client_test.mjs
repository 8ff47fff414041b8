/* alipay-sdk as a merchant of the simulator, each answer verified by the SDK. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { control, key, newCitizen, nowhereUrl, number, sql, tell } from "./support/platform.mjs";
import { newClient, newTrade, strangersKey } from "./support/alipay.mjs";

const client = newClient();
const citizen = await newCitizen();
const openId = citizen.openId.alipay;

function call(method, bizContent, { notifyUrl, sdk = client, validateSign = true } = {}) {
    return sdk.exec(method, { ...(notifyUrl && { notifyUrl }), bizContent }, { validateSign });
}

async function create(changes) {
    const trade = newTrade(openId, changes);
    const answer = await call("alipay.trade.create", trade, { notifyUrl: nowhereUrl });
    assert.equal(answer.code, "10000", answer.subMsg);
    return { ...trade, trade_no: answer.tradeNo };
}

async function paidTrade() {
    const trade = await create();
    await control("POST", `orders/alipay/${trade.out_trade_no}/pay`, { tradeNO: trade.trade_no });
    return trade;
}

test("a trade is created, and the same again is the same", async () => {
    const trade = await create({ passback_params: "a%3D1%26b%3D%E4%B8%AD" });
    const { trade_no: tradeNo, ...same } = trade;
    assert.equal((await call("alipay.trade.create", same)).tradeNo, tradeNo);
    const other = await call("alipay.trade.create", { ...same, total_amount: "150.01" });
    assert.equal(other.subCode, "ACQ.CONTEXT_INCONSISTENT");
});

test("a precreated trade has a code to show and is no trade yet", async () => {
    const trade = newTrade(openId);
    const answer = await call("alipay.trade.precreate", trade);
    assert.match(answer.qrCode, /^https:\/\/qr\.alipay\.com\//);
    const query = await call("alipay.trade.query", { out_trade_no: trade.out_trade_no });
    assert.equal(query.subCode, "ACQ.TRADE_NOT_EXIST");
});

test("a trade is queried by both numbers", async () => {
    const trade = await paidTrade();
    for (const asked of [{ out_trade_no: trade.out_trade_no }, { trade_no: trade.trade_no }]) {
        const answer = await call("alipay.trade.query", asked);
        assert.equal(answer.tradeStatus, "TRADE_SUCCESS");
        assert.equal(answer.totalAmount, "150.00");
        assert.equal(answer.outTradeNo, trade.out_trade_no);
    }
});

test("a trade is closed, and a paid one is not", async () => {
    const trade = await create();
    const asked = { out_trade_no: trade.out_trade_no };
    assert.equal((await call("alipay.trade.close", asked)).code, "10000");
    assert.equal((await call("alipay.trade.query", asked)).tradeStatus, "TRADE_CLOSED");
    const paid = await paidTrade();
    const refused = await call("alipay.trade.close", { out_trade_no: paid.out_trade_no });
    assert.equal(refused.code, "40004");
    assert.match(refused.subCode, /^ACQ\./);
});

test("a refund is made once and found", async () => {
    const { out_trade_no } = await paidTrade();
    const refund = { out_trade_no, out_request_no: number(), refund_amount: "50.00",
        refund_reason: "重复缴款" };
    const asked = { out_trade_no, out_request_no: refund.out_request_no };
    const before = await call("alipay.trade.fastpay.refund.query", asked);
    assert.equal(before.code, "10000");
    assert.equal(before.refundStatus, undefined);
    assert.equal((await call("alipay.trade.refund", refund)).fundChange, "Y");
    const again = await call("alipay.trade.refund", refund);
    assert.deepEqual([again.fundChange, again.refundFee], ["N", "50.00"]);
    const other = await call("alipay.trade.refund", { ...refund, refund_amount: "50.01" });
    assert.equal(other.subCode, "ACQ.DISCORDANT_REPEAT_REQUEST");
    const found = await call("alipay.trade.fastpay.refund.query", asked);
    assert.deepEqual([found.refundStatus, found.refundAmount], ["REFUND_SUCCESS", "50.00"]);
});

test("a bill has an address that gives a packed file, once it is there", async () => {
    const { out_trade_no } = await paidTrade();
    const [[bill_date, other]] = sql(`SELECT DATE(UTC_TIMESTAMP() - INTERVAL 60 DAY),
        DATE(UTC_TIMESTAMP() - INTERVAL 59 DAY)`);
    sql(`UPDATE sim_movement SET happened_at = '${bill_date} 04:00:00'
         WHERE our_no = '${out_trade_no}'`);
    for (const bill_type of ["trade", "signcustomer"]) {
        const answer = await call("alipay.data.dataservice.bill.downloadurl.query",
            { bill_type, bill_date });
        assert.equal(answer.code, "10000", answer.subMsg);
        const file = await fetch(answer.billDownloadUrl);
        assert.equal(Buffer.from(await file.arrayBuffer()).toString("latin1", 0, 4), "PK\x03\x04");
        const none = await call("alipay.data.dataservice.bill.downloadurl.query",
            { bill_type, bill_date: other });
        assert.match(none.subCode, /bill_not_exist/i);
    }
});

test("a code is exchanged for who signed in, once", async () => {
    const { code } = await control("POST", "alipay/auth-codes", { openid: openId });
    const asked = { grantType: "authorization_code", code };
    const answer = await client.exec("alipay.system.oauth.token", asked, { validateSign: true });
    assert.equal(answer.openId, openId);
    assert.ok(answer.accessToken && answer.refreshToken && answer.expiresIn > 0);
    const again = await client.exec("alipay.system.oauth.token", asked);
    assert.equal(again.subCode, "isv.code-invalid");
});

test("a key that is not the application's is refused", async () => {
    const trade = newTrade(openId);
    const sdk = newClient({ privateKey: strangersKey() });
    const answer = await call("alipay.trade.create", trade, { sdk, validateSign: false });
    assert.deepEqual([answer.code, answer.subCode], ["40002", "isv.invalid-signature"]);
    const query = await call("alipay.trade.query", { out_trade_no: trade.out_trade_no });
    assert.equal(query.subCode, "ACQ.TRADE_NOT_EXIST");
});

test("another application's id is refused", async () => {
    const sdk = newClient({ appId: "2021000000000002" });
    const answer = await call("alipay.trade.query", { out_trade_no: number() },
        { sdk, validateSign: false });
    assert.deepEqual([answer.code, answer.subCode], ["40002", "isv.invalid-app-id"]);
});

test("the application's own key is not taken for Alipay's", async () => {
    const sdk = newClient({ alipayPublicKey: key("alipay/app.pem") });
    await assert.rejects(call("alipay.trade.query", { out_trade_no: number() }, { sdk }), /验签失败/);
});

/* What the simulator does on demand must be wrong by the SDK's measure too. */
for (const fault of ["bad_signature", "forged", "no_signature"]) {
    test(`an answer with ${fault} is not believed`, async () => {
        const trade = await create();
        await tell({ gateway: "alipay", match: trade.out_trade_no, operation: "query", fault,
            times: 1 });
        const asked = { out_trade_no: trade.out_trade_no };
        await assert.rejects(call("alipay.trade.query", asked),
            fault === "no_signature" ? TypeError : /验签失败/);
        assert.equal((await call("alipay.trade.query", asked)).tradeStatus, "WAIT_BUYER_PAY");
    });
}
