/*
 * UnionPay by `openssl` (support/unionpay.mjs: no SDK): as a merchant of the simulator, as verifier
 * of what payment and the simulator send, and as composer of notices that payment must take.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import {
    ask, billWith, callbacksUrl, citizensUrl, control, key, newCitizen, newObligation, nowhereUrl,
    number, openOrder, orderState, recorded, sql, tell, unionpayMerId, until,
} from "./support/platform.mjs";
import * as unionpay from "./support/unionpay.mjs";
import { isGenuine, isSignedBy } from "./support/unionpay.mjs";

const citizen = await newCitizen();
const form = { "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8" };

after(() => control("DELETE", "faults"));

/* ---- a merchant of the simulator ---- */

async function ordered(own) {
    const order = unionpay.consumption(own);
    const page = await unionpay.post("frontTransReq.do", unionpay.signed(order));
    assert.match(page.text, new RegExp(`name="orderId" value="${order.orderId}"`), page.text);
    return order;
}

async function paidOrder() {
    const order = await ordered();
    await control("POST", `orders/unionpay/${order.orderId}/pay`, {});
    return { ...order, ...(await query(order)) };
}

async function query({ orderId, txnTime }) {
    const found = await unionpay.call("queryTrans.do",
        unionpay.signed(unionpay.transaction("00", "00", { orderId, txnTime })));
    assert.ok(isGenuine(found), "the answer is not UnionPay's");
    assert.equal(found.orderId, orderId);
    return found;
}

function reversal(txnType, payment, own = {}) {
    return unionpay.transaction(txnType, "00", { origQryId: payment.queryId,
        txnAmt: payment.txnAmt, backUrl: nowhereUrl, ...own });
}

async function reversed(fields) {
    const answer = await unionpay.call("backTransReq.do", unionpay.signed(fields));
    assert.ok(isGenuine(answer));
    return answer;
}

test("a payment on the page is queried with its order and time", async () => {
    const order = await ordered();
    assert.equal((await query(order)).respCode, "34");
    await control("POST", `orders/unionpay/${order.orderId}/pay`, {});
    const found = await query(order);
    assert.deepEqual([found.respCode, found.origRespCode, found.txnAmt, found.currencyCode],
        ["00", "00", "15000", "156"]);
    assert.match(found.queryId, /^\d{21}$/);
    assert.equal((await query({ ...order, txnTime: "20260102030405" })).respCode, "34");
});

test("a refund of a part is accepted, found, and not made twice", async () => {
    const refund = reversal("04", await paidOrder(), { txnAmt: "5000" });
    const answer = await reversed(refund);
    assert.equal(answer.respCode, "00");
    const found = await query(refund);
    assert.deepEqual([found.origRespCode, found.txnType, found.txnAmt], ["00", "04", "5000"]);
    assert.equal((await reversed(refund)).respCode, "12");
    assert.equal((await reversed({ ...refund, orderId: number(20), txnAmt: "10001" })).respCode,
        "36");
});

test("a cancel takes back the whole amount", async () => {
    const payment = await paidOrder();
    assert.equal((await reversed(reversal("31", payment, { txnAmt: "14999" }))).respCode, "36");
    const cancel = reversal("31", payment);
    assert.equal((await reversed(cancel)).respCode, "00");
    const found = await query(cancel);
    assert.deepEqual([found.origRespCode, found.txnType, found.txnAmt], ["00", "31", "15000"]);
});

function file(day) {
    return unionpay.call("/filedownload/",
        unionpay.signed(unionpay.fileTransfer(day.slice(5).replace("-", ""))));
}

test("the file of a day has its payments, and a day without any has no file", async () => {
    const payment = await paidOrder();
    const [[day, other]] = sql(`SELECT DATE(UTC_TIMESTAMP() - INTERVAL 60 DAY),
        DATE(UTC_TIMESTAMP() - INTERVAL 59 DAY)`);
    sql(`UPDATE sim_movement SET happened_at = '${day} 04:00:00'
         WHERE our_no = '${payment.orderId}'`);
    const answer = await file(day);
    assert.equal(answer.respCode, "00");
    assert.ok(isGenuine(answer));
    const line = unionpay.statement(answer).find(({ orderId }) => orderId === payment.orderId);
    assert.deepEqual(line, { size: 607, amount: "000000015000", queryId: payment.queryId,
        orderId: payment.orderId, txnType: "01", merId: unionpayMerId });
    const none = await file(other);
    assert.ok(isGenuine(none));
    assert.equal(none.respCode, "98");
});

test("another's key, an altered amount and another merchant are refused", async () => {
    const payment = await paidOrder();
    const refund = reversal("04", payment);
    const own = unionpay.signed(refund);
    const wrong = [
        [unionpay.signed(refund, "unionpay/merchant.key"), { txnAmt: "14999" }, "11"],
        [unionpay.signed(refund, "wechatpay/merchant.key"), {}, "11"],
        [unionpay.signed({ ...refund, certId: "1" }), {}, "11"],
        [unionpay.signed({ ...refund, merId: "777290058110049" }), {}, "31"],
        [unionpay.signed({ ...refund, txnAmt: "1e3" }), {}, "10"],
        [unionpay.signed({ ...refund, txnAmt: "015000" }), {}, "10"],
        [unionpay.signed({ ...refund, txnAmt: "１５０００" }), {}, "10"],
    ];
    for (const [fields, altered, code] of wrong) {
        const answer = await unionpay.call("backTransReq.do", { ...fields, ...altered });
        assert.equal(answer.respCode, code, JSON.stringify(altered));
    }
    assert.equal((await unionpay.call("backTransReq.do", own)).respCode, "00");
});

/* ---- what payment and the simulator send ---- */

const entities = { amp: "&", lt: "<", gt: ">", quot: "\"", "#39": "'" };

function unescaped(html) {
    return html.replace(/&(\w+|#39);/g, (_, entity) => entities[entity]);
}

function inputs(page) {
    return Object.fromEntries(Array.from(page.matchAll(/name="([^"]*)" value="([^"]*)"/g),
        ([, name, value]) => [name, unescaped(value)]));
}

function newOrder(fen = 15000) {
    return openOrder(citizen, "unionpay", newObligation(citizen, fen), "wechat");
}

/* What the browser gets to post; the simulator knows the order once it did. */
async function browsed(order) {
    const page = await ask("GET", `${citizensUrl}${order.pay_url}`);
    assert.equal(page.status, 200);
    const fields = inputs(page.text);
    const shown = await unionpay.post("frontTransReq.do", fields);
    assert.match(shown.text, new RegExp(order.outTradeNo));
    return fields;
}

function pay(order, wishes = {}) {
    return control("POST", `orders/unionpay/${order.outTradeNo}/pay`, wishes);
}

function stateBecomes(order, wanted) {
    return until(`state ${wanted}`, () => orderState(citizen, "wechat", order),
        (state) => state === wanted);
}

function requests(path, isWanted) {
    return recorded((one) => one.target === `/gateway/api/${path}`
        && isWanted(unionpay.asked(one)));
}

function assertSignedByPayment(fields) {
    const certificate = key("unionpay/merchant.crt");
    assert.equal(fields.certId, unionpay.merchantCertId);
    assert.ok(isSignedBy(fields, certificate), `${fields.txnType}: not the merchant's signature`);
    for (const name of ["txnTime", "orderId", "merId", "bizType"]) {
        assert.ok(!isSignedBy({ ...fields, [name]: `${fields[name]}0` }, certificate), name);
    }
    assert.ok(!isSignedBy({ ...fields, added: "1" }, certificate));
}

function assertGenuine(exchange) {
    assertSignedByPayment(unionpay.asked(exchange));
    const answer = unionpay.answerFields(exchange.answer);
    assert.ok(isGenuine(answer), `${exchange.target}: answered by somebody else`);
    assert.ok(!isGenuine({ ...answer, respMsg: "x" }));
}

test("the page that payment shows posts signed fields", async () => {
    const order = await newOrder();
    const fields = await browsed(order);
    assertSignedByPayment(fields);
    assert.deepEqual([fields.txnType, fields.txnAmt, fields.currencyCode, fields.orderId],
        ["01", "15000", "156", order.outTradeNo]);
    assert.ok(!isSignedBy({ ...fields, txnAmt: "15001" }, key("unionpay/merchant.crt")));
});

test("a notice is UnionPay's, and payment takes it", async () => {
    const order = await newOrder();
    await browsed(order);
    await pay(order);
    await stateBecomes(order, "paid");
    const [told] = await recorded((one) => one.target === `/notify/unionpay/${unionpayMerId}`
        && one.body.includes(order.outTradeNo));
    assert.equal(told.status, 200);
    const fields = unionpay.asked(told);
    assert.ok(isGenuine(fields));
    assert.deepEqual([fields.txnAmt, fields.respCode, fields.merId],
        ["15000", "00", unionpayMerId]);
    assert.ok(!isGenuine({ ...fields, txnAmt: "15001" }));
    assert.ok(!isGenuine({ ...fields, signPubKeyCert: key("unionpay/merchant.crt") }));
});

test("queries and a refund are signed, and believed without notices", async () => {
    const order = await newOrder();
    await browsed(order);
    await tell({ gateway: "unionpay", operation: "callback", fault: "missing" });
    await pay(order, { amount_fen: 14000 });
    const [[queryId]] = await until("the payment", () => sql(`SELECT gateway_no FROM money_fact
        WHERE our_no = '${order.outTradeNo}'`), (rows) => rows.length > 0);
    const [query] = await requests("queryTrans.do",
        (fields) => fields.orderId === order.outTradeNo);
    assertGenuine(query);
    const [exchange] = await requests("backTransReq.do", (fields) => fields.origQryId === queryId);
    assertGenuine(exchange);
    const { orderId, txnType, txnAmt } = unionpay.asked(exchange);
    assert.ok(txnType === "04" ? txnAmt === "14000" : txnType === "31");
    await until("the refund", () => sql(`SELECT state FROM refund WHERE id = '${orderId}'`),
        ([[state]]) => state === "success");
    const [found] = await requests("queryTrans.do", (fields) => fields.orderId === orderId);
    assertGenuine(found);
    await control("DELETE", "faults");
});

test("the file of a day is asked for with a signature, and read alike", async () => {
    const order = await newOrder();
    await browsed(order);
    await pay(order);
    await stateBecomes(order, "paid");
    const { day, lines } = await billWith(order.outTradeNo, "unionpay", "trade");
    const [exchange] = (await recorded((one) => one.target === "/filedownload/"
        && one.answer.includes("fileContent="))).slice(-1);
    assertGenuine(exchange);
    assert.deepEqual(lines.map(([, queryId, orderId, fen]) => [queryId, orderId, Number(fen)]),
        unionpay.statement(await file(day)).map(({ queryId, orderId, amount }) =>
            [queryId, orderId, Number(amount)]));
    assert.ok(lines.some(([, , orderId]) => orderId === order.outTradeNo));
});

for (const fault of ["bad_signature", "forged"]) {
    test(`a notice with ${fault} verifies nowhere`, async () => {
        const order = await newOrder();
        await browsed(order);
        await tell({ gateway: "unionpay", match: order.outTradeNo, operation: "callback",
            fault: "missing" });
        await pay(order);
        const { items } = await control("GET", `callbacks?out_trade_no=${order.outTradeNo}`);
        const { body } = await control("GET", `callbacks/${items[0].id}/bytes?fault=${fault}`);
        assert.ok(!isGenuine(unionpay.asked({ body })));
        const answer = await control("POST", `callbacks/${items[0].id}/send?fault=${fault}`);
        assert.equal(answer.status, 401);
    });
}

/* ---- what payment must take ---- */

function toPayment(notice) {
    return ask("POST", `${callbacksUrl}/notify/unionpay/${unionpayMerId}`, notice, form);
}

/* An attempt's or a refund's number and time. */
function named(table, at, id) {
    const [[txnTime]] = sql(`SELECT DATE_FORMAT(${at} + INTERVAL 8 HOUR, '%Y%m%d%H%i%s')
        FROM ${table} WHERE id = '${id}'`);
    return { orderId: id, txnTime };
}

test("a payment told by UnionPay is booked, once", async () => {
    const order = await newOrder();
    const notice = unionpay.newNotice({ ...named("pay_attempt", "created_at", order.outTradeNo),
        txnAmt: "15000" });
    for (let i = 0; i < 3; i++) {
        assert.equal((await toPayment(notice)).status, 200);
    }
    assert.equal(await orderState(citizen, "wechat", order), "paid");
    assert.equal(sql(`SELECT id FROM money_fact WHERE our_no = '${order.outTradeNo}'`).length, 1);
});

test("a notice about others, by others or with an odd amount books nothing", async () => {
    const order = await newOrder();
    const own = { ...named("pay_attempt", "created_at", order.outTradeNo), txnAmt: "15000" };
    const notice = unionpay.newNotice(own);
    const certificate = { signPubKeyCert: key("unionpay/merchant.crt") };
    const refused = [
        notice.replace("txnAmt=15000", "txnAmt=15001"),
        `${notice}&added=1`,
        `${notice}&txnAmt=15000`,
        notice.replace(/&signature=[^&]*/, ""),
        unionpay.newNotice(own, "unionpay/merchant.key"),
        unionpay.newNotice({ ...own, ...certificate }, "unionpay/merchant.key"),
        unionpay.newNotice({ ...own, merId: "777290058110049" }),
        unionpay.newNotice({ ...own, version: "5.0.0" }),
    ];
    for (const wrong of refused) {
        assert.notEqual(wrong, notice);
        assert.equal((await toPayment(wrong)).status, 401, wrong);
    }
    const parked = [{ currencyCode: "840" }, { txnTime: "20260102030405" }, { txnAmt: "1e3" },
        { txnAmt: "015000" }, { txnAmt: "１５０００" }, { txnAmt: "-15000" },
        { txnAmt: "9223372036854775808" }];
    for (const odd of parked) {
        assert.equal((await toPayment(unionpay.newNotice({ ...own, ...odd }))).status, 200);
    }
    assert.equal(await orderState(citizen, "wechat", order), "paying");
    assert.deepEqual(sql(`SELECT id FROM money_fact WHERE our_no = '${order.outTradeNo}'`), []);
    assert.equal((await toPayment(notice)).status, 200);
    assert.equal(await orderState(citizen, "wechat", order), "paid");
});

test("a refund told by UnionPay ends the refund", async () => {
    await tell({ gateway: "unionpay", operation: "refund", fault: "http_500" });
    const order = await newOrder();
    const own = named("pay_attempt", "created_at", order.outTradeNo);
    await toPayment(unionpay.newNotice({ ...own, txnAmt: "14000" }));
    const refund = () => sql(`SELECT d.id, d.state, d.gateway_no FROM refund d
        JOIN money_fact f ON f.id = d.fact_id WHERE f.our_no = '${order.outTradeNo}'`);
    const [[id, , origQryId]] = await until("the refund", refund,
        ([row]) => row?.[1] === "unknown");
    const told = { ...named("refund", "sent_at", id), txnType: "04", txnSubType: "00", origQryId };
    assert.equal((await toPayment(unionpay.newNotice({ ...told, txnAmt: "1.4e4" }))).status, 200);
    assert.equal(refund()[0][1], "unknown");
    assert.equal((await toPayment(unionpay.newNotice({ ...told, txnAmt: "14000" }))).status, 200);
    assert.equal(refund()[0][1], "success");
});
