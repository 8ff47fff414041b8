/*
 * UnionPay 5.1.0 by the `openssl` command and what its published description says. No SDK: npm has
 * none that could be installed, so this is one more implementation of the rules, which shares
 * nothing with payment's (libcrypto, in C) or the simulator's (mbedTLS).
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { inflateRawSync, inflateSync } from "node:zlib";

import {
    ask, gatewaysUrl, key, keyFile, nowhereUrl, number, parameters, run, unionpayMerId,
} from "./platform.mjs";

const scratch = `${run}/unionpay-interop`;
mkdirSync(scratch, { recursive: true });

function openssl(args, input) {
    return execFileSync("openssl", args, { input, stdio: ["pipe", "pipe", "ignore"] });
}

function succeeds(args, input) {
    try {
        openssl(args, input);
        return true;
    } catch {
        return false;
    }
}

function scratchFile(name, content) {
    writeFileSync(`${scratch}/${name}`, content);
    return `${scratch}/${name}`;
}

/* Of a certificate, in decimal, however long. */
function certId(name) {
    const serial = openssl(["x509", "-in", keyFile(name), "-noout", "-serial"]).toString();
    return BigInt(`0x${serial.trim().replace("serial=", "")}`).toString();
}

export const merchantCertId = certId("unionpay/merchant.crt");
export const gatewayCertificate = key("simulator/unionpay.crt");

/* The text whose SHA-256, as 64 small hex digits, is signed. */
function message(fields) {
    return Object.keys(fields).filter((name) => name !== "signature" && fields[name].trim() !== "")
        .sort().map((name) => `${name}=${fields[name].trim()}`).join("&");
}

function digest(fields) {
    return openssl(["dgst", "-sha256", "-r"], message(fields)).toString().slice(0, 64);
}

export function signed(fields, keyName = "unionpay/merchant.key") {
    const signature = openssl(["dgst", "-sha256", "-sign", keyFile(keyName)], digest(fields));
    return { ...fields, signature: signature.toString("base64") };
}

export function isSignedBy(fields, certificate) {
    const publicKey = scratchFile("key.pem", openssl(["x509", "-pubkey", "-noout"], certificate));
    const signature = scratchFile("signature", Buffer.from(fields.signature ?? "", "base64"));
    return succeeds(["dgst", "-sha256", "-verify", publicKey, "-signature", signature],
        digest(fields));
}

/* By our configured authorities, and UnionPay's own by its name. */
function isUnionPays(certificate) {
    const subject = openssl(["x509", "-noout", "-subject", "-nameopt", "utf8,sep_multiline"],
        certificate).toString();
    return subject.split("CN=")[1]?.trim().split("@")[2] === "中国银联股份有限公司"
        && succeeds(["verify", "-purpose", "any", "-CAfile", keyFile("unionpay/root.crt"),
            "-untrusted", keyFile("unionpay/middle.crt"),
            scratchFile("signer.crt", certificate)]);
}

export function isGenuine(fields) {
    return fields.version === "5.1.0" && fields.signMethod === "01"
        && isUnionPays(fields.signPubKeyCert ?? "") && isSignedBy(fields, fields.signPubKeyCert);
}

/* An answer is not url-encoded, and what stands in brackets holds together. */
export function answerFields(text) {
    const fields = {};
    for (const [, name, value] of text.matchAll(/(\w+)=((?:\{[^}]*\}|\[[^\]]*\]|[^&])*)(?:&|$)/g)) {
        fields[name] = value;
    }
    return fields;
}

/* "20260102110405" in Beijing, where tests/interop/run puts us. */
export function timeText(at = new Date()) {
    const two = (part) => String(part).padStart(2, "0");
    return `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`
        + `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
}

export function transaction(txnType, txnSubType, own) {
    return {
        version: "5.1.0", encoding: "UTF-8", signMethod: "01", txnType, txnSubType,
        bizType: txnType === "00" ? "000000" : "000201", channelType: "07", accessType: "0",
        merId: unionpayMerId, certId: merchantCertId, orderId: number(20), txnTime: timeText(),
        ...own,
    };
}

export function consumption(own = {}) {
    return transaction("01", "01", { txnAmt: "15000", currencyCode: "156", backUrl: nowhereUrl,
        frontUrl: nowhereUrl, ...own });
}

/* Asks for the file of a day, "0102". */
export function fileTransfer(settleDate) {
    const { orderId, channelType, ...rest } = transaction("76", "01",
        { bizType: "000000", fileType: "00", settleDate });
    return rest;
}

/* The files of a zip by their names. */
function unzipped(zip) {
    const files = {};
    let at = zip.readUInt32LE(zip.length - 6);
    while (zip.readUInt32LE(at) === 0x02014b50) {
        const nameEnd = at + 46 + zip.readUInt16LE(at + 28);
        const local = zip.readUInt32LE(at + 42);
        const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
        const bytes = zip.subarray(start, start + zip.readUInt32LE(at + 20));
        files[zip.toString("latin1", at + 46, nameEnd)] = zip.readUInt16LE(at + 10) === 0
            ? bytes : inflateRawSync(bytes);
        at = nameEnd + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    }
    return files;
}

/* The transactions of a file that was handed over, by the places of its columns. */
export function statement({ fileContent }) {
    const files = unzipped(inflateSync(Buffer.from(fileContent, "base64")));
    const name = Object.keys(files).find((one) => /^INN\d{6}88ZM_\d{15}$/.test(one));
    return files[name].toString("latin1").split("\r\n").slice(0, -1).map((line) => ({
        size: line.length, amount: line.slice(66, 78), queryId: line.slice(87, 108),
        orderId: line.slice(112, 144).trim(), txnType: line.slice(215, 217),
        merId: line.slice(293, 308),
    }));
}

/* A form as a browser or a server posts it: what came back. */
export function post(path, fields) {
    return ask("POST", `${gatewaysUrl}${path.startsWith("/") ? path : `/gateway/api/${path}`}`,
        new URLSearchParams(fields).toString(),
        { "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8" });
}

export async function call(path, fields) {
    return answerFields((await post(path, fields)).text);
}

/* Of a recorded exchange: what payment asked. */
export function asked(exchange) {
    return parameters(exchange.body);
}

/* What UnionPay would post about a payment or a refund, as a form. */
export function newNotice(own, keyName = "simulator/unionpay.key") {
    const fields = signed({
        version: "5.1.0", encoding: "UTF-8", signMethod: "01", txnType: "01", txnSubType: "01",
        bizType: "000201", accessType: "0", merId: unionpayMerId, currencyCode: "156",
        respCode: "00", respMsg: "成功[0000000]", queryId: `84${timeText().slice(2)}${
            String(Math.random()).slice(2, 9).padEnd(7, "0")}`, traceNo: "000001",
        traceTime: timeText().slice(4), settleDate: timeText().slice(4, 8),
        signPubKeyCert: gatewayCertificate, ...own,
    }, keyName);
    return new URLSearchParams(fields).toString();
}
