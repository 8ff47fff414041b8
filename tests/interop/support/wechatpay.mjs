/* wechatpay-axios-plugin as merchant, and its verifier on what WeChat Pay and payment send. */
import { X509Certificate, createHash } from "node:crypto";
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";

import { appid, gatewaysUrl, key, mchid, merchants, nowhereUrl, number } from "./platform.mjs";

const sdk = createRequire(import.meta.url)("wechatpay-axios-plugin");
export const { Wechatpay, Rsa, Aes, Formatter } = sdk;

export const platform = {
    serial: key("wechatpay/platform.serial"),
    publicKey: key("wechatpay/platform.crt"),
    privateKey: key("simulator/wechatpay_platform.key"),
};
export const publicKey = {
    serial: key("wechatpay/public.id"),
    publicKey: key("wechatpay/public.pem"),
    privateKey: key("simulator/wechatpay_public.key"),
};
const next = { serial: key("simulator/wechatpay_next.serial"),
    publicKey: key("simulator/wechatpay_next.crt") };
export const certs = Object.fromEntries([platform, publicKey, next]
    .map((one) => [one.serial, one.publicKey]));
export const apiv3Key = key("wechatpay/apiv3.key");
/* Of each of our merchants. */
const certificates = Object.fromEntries(merchants.filter((one) => one.gateway === "wechatpay")
    .map((one) => [one.merchant, new X509Certificate(key(one.certificate_file))]));
export const merchantCertificate = certificates[mchid];

export function newClient(changes = {}) {
    return new Wechatpay({
        mchid,
        serial: key("wechatpay/merchant.serial"),
        privateKey: key("wechatpay/merchant.key"),
        certs,
        baseURL: `${gatewaysUrl}/`,
        ...changes,
    });
}

/* A bill as the SDK downloads and reads it; its bytes have the hash that was announced, signed. */
export async function downloadedBill(client, kind, params) {
    const { data: place } = await client.v3.bill[kind].get({ params });
    const { data } = await client.v3.billdownload.file.get({ responseType: "arraybuffer",
        params: Object.fromEntries(new URL(place.download_url).searchParams) });
    const bytes = params.tar_type === "GZIP" ? gunzipSync(data) : Buffer.from(data);
    const hash = createHash(place.hash_type).update(bytes).digest("hex");
    if (hash !== place.hash_value) {
        throw new Error(`announced ${place.hash_value}, came ${hash}`);
    }
    return Formatter.castCsvBill(bytes);
}

export function newOrder(openid, changes = {}) {
    return {
        appid,
        mchid,
        description: "交通违法罚款 “测试”",
        out_trade_no: number(),
        notify_url: nowhereUrl,
        amount: { total: 15000, currency: "CNY" },
        payer: { openid },
        ...changes,
    };
}

export function isSignedByMerchant(exchange) {
    const header = exchange.headers.authorization;
    const values = Object.fromEntries(Array.from(header.matchAll(/(\w+)="([^"]+)"/g),
        ([, name, value]) => [name, value]));
    const message = Formatter.request(exchange.method, exchange.target, values.timestamp,
        values.nonce_str, exchange.body);
    const certificate = certificates[values.mchid];
    return header.startsWith("WECHATPAY2-SHA256-RSA2048 ") && certificate !== undefined
        && values.serial_no === certificate.serialNumber
        && Rsa.verify(message, values.signature, certificate.publicKey);
}

export function isPaySignOfMerchant(order) {
    const message = Formatter.joinedByLineFeed(order.appId, order.timeStamp, order.nonceStr,
        order.package);
    return order.signType === "RSA" && Rsa.verify(message, order.paySign,
        merchantCertificate.publicKey);
}

/* Of a callback or an answer: its headers in lower case, its body as received. */
export function isSignedByWechatPay(headers, body) {
    const message = Formatter.response(headers["wechatpay-timestamp"], headers["wechatpay-nonce"],
        body);
    const theirKey = certs[headers["wechatpay-serial"]];
    return theirKey !== undefined && Rsa.verify(message, headers["wechatpay-signature"], theirKey);
}

export function unsealed(sealed) {
    return Aes.AesGcm.decrypt(sealed.ciphertext, apiv3Key, sealed.nonce, sealed.associated_data);
}

export function opened({ resource }) {
    return JSON.parse(unsealed(resource));
}

/* A callback as WeChat Pay would send it, made by the SDK's functions alone. */
export function newCallback(event, type, content, signer = platform) {
    const nonce = Formatter.nonce(12);
    const timestamp = String(Formatter.timestamp());
    const body = JSON.stringify({
        id: Formatter.nonce(32), create_time: new Date().toISOString(), event_type: event,
        resource_type: "encrypt-resource", summary: "支付成功",
        resource: { original_type: type, algorithm: "AEAD_AES_256_GCM", associated_data: type,
            nonce, ciphertext: Aes.AesGcm.encrypt(JSON.stringify(content), apiv3Key, nonce, type) },
    });
    const headers = {
        "content-type": "application/json", "wechatpay-timestamp": timestamp,
        "wechatpay-nonce": nonce, "wechatpay-serial": signer.serial,
        "wechatpay-signature": Rsa.sign(Formatter.response(timestamp, nonce, body),
            signer.privateKey),
    };
    return { headers, body };
}
