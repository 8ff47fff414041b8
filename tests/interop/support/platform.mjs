/*
 * The platform that tests/interop/run started: its addresses and keys, a citizen with something to
 * pay, and what went over the wire between payment and the simulator (recorder.mjs).
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

export const run = process.env.RUN_DIR;
if (!run) {
    throw new Error("RUN_DIR names no platform: tests/interop/run starts one");
}
const port = Number(readFileSync(`${run}/port`, "utf8"));
const settings = Object.fromEntries(
    readFileSync(`${run}/settings/payment.env`, "utf8").trim().split("\n")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));

export const citizensUrl = `https://127.0.0.1:${port}`;
export const callbacksUrl = `https://127.0.0.1:${port + 1}`;
const internalUrl = `http://127.0.0.1:${port + 2}`;
export const gatewaysUrl = `https://127.0.0.1:${port + 3}`;
/* For orders that the SDKs make, of which payment shall hear nothing: nobody listens there. */
export const nowhereUrl = "https://127.0.0.1:9/notify";
export const { merchants } = JSON.parse(readFileSync(settings.MERCHANTS_FILE, "utf8"));
export const { merchant: mchid, appid } = merchants.find(({ gateway }) => gateway === "wechatpay");
export const { merchant: alipayAppId } = merchants.find(({ gateway }) => gateway === "alipay");
export const { merchant: unionpayMerId } = merchants.find(({ gateway }) => gateway === "unionpay");

export function keyFile(name) {
    return `${run}/keys/${name}`;
}

export function key(name) {
    return readFileSync(keyFile(name), "utf8").trim();
}

/* A form as its decoded parameters. */
export function parameters(form) {
    return Object.fromEntries(new URLSearchParams(form));
}

/* An HTTP call; a body that is no text goes as JSON. */
export async function ask(method, url, body, headers = {}) {
    const isText = body === undefined || typeof body === "string";
    const answer = await fetch(url, {
        method,
        body: isText ? body : JSON.stringify(body),
        headers: isText ? headers : { "Content-Type": "application/json", ...headers },
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

async function expectJson(method, url, body, headers) {
    const answer = await ask(method, url, body, headers);
    if (answer.status >= 300) {
        throw new Error(`${method} ${url}: ${answer.status} ${answer.text}`);
    }
    return answer.text === "" ? {} : JSON.parse(answer.text);
}

/* The simulator's control interface. */
export function control(method, path, body) {
    return expectJson(method, `${internalUrl}/simulator/${path}`, body);
}

export function tell(fault) {
    return control("POST", "faults", fault);
}

/* Asks until it is as wanted, for at most 30 s. */
export async function until(what, look, isWanted) {
    const end = Date.now() + 30000;
    for (;;) {
        const seen = await look();
        if (isWanted(seen)) {
            return seen;
        }
        if (Date.now() > end) {
            throw new Error(`${what} did not come: ${JSON.stringify(seen)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}

/* Statements as the database's root; rows as lists of texts. */
export function sql(statements) {
    const text = execFileSync("mariadb", ["--no-defaults", `--socket=${settings.DB_SOCKET}`,
        "--user=root", "--batch", "--skip-column-names", "--default-character-set=utf8mb4",
        "tongban", `--execute=${statements}`], { encoding: "utf8" });
    return text.split("\n").slice(0, -1).map((line) => line.split("\t"));
}

export function number(size = 24) {
    return randomBytes(size).toString("hex").slice(0, size).toUpperCase();
}

function ulid() {
    const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    return "0" + Array.from(randomBytes(25), (byte) => letters[byte % 32]).join("");
}

/* A session's token. */
function signedIn(actor, person, roles, openId, channel) {
    const token = randomBytes(32).toString("base64url");
    sql(`INSERT INTO core_session (token_hash, actor_id, person_id, roles, open_id, channel,
         created_at, expires_at, absolute_expires_at)
         VALUES (UNHEX(SHA2('${token}', 256)), '${actor}', NULLIF('${person}', ''), ${roles},
         NULLIF('${openId}', ''), '${channel}', UTC_TIMESTAMP(3),
         UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3) + INTERVAL 1 DAY)`);
    return token;
}

/* Somebody whom the gateways know, signed in by WeChat and by Alipay. */
export async function newCitizen() {
    const citizen = { person: ulid(), actor: ulid(), token: {}, openId: {} };
    for (const channel of ["wechat", "alipay"]) {
        citizen.openId[channel] = `o${number(27)}`;
        citizen.token[channel] = signedIn(citizen.actor, citizen.person, 3,
            citizen.openId[channel], channel);
    }
    await control("POST", "wechat/citizens", { openid: citizen.openId.wechat });
    await control("POST", "alipay/auth-codes", { openid: citizen.openId.alipay });
    return citizen;
}

/* With a title that neither gateway would take as it is: too long for one, with & for the other. */
export function newObligation(citizen, fen) {
    const id = ulid();
    const title = `驾驶机动车违反道路交通信号灯通行 & 超过规定时速 <20%${"（合并）".repeat(20)}`;
    sql(`INSERT INTO obligation (id, module, kind, ref_no, account, title, person_id, base_fen,
         late_percent_a_day, late_percent_max, due_on, decided_at)
         VALUES ('${id}', 'violation', 'fine', '${number(20)}', 'fine_treasury', '${title}',
         '${citizen.person}', ${fen}, 3, 100, UTC_DATE() + INTERVAL 15 DAY, UTC_TIMESTAMP(3))`);
    return id;
}

/* Opens an order through payment: its answer, and the number that the gateway knows it by. Codes
   and pages need no session of their own channel. */
export async function openOrder(citizen, channel, obligationId, session = channel) {
    const order = await expectJson("POST", `${citizensUrl}/api/payment/orders`,
        { obligation_ids: [obligationId], channel },
        { Authorization: `Bearer ${citizen.token[session]}`, "Idempotency-Key": number(32) });
    const [[attempt]] = sql(`SELECT id FROM pay_attempt WHERE order_id = '${order.order_no}'`);
    return { ...order, outTradeNo: attempt };
}

export async function orderState(citizen, channel, order) {
    const seen = await expectJson("GET", `${citizensUrl}/api/payment/orders/${order.order_no}`,
        undefined, { Authorization: `Bearer ${citizen.token[channel]}` });
    return seen.state;
}

/* The lines that payment reads in its last bill of a gateway, after the gateway has put the payment
   of this number there: `{ day, lines: [direction, gateway_no, our_no, amount_fen] }`. */
export async function billWith(outTradeNo, gateway, kind) {
    const find = () => sql(`SELECT id, bill_date, state, line_count FROM recon_batch
        WHERE gateway = '${gateway}' AND kind = '${kind}' ORDER BY bill_date DESC LIMIT 1`);
    const isClosed = ([batch]) => batch?.[2] === "closed";
    const [[id, day, , before]] = await until("the first bill", find, isClosed);
    const officer = signedIn(ulid(), "", 12, "", "officer");
    sql(`UPDATE sim_movement SET happened_at = '${day} 04:00:00' WHERE our_no = '${outTradeNo}'`);
    await expectJson("POST", `${citizensUrl}/api/payment/bills/${id}/repeat`, undefined,
        { Authorization: `Bearer ${officer}`, "Idempotency-Key": number(32) });
    await until("the bill", find, (rows) => isClosed(rows) && rows[0][3] !== before);
    return { day, lines: sql(`SELECT direction, gateway_no, our_no, amount_fen FROM bill_line
        WHERE batch_id = '${id}' ORDER BY line_no`) };
}

/* Exchanges that were recorded, those that pass `isWanted`; at least `least` of them. */
export async function recorded(isWanted, least = 1) {
    const url = `http://127.0.0.1:${process.env.RECORDER_PORT}/`;
    const look = async () => (await expectJson("GET", url)).filter(isWanted);
    return until("the recording", look, (seen) => seen.length >= least);
}

export function sent(exchange) {
    return `${exchange.method} ${exchange.target.replace(/\?.*/, "")}`;
}
