/*
 * What payment sends to WeChat Pay and gives to the client, and what the simulator sends to
 * payment, verified by wechatpay-axios-plugin over the recorded bytes.
 */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, test } from "node:test";

import {
    billWith, control, mchid, newCitizen, newObligation, openOrder, orderState, recorded, sent, sql,
    tell, until,
} from "./support/platform.mjs";
import {
    downloadedBill, isPaySignOfMerchant, isSignedByMerchant, isSignedByWechatPay, newClient, opened,
    platform, publicKey, unsealed,
} from "./support/wechatpay.mjs";

const citizen = await newCitizen();
const transactions = "/v3/pay/transactions";
const refunds = "/v3/refund/domestic/refunds";

after(() => control("POST", "wechatpay/signer", { signer: "platform" }));

function newOrder(fen = 15000) {
    return openOrder(citizen, "wechat", newObligation(citizen, fen));
}

function pay(order, wishes = {}) {
    const { timeStamp, nonceStr, package: prepay, signType, paySign } = order;
    return control("POST", `orders/wechatpay/${order.outTradeNo}/pay`,
        { timeStamp, nonceStr, package: prepay, signType, paySign, ...wishes });
}

function paid(order) {
    return until("the payment", () => orderState(citizen, "wechat", order),
        (state) => state === "paid");
}

function callbacksOf(number) {
    return recorded((one) => one.target.startsWith("/notify/wechatpay/") && one.status < 300
        && JSON.stringify(opened(JSON.parse(one.body))).includes(number));
}

/* One byte more or less must matter, or the verifier proves nothing. */
function assertGenuine(exchange) {
    assert.ok(isSignedByMerchant(exchange), `${sent(exchange)}: not the merchant's signature`);
    if (exchange.status < 500) { /* beyond, nothing is signed */
        assert.equal(exchange.answerHeaders["wechatpay-serial"],
            exchange.headers["wechatpay-serial"],
            `${sent(exchange)}: answered ${exchange.status} by another key`);
    }
    assert.ok(exchange.headers["user-agent"] && exchange.headers.accept);
    for (const altered of [{ body: `${exchange.body} ` }, { target: `${exchange.target}?` },
        { method: "PUT" }]) {
        assert.ok(!isSignedByMerchant({ ...exchange, ...altered }));
    }
}

test("an order is signed, and so are the parameters that the client is given", async () => {
    const order = await newOrder();
    const [placed] = await recorded((one) => one.body.includes(order.outTradeNo));
    assert.equal(sent(placed), `POST ${transactions}/jsapi`);
    assertGenuine(placed);
    assert.equal(JSON.parse(placed.body).payer.openid, citizen.openId.wechat);
    assert.equal(order.package, `prepay_id=${JSON.parse(placed.answer).prepay_id}`);
    assert.ok(isPaySignOfMerchant(order));
    assert.match(order.timeStamp, /^\d{10}$/);
    for (const name of ["appId", "timeStamp", "nonceStr", "package"]) {
        assert.ok(!isPaySignOfMerchant({ ...order, [name]: `${order[name]}0` }), name);
    }
});

test("a native order is signed, and whoever scans its code pays", async () => {
    const order = await openOrder(citizen, "wechat_native", newObligation(citizen, 15000),
        "wechat");
    const [placed] = await recorded((one) => one.body.includes(order.outTradeNo));
    assert.equal(sent(placed), `POST ${transactions}/native`);
    assertGenuine(placed);
    assert.equal(JSON.parse(placed.body).payer, undefined);
    assert.equal(order.code_url, JSON.parse(placed.answer).code_url);
    await control("POST", `orders/wechatpay/${order.outTradeNo}/pay`,
        { payer: citizen.openId.wechat });
    await paid(order);
});

test("a query is signed, and its answer believed without a callback", async () => {
    const order = await newOrder();
    await tell({ gateway: "wechatpay", match: order.outTradeNo, operation: "callback",
        fault: "missing" });
    await pay(order);
    await paid(order);
    const [query] = await recorded((one) => one.method === "GET"
        && one.target.startsWith(`${transactions}/out-trade-no/${order.outTradeNo}?`));
    assertGenuine(query);
});

test("a close is signed: the payer chose another way", async () => {
    const obligation = newObligation(citizen, 10000);
    const order = await openOrder(citizen, "wechat", obligation);
    await openOrder(citizen, "alipay", obligation);
    const [close] = await recorded(
        (one) => one.target === `${transactions}/out-trade-no/${order.outTradeNo}/close`);
    assertGenuine(close);
    assert.equal(close.status, 204);
});

test("a refund and its query are signed: the wrong amount was paid", async () => {
    const order = await newOrder();
    await pay(order, { amount_fen: 14000 });
    const [asked] = await recorded((one) => sent(one) === `POST ${refunds}`
        && one.body.includes(order.outTradeNo));
    assertGenuine(asked);
    const { out_refund_no: number, amount } = JSON.parse(asked.body);
    assert.deepEqual(amount, { refund: 14000, total: 14000, currency: "CNY" });
    const [told] = await callbacksOf(number);
    const event = JSON.parse(told.body);
    assert.equal(event.event_type, "REFUND.SUCCESS");
    assert.ok(isSignedByWechatPay(told.headers, told.body));
    assert.equal(opened(event).refund_status, "SUCCESS");
    await until("the refund", () => sql(`SELECT state FROM refund WHERE id = '${number}'`),
        ([[state]]) => state === "success");
});

for (const [name, signer] of [["platform", platform], ["public_key", publicKey]]) {
    test(`a callback verifies and opens, signed by ${name}`, async () => {
        await control("POST", "wechatpay/signer", { signer: name });
        const order = await newOrder();
        await pay(order);
        await paid(order);
        const [{ headers, body, status }] = await callbacksOf(order.outTradeNo);
        assert.equal(status, 204);
        assert.equal(headers["wechatpay-serial"], signer.serial);
        assert.ok(isSignedByWechatPay(headers, body));
        assert.ok(!isSignedByWechatPay(headers, `${body} `));
        const event = JSON.parse(body);
        assert.equal(event.event_type, "TRANSACTION.SUCCESS");
        const transaction = opened(event);
        assert.equal(transaction.trade_state, "SUCCESS");
        assert.equal(transaction.amount.total, 15000);
        event.resource.associated_data = "";
        assert.throws(() => opened(event), /authenticate/);
    });
}

/* What the simulator forges must be wrong by the SDK's measure too, and payment must agree. */
for (const fault of ["bad_signature", "forged", "probe"]) {
    test(`a callback with ${fault} verifies nowhere`, async () => {
        const order = await newOrder();
        await tell({ gateway: "wechatpay", match: order.outTradeNo, operation: "callback",
            fault: "missing" });
        await pay(order);
        const { items } = await control("GET", `callbacks?out_trade_no=${order.outTradeNo}`);
        const bytes = await control("GET", `callbacks/${items[0].id}/bytes?fault=${fault}`);
        const headers = Object.fromEntries(bytes.headers.map((line) => line.split(": "))
            .map(([header, value]) => [header.toLowerCase(), value]));
        assert.ok(!isSignedByWechatPay(headers, bytes.body));
        const answer = await control("POST", `callbacks/${items[0].id}/send?fault=${fault}`);
        assert.equal(answer.status, 401);
    });
}

const unpacked = [
    ["trade", "tradebill", { bill_type: "ALL" }, (row) => [row["微信订单号"], row["商户订单号"],
        row["订单金额"]]],
    ["fund", "fundflowbill", { account_type: "BASIC" }, (row) => [row["微信支付业务单号"],
        row["业务凭证号"], row["收支金额(元)"]]],
];
for (const [kind, path, params, cells] of unpacked) {
    test(`a ${kind} bill is asked for and downloaded with signatures, and read alike`, async () => {
        const order = await newOrder();
        await pay(order);
        await paid(order);
        const { day, lines } = await billWith(order.outTradeNo, "wechatpay", kind);
        const [asked] = (await recorded((one) => sent(one) === `GET /v3/bill/${path}`
            && one.target.includes(day) && one.status === 200)).slice(-1);
        assertGenuine(asked);
        const { pathname, search } = new URL(JSON.parse(asked.answer).download_url);
        const [download] = await recorded((one) => one.target === pathname + search);
        assert.ok(isSignedByMerchant(download) && download.status === 200);
        assert.ok(!isSignedByMerchant({ ...download, target: `${download.target}0` }));
        const { rows } = await downloadedBill(newClient(), path, { bill_date: day, ...params });
        assert.deepEqual(lines.map(([, theirs, ours, fen]) => [theirs, ours, Number(fen)]),
            rows.map(cells).map(([theirs, ours, yuan]) => [theirs, ours,
                Number(yuan.replace(".", ""))]));
        assert.ok(lines.some(([, , ours]) => ours === order.outTradeNo));
    });
}

/* Payment asked when it started, which nobody recorded; without what it kept it asks again. */
test("certificates are asked for with a signature, and kept as the SDK opens them", async () => {
    await control("POST", "wechatpay/signer", { signer: "platform" });
    sql(`DELETE FROM platform_certificate WHERE merchant = '${mchid}';
         UPDATE payment_job SET state = 'ready', run_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND
         WHERE kind = 'fetch_certificates'`);
    const [asked] = await recorded((one) => sent(one) === "GET /v3/certificates"
        && one.status === 200 && one.headers.authorization.includes(`mchid="${mchid}"`));
    assertGenuine(asked);
    assert.ok(isSignedByWechatPay(asked.answerHeaders, asked.answer));
    for (const { serial_no: serial, ...one } of JSON.parse(asked.answer).data) {
        const certificate = new X509Certificate(unsealed(one.encrypt_certificate));
        assert.equal(certificate.serialNumber, serial);
        await until("the certificate", () => sql(`SELECT ends_at FROM platform_certificate
            WHERE serial = '${serial}'`), ([row]) => row !== undefined
            && Date.parse(`${row[0].replace(" ", "T")}Z`) === Date.parse(certificate.validTo));
    }
});

/* The file behind a download_url is not signed: its hash came with the answer that named it. */
test("nothing that payment ever sent was unsigned", async () => {
    const all = await recorded((one) => one.target.startsWith("/v3/")
        && !one.target.startsWith("/v3/billdownload/"), 8);
    for (const exchange of all) {
        assertGenuine(exchange);
    }
});
