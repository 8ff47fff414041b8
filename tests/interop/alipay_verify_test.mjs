/*
 * What payment sends to Alipay and what the simulator sends to payment, verified by alipay-sdk over
 * the recorded bytes.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import {
    billWith, control, key, newCitizen, newObligation, openOrder, orderState, parameters, recorded,
    tell, until,
} from "./support/platform.mjs";
import { isSignedByApplication, newClient } from "./support/alipay.mjs";

const citizen = await newCitizen();
const sdk = newClient();

function newOrder() {
    return openOrder(citizen, "alipay", newObligation(citizen, 15000));
}

function pay(order, wishes = {}) {
    return control("POST", `orders/alipay/${order.outTradeNo}/pay`,
        { tradeNO: order.tradeNO, ...wishes });
}

function paid(order) {
    return until("the payment", () => orderState(citizen, "alipay", order),
        (state) => state === "paid");
}

function requests(method, number, least = 1) {
    return recorded((one) => one.target.startsWith("/gateway.do")
        && parameters(one.body).method === method && one.body.includes(number), least);
}

function noticesOf(number) {
    return recorded((one) => one.target.startsWith("/notify/alipay/") && one.body.includes(number));
}

/* Both directions: what was asked by the application's key, what was answered by Alipay's. */
function assertGenuine(exchange) {
    const { method, ...asked } = parameters(exchange.body);
    assert.ok(isSignedByApplication(exchange), `${method}: not the application's signature`);
    assert.ok(!Object.values(asked).includes(""), "the SDK signs empty parameters, others do not");
    for (const name of ["sign_type", "timestamp", "biz_content", "method"]) {
        const altered = new URLSearchParams(exchange.body);
        altered.set(name, `${altered.get(name)} `);
        assert.ok(!isSignedByApplication({ body: altered.toString() }), name);
    }
    sdk.checkResponseSign(exchange.answer, `${method.replaceAll(".", "_")}_response`,
        JSON.parse(exchange.answer).sign);
}

test("a trade is signed as the SDK would", async () => {
    const order = await newOrder();
    const [placed] = await requests("alipay.trade.create", order.outTradeNo);
    assertGenuine(placed);
    const asked = JSON.parse(parameters(placed.body).biz_content);
    assert.equal(asked.total_amount, "150.00");
    assert.equal(asked.buyer_open_id, citizen.openId.alipay);
    assert.equal(order.tradeNO, JSON.parse(placed.answer).alipay_trade_create_response.trade_no);
});

test("a code is asked for as the SDK would, without a buyer", async () => {
    const order = await openOrder(citizen, "alipay_precreate", newObligation(citizen, 15000),
        "alipay");
    const [placed] = await requests("alipay.trade.precreate", order.outTradeNo);
    assertGenuine(placed);
    const asked = JSON.parse(parameters(placed.body).biz_content);
    assert.deepEqual([asked.total_amount, asked.buyer_open_id], ["150.00", undefined]);
    assert.equal(order.qr_code, JSON.parse(placed.answer).alipay_trade_precreate_response.qr_code);
    await control("POST", `orders/alipay/${order.outTradeNo}/pay`,
        { payer: citizen.openId.alipay });
    await paid(order);
});

for (const [kind, type] of [["trade", "trade"], ["fund", "signcustomer"]]) {
    test(`a ${kind} bill is asked for as the SDK would, and read`, async () => {
        const order = await newOrder();
        await pay(order);
        await paid(order);
        const { day, lines } = await billWith(order.outTradeNo, "alipay", kind);
        const asked = await requests("alipay.data.dataservice.bill.downloadurl.query", day);
        const ofKind = asked.filter((one) => JSON.parse(parameters(one.body).biz_content)
            .bill_type === type);
        assert.ok(ofKind.length > 0);
        ofKind.forEach(assertGenuine);
        const line = lines.find(([, , ours]) => ours === order.outTradeNo);
        assert.deepEqual(line, ["in", order.tradeNO, order.outTradeNo, "15000"]);
    });
}

test("a query is signed, and its answer believed without a notice", async () => {
    const order = await newOrder();
    await tell({ gateway: "alipay", match: order.outTradeNo, operation: "callback",
        fault: "missing" });
    await pay(order);
    await paid(order);
    const [query] = await requests("alipay.trade.query", order.outTradeNo);
    assertGenuine(query);
});

test("a close is signed: the payer chose another way", async () => {
    const obligation = newObligation(citizen, 10000);
    const order = await openOrder(citizen, "alipay", obligation);
    await openOrder(citizen, "wechat", obligation);
    const [close] = await requests("alipay.trade.close", order.outTradeNo);
    assertGenuine(close);
});

test("a refund and its query are signed: the wrong amount was paid", async () => {
    const order = await newOrder();
    await pay(order, { amount_fen: 14000 });
    const [refund] = await requests("alipay.trade.refund", order.outTradeNo);
    assertGenuine(refund);
    const { out_request_no: number, ...asked } = JSON.parse(parameters(refund.body).biz_content);
    assert.equal(asked.refund_amount, "140.00");
    const [query] = await requests("alipay.trade.fastpay.refund.query", number);
    assertGenuine(query);
    const [told] = await recorded((one) => one.target.startsWith("/notify/alipay/")
        && parameters(one.body).out_biz_no === number);
    assert.ok(sdk.checkNotifySignV2(parameters(told.body)));
    assert.deepEqual([told.status, told.answer], [200, "success"]);
});

test("a notice passes the SDK, and no other does", async () => {
    const order = await newOrder();
    await pay(order);
    await paid(order);
    const [notice] = await noticesOf(order.outTradeNo);
    assert.deepEqual([notice.status, notice.answer], [200, "success"]);
    const told = parameters(notice.body);
    assert.ok(sdk.checkNotifySignV2(told));
    assert.equal(told.trade_status, "TRADE_SUCCESS");
    assert.equal(told.total_amount, "150.00");
    for (const altered of [{ total_amount: "150.01" }, { added: "1" }, { app_id: "1" }]) {
        assert.ok(!sdk.checkNotifySignV2({ ...told, ...altered }));
    }
    const { subject, ...without } = told;
    assert.ok(subject && !sdk.checkNotifySignV2(without));
    const stranger = newClient({ alipayPublicKey: key("alipay/app.pem") });
    assert.ok(!stranger.checkNotifySignV2(told));
});

for (const fault of ["bad_signature", "forged"]) {
    test(`a notice with ${fault} verifies nowhere`, async () => {
        const order = await newOrder();
        await tell({ gateway: "alipay", match: order.outTradeNo, operation: "callback",
            fault: "missing" });
        await pay(order);
        const { items } = await control("GET", `callbacks?out_trade_no=${order.outTradeNo}`);
        const { body } = await control("GET", `callbacks/${items[0].id}/bytes?fault=${fault}`);
        assert.ok(!sdk.checkNotifySignV2(parameters(body)));
        const answer = await control("POST", `callbacks/${items[0].id}/send?fault=${fault}`);
        assert.equal(answer.status, 401);
    });
}
