/* wechatpay-axios-plugin as a merchant of the simulator. The SDK verifies each answer itself. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";

import { control, key, mchid, newCitizen, number, sql, tell, until } from "./support/platform.mjs";
import {
    Formatter, certs, downloadedBill, merchantCertificate, newClient, newOrder, platform, publicKey,
    unsealed,
} from "./support/wechatpay.mjs";
import { strangersKey } from "./support/alipay.mjs";

const client = newClient();
const transactions = client.v3.pay.transactions;
const refunds = client.v3.refund.domestic.refunds;
const citizen = await newCitizen();
const openid = citizen.openId.wechat;

function refusal(status, code) {
    return (error) => {
        assert.equal(error.response?.status, status, error.message);
        assert.equal(error.response.data.code, code);
        return true;
    };
}

/* Orders, and has the citizen pay. */
async function paidOrder() {
    const order = newOrder(openid);
    await transactions.jsapi.post(order);
    await control("POST", `orders/wechatpay/${order.out_trade_no}/pay`, {});
    return order;
}

function query(outTradeNo) {
    return transactions.outTradeNo.$no$.get({ params: { mchid }, no: outTradeNo });
}

for (const signer of [platform, publicKey]) {
    test(`an order is answered with the asked key, ${signer.serial.slice(0, 11)}`, async () => {
        const headers = { "Wechatpay-Serial": signer.serial };
        const answer = await transactions.jsapi.post(newOrder(openid), { headers });
        assert.equal(answer.headers["wechatpay-serial"], signer.serial);
        assert.match(answer.data.prepay_id, /^wx/);
    });
}

test("a native order gives a code to show, and is paid, queried and closed as any", async () => {
    const { payer, ...order } = newOrder(openid);
    const answer = await transactions.native.post(order);
    assert.match(answer.data.code_url, /^weixin:\/\//);
    assert.equal((await query(order.out_trade_no)).data.trade_state, "NOTPAY");
    await control("POST", `orders/wechatpay/${order.out_trade_no}/pay`, { payer: payer.openid });
    const { data } = await query(order.out_trade_no);
    assert.deepEqual([data.trade_state, data.trade_type], ["SUCCESS", "NATIVE"]);
    await assert.rejects(transactions.outTradeNo.$no$.close.post({ mchid },
        { no: order.out_trade_no }), refusal(400, "ORDER_PAID"));
});

test("an order is queried by both numbers once it is paid", async () => {
    const order = await paidOrder();
    const { data } = await query(order.out_trade_no);
    assert.equal(data.trade_state, "SUCCESS");
    assert.equal(data.amount.total, 15000);
    assert.equal(data.payer.openid, openid);
    const same = await transactions.id.$id$.get({ params: { mchid }, id: data.transaction_id });
    assert.deepEqual(same.data, data);
});

test("a number with marks is signed as it is on the wire", async () => {
    const outTradeNo = `A|b*c-d_${number(8)}`;
    await transactions.jsapi.post(newOrder(openid, { out_trade_no: outTradeNo }));
    for (const form of [outTradeNo, encodeURIComponent(outTradeNo)]) {
        const { data } = await query(form);
        assert.equal(data.out_trade_no, outTradeNo);
        assert.equal(data.trade_state, "NOTPAY");
    }
});

test("an order is closed, twice, and then says so", async () => {
    const order = newOrder(openid);
    await transactions.jsapi.post(order);
    for (let i = 0; i < 2; i++) {
        const answer = await transactions.outTradeNo.$no$.close
            .post({ mchid }, { no: order.out_trade_no });
        assert.equal(answer.status, 204);
    }
    assert.equal((await query(order.out_trade_no)).data.trade_state, "CLOSED");
});

test("a refund is accepted, repeated and found", async () => {
    const order = await paidOrder();
    const refund = { out_trade_no: order.out_trade_no, out_refund_no: number(),
        reason: "重复缴款", amount: { refund: 5000, total: 15000, currency: "CNY" } };
    const { data } = await refunds.post(refund);
    assert.equal(data.status, "PROCESSING");
    assert.equal((await refunds.post(refund)).data.refund_id, data.refund_id);
    const done = await until("the refund",
        async () => (await refunds.$no$.get({ no: refund.out_refund_no })).data,
        (seen) => seen.status === "SUCCESS");
    assert.equal(done.amount.refund, 5000);
    assert.equal((await query(order.out_trade_no)).data.trade_state, "REFUND");
});

test("more than was paid is not refunded", async () => {
    const order = await paidOrder();
    await assert.rejects(refunds.post({ out_trade_no: order.out_trade_no,
        out_refund_no: number(), amount: { refund: 15001, total: 15000, currency: "CNY" } }),
    refusal(400, "INVALID_REQUEST"));
});

/* A day two months ago, which is no other test's. */
async function billedOrder() {
    const order = await paidOrder();
    const [[day]] = sql("SELECT DATE(UTC_TIMESTAMP() - INTERVAL 60 DAY)");
    sql(`UPDATE sim_movement SET happened_at = '${day} 04:00:00'
         WHERE our_no = '${order.out_trade_no}'`);
    return { ...order, day };
}

test("a trade bill has the announced hash, plain and packed, and the SDK reads it", async () => {
    const { day: bill_date, out_trade_no } = await billedOrder();
    for (const packing of [{}, { tar_type: "GZIP" }]) {
        const { rows, summary } = await downloadedBill(client, "tradebill",
            { bill_date, bill_type: "ALL", ...packing });
        const row = rows.find((one) => one["商户订单号"] === out_trade_no);
        assert.deepEqual([row["商户号"], row["交易状态"], row["货币种类"], row["订单金额"]],
            [mchid, "SUCCESS", "CNY", "150.00"]);
        assert.equal(summary["总交易单数"], String(rows.length));
    }
});

test("a fund flow bill has the announced hash, and the SDK reads it", async () => {
    const { day: bill_date, out_trade_no } = await billedOrder();
    const { rows, summary } = await downloadedBill(client, "fundflowbill",
        { bill_date, account_type: "BASIC", tar_type: "GZIP" });
    const row = rows.find((one) => one["业务凭证号"] === out_trade_no);
    assert.deepEqual([row["收支类型"], row["收支金额(元)"]], ["收入", "150.00"]);
    assert.equal(summary["资金流水总笔数"], String(rows.length));
});

test("a day without trades has no bill, and a stranger downloads none", async () => {
    await assert.rejects(client.v3.bill.tradebill.get({ params: { bill_type: "ALL",
        bill_date: sql("SELECT DATE(UTC_TIMESTAMP() - INTERVAL 59 DAY)")[0][0] } }),
    refusal(400, "NO_STATEMENT_EXIST"));
    const { day: bill_date } = await billedOrder();
    const { data } = await client.v3.bill.tradebill.get({ params: { bill_date } });
    const stranger = newClient({ privateKey: strangersKey() });
    await assert.rejects(stranger.v3.billdownload.file.get({
        params: Object.fromEntries(new URL(data.download_url).searchParams) }),
    refusal(401, "SIGN_ERROR"));
});

test("certificates open with the APIv3 key and verify answers", async () => {
    const { data } = await client.v3.certificates.get();
    const found = Object.fromEntries(data.data.map(({ serial_no: serial, ...one }) => {
        assert.equal(one.encrypt_certificate.algorithm, "AEAD_AES_256_GCM");
        return [serial, unsealed(one.encrypt_certificate)];
    }));
    for (const [serial, pem] of Object.entries(found)) {
        assert.equal(new X509Certificate(pem).serialNumber, serial);
    }
    assert.equal(found[platform.serial].trim(), platform.publicKey);
    await newClient({ certs: found }).v3.certificates.get();
});

test("a key that is not the merchant's is refused", async () => {
    const order = newOrder(openid);
    const stranger = newClient({ privateKey: strangersKey() });
    await assert.rejects(stranger.v3.pay.transactions.jsapi.post(order),
        refusal(401, "SIGN_ERROR"));
    await assert.rejects(query(order.out_trade_no), refusal(404, "ORDER_NOT_EXIST"));
});

test("a serial that is not the certificate's is refused", async () => {
    const serial = merchantCertificate.serialNumber.replace(/^./, (c) => (c === "0" ? "1" : "0"));
    await assert.rejects(newClient({ serial }).v3.pay.transactions.jsapi.post(newOrder(openid)),
        refusal(401, "SIGN_ERROR"));
});

test("a body that was altered after signing is refused", async () => {
    const transformRequest = [(data) => `${JSON.stringify(data)} `];
    await assert.rejects(transactions.jsapi.post(newOrder(openid), { transformRequest }),
        refusal(401, "SIGN_ERROR"));
});

test("a query that was altered after signing is refused", async () => {
    const transformRequest = [function alter(data) {
        this.params = { mchid: `${mchid}1` };
        return data;
    }];
    await assert.rejects(transactions.outTradeNo.$no$.get({ params: { mchid }, no: number(),
        transformRequest }), refusal(401, "SIGN_ERROR"));
});

test("a request ten minutes old is refused", async () => {
    const { timestamp } = Formatter;
    Formatter.timestamp = () => timestamp() - 600;
    try {
        await assert.rejects(transactions.jsapi.post(newOrder(openid)), refusal(401, "SIGN_ERROR"));
    } finally {
        Formatter.timestamp = timestamp;
    }
});

/* What the simulator does on demand must be wrong by the SDK's measure too. */
for (const [fault, code] of [
    ["bad_signature", "EV3_RES_HEADER_SIGNATURE_DIGEST"],
    ["forged", "EV3_RES_HEADER_SIGNATURE_DIGEST"],
    ["probe", "EV3_RES_HEADER_SIGNATURE_DIGEST"],
    ["no_signature", "EV3_RES_HEADERS_INCOMPLATE"],
    ["old_timestamp", "EV3_RES_HEADER_TIMESTAMP_OFFSET"],
]) {
    test(`an answer with ${fault} is not believed`, async () => {
        const order = newOrder(openid);
        await tell({ gateway: "wechatpay", match: order.out_trade_no, operation: "order", fault,
            times: 1 });
        await assert.rejects(transactions.jsapi.post(order), { code });
    });
}

test("an answer by a key that the merchant does not know is not believed", async () => {
    const some = { [platform.serial]: certs[platform.serial] };
    const headers = { "Wechatpay-Serial": key("wechatpay/public.id") };
    await assert.rejects(newClient({ certs: some }).v3.pay.transactions.jsapi
        .post(newOrder(openid), { headers }), { code: "EV3_RES_HEADER_PLATFORM_SERIAL" });
});
