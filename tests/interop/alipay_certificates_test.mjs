/*
 * Certificate mode, with alipay-sdk on both sides: it computes the serials, it trades with the
 * simulator, and it verifies what payment sends and what payment is told.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import {
    control, key, newCitizen, newObligation, nowhereUrl, openOrder, orderState, parameters,
    recorded, until,
} from "./support/platform.mjs";
import { isSignedByApplication, newClient, newTrade } from "./support/alipay.mjs";

/* The SDK with a certificate of Alipay's. */
function certifiedClient(certificate = "alipay/gateway.crt", changes = {}) {
    return newClient({
        alipayPublicKey: undefined,
        appCertContent: key("alipay/app.crt"),
        alipayPublicCertContent: key(certificate),
        alipayRootCertContent: key("alipay/root.crt"),
        ...changes,
    });
}

const citizen = await newCitizen();
const sdk = certifiedClient();
const nextSdk = certifiedClient("simulator/alipay_next.crt");

function signWith(signer) {
    return control("POST", "alipay/signer", { signer });
}

after(() => signWith("now"));

function newOrder() {
    return openOrder(citizen, "alipay", newObligation(citizen, 15000));
}

function pay(order) {
    return control("POST", `orders/alipay/${order.outTradeNo}/pay`, { tradeNO: order.tradeNO });
}

function paid(order) {
    return until("the payment", () => orderState(citizen, "alipay", order),
        (state) => state === "paid");
}

async function created(order) {
    const [request] = await recorded((one) => one.target.startsWith("/gateway.do")
        && parameters(one.body).method === "alipay.trade.create"
        && one.body.includes(order.outTradeNo), 1);
    return request;
}

async function noticeOf(order) {
    const notices = await recorded((one) => one.target.startsWith("/notify/alipay/")
        && one.body.includes(order.outTradeNo), 1);
    return notices.at(-1);
}

function assertAnswered(exchange, client) {
    const answer = JSON.parse(exchange.answer);
    client.checkResponseSign(exchange.answer, "alipay_trade_create_response", answer.sign);
    assert.equal(answer.alipay_cert_sn, client.config.alipayCertSn);
}

test("the SDK trades with the simulator", async () => {
    const trade = newTrade(citizen.openId.alipay);
    const call = (client) => client.exec("alipay.trade.create",
        { notifyUrl: nowhereUrl, bizContent: trade }, { validateSign: true });
    assert.equal((await call(sdk)).code, "10000");
    await assert.rejects(call(nextSdk), /验签失败/);
});

test("the simulator refuses whoever names no certificate or other roots", async () => {
    const asked = { bizContent: { out_trade_no: "1" } };
    const { subCode } = await newClient().exec("alipay.trade.query", asked);
    assert.equal(subCode, "isv.invalid-app-cert-sn");
    const other = certifiedClient("alipay/gateway.crt",
        { alipayRootCertContent: key("simulator/alipay_middle.crt") });
    assert.equal((await other.exec("alipay.trade.query", asked)).subCode,
        "isv.invalid-alipay-root-cert-sn");
});

test("payment names the serials that the SDK computes, and signs them", async () => {
    const request = await created(await newOrder());
    const asked = parameters(request.body);
    assert.equal(asked.app_cert_sn, sdk.config.appCertSn);
    assert.equal(asked.alipay_root_cert_sn, sdk.config.alipayRootCertSn);
    assert.ok(isSignedByApplication(request));
    assertAnswered(request, sdk);
});

test("a notice passes the SDK and payment", async () => {
    const order = await newOrder();
    await pay(order);
    await paid(order);
    const notice = await noticeOf(order);
    assert.deepEqual([notice.status, notice.answer], [200, "success"]);
    assert.equal(parameters(notice.body).alipay_cert_sn, sdk.config.alipayCertSn);
    assert.ok(sdk.checkNotifySignV2(parameters(notice.body)));
    assert.ok(!nextSdk.checkNotifySignV2(parameters(notice.body)));
});

test("Alipay changes its certificate, and payment follows", async () => {
    const before = await newOrder();
    const { serial } = await signWith("next");
    assert.equal(serial, nextSdk.config.alipayCertSn);
    await pay(before);
    await paid(before); /* by the notice's next sending, or by a query */
    /* Each worker learns by itself; until then the outcome is unknown, and asked for again. */
    const order = await until("an order", () => newOrder().catch(() => null),
        (opened) => opened !== null);
    assertAnswered(await created(order), nextSdk);
    await pay(order);
    await paid(order);
    const notice = await noticeOf(order);
    assert.deepEqual([notice.status, notice.answer], [200, "success"]);
    assert.ok(nextSdk.checkNotifySignV2(parameters(notice.body)));
});
