/* alipay-sdk as merchant, and its verifier on what Alipay and payment send. */
import { generateKeyPairSync } from "node:crypto";

import { AlipaySdk } from "alipay-sdk";

import { alipayAppId, gatewaysUrl, key, number, parameters } from "./platform.mjs";
import { Formatter, Rsa } from "./wechatpay.mjs";

export function newClient(changes = {}) {
    return new AlipaySdk({
        appId: alipayAppId,
        keyType: "PKCS8",
        privateKey: key("alipay/app.key"),
        alipayPublicKey: key("alipay/gateway.pem"),
        gateway: `${gatewaysUrl}/gateway.do`,
        ...changes,
    });
}

/* A key of nobody's. */
export function strangersKey() {
    return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
        .export({ type: "pkcs8", format: "pem" });
}

export function newTrade(openId, changes = {}) {
    return {
        out_trade_no: number(),
        total_amount: "150.00",
        subject: "交通违法罚款 “测试” \\ \"sign\"",
        product_code: "JSAPI_PAY",
        op_app_id: alipayAppId,
        buyer_open_id: openId,
        ...changes,
    };
}

/* Of a request: the SDK's own text, sign_type included, without the second try that it allows to
   notices. */
export function isSignedByApplication(exchange) {
    const { sign, ...signed } = parameters(exchange.body);
    const application = newClient({ alipayPublicKey: key("alipay/app.pem") });
    return signed.sign_type === "RSA2"
        && application.notifyRSACheck(signed, sign, "RSA2", true);
}

const alipay = newClient({ privateKey: key("simulator/alipay.key") });

/* A notice as most are: sign_type takes no part in the signature. alipay-sdk signs requests only,
   so text and signature are wechatpay-axios-plugin's, which has the same two rules; alipay-sdk has
   to accept them. */
export function newNotice(content) {
    const signed = Formatter.ksort({ ...content, charset: "utf-8", version: "1.0" });
    const form = {
        ...signed,
        sign_type: "RSA2",
        sign: Rsa.sign(Formatter.queryStringLike(signed), alipay.config.privateKey),
    };
    return new URLSearchParams(form).toString();
}

/* A notice as some services send it, signed like a request: all by alipay-sdk. */
export function newNoticeWithSignType(content) {
    return alipay.sdkExecute("alipay.trade.notify", content);
}
