/*
 * The store of uploads in a bucket, signed by libcurl: held to s3rver and, for the signatures, to aws4,
 * through the module road from the citizens' door to the files of the service.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
    existsSync, readFileSync, readdirSync, readlinkSync, rmSync, utimesSync, writeFileSync,
} from "node:fs";
import { after, before, test } from "node:test";
import { deflateSync } from "node:zlib";

import { ask, citizensUrl, newCitizen, number, run, sql, until } from "./support/platform.mjs";
import { region, rightKey, startS3 } from "./support/s3.mjs";

const uploads = `${citizensUrl}/api/road/uploads`;
const settingsFile = `${run}/settings/road.env`;
const keyFile = `${run}/keys/store-key`;
const pid = Number(readFileSync(`${run}/pid/road`, "utf8").trim().split(" ")[0]);
const program = readlinkSync(`/proc/${pid}/exe`);
const usual = readFileSync(settingsFile, "utf8");
const pngHead = Buffer.from("89504E470D0A1A0A", "hex");
let s3;

function writeKey({ accessKeyId, secretAccessKey }) {
    writeFileSync(keyFile, `${accessKeyId}\n${secretAccessKey}\n`);
}

function settings(changes = {}) {
    const wanted = {
        STORE_S3_URL: `https://${s3.host}/files`, STORE_S3_REGION: region,
        STORE_S3_KEY_FILE: keyFile, HTTP_HOSTS: s3.host, BREAKER_FAILURES: 1000, ...changes,
    };
    return usual + Object.entries(wanted).map(([name, value]) => `${name}=${value}\n`).join("");
}

/* What road --check says under such settings, and whether it is content. */
function check(changes) {
    const file = `${settingsFile}.check`;
    writeFileSync(file, settings(changes));
    return new Promise((resolve) => {
        execFile(program, ["--check"], { env: { SETTINGS_FILE: file } }, (error, said, faults) => {
            rmSync(file);
            resolve({ isGood: error === null, text: said + faults });
        });
    });
}

async function reload(text) {
    const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    const old = children().split(" ");
    writeFileSync(settingsFile, text);
    process.kill(pid, "SIGHUP");
    await until("new workers", children, (now) => !old.some((one) => now.split(" ").includes(one)));
}

function crc32(bytes) {
    let crc = ~0;
    for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) {
            crc = (crc >>> 1) ^ (crc & 1 ? 0xEDB88320 : 0);
        }
    }
    return ~crc >>> 0;
}

function chunk(type, data) {
    const named = Buffer.concat([Buffer.from(type), data]);
    const framed = Buffer.alloc(named.length + 8);
    framed.writeUInt32BE(data.length, 0);
    named.copy(framed, 4);
    framed.writeUInt32BE(crc32(named), named.length + 4);
    return framed;
}

/* A square PNG of noise, which no two calls make alike and nothing packs. */
function picture(side) {
    const head = Buffer.alloc(13);
    head.writeUInt32BE(side, 0);
    head.writeUInt32BE(side, 4);
    head.set([8, 0, 0, 0, 0], 8);
    const lines = Array.from({ length: side },
        () => Buffer.concat([Buffer.from([0]), randomBytes(side)]));
    return Buffer.concat([pngHead, chunk("IHDR", head),
        chunk("IDAT", deflateSync(Buffer.concat(lines))), chunk("IEND", Buffer.alloc(0))]);
}

function authorized(citizen) {
    return { Authorization: `Bearer ${citizen.token.wechat}` };
}

async function put(citizen, file, key = number(32)) {
    const answer = await fetch(uploads, {
        method: "POST", body: file,
        headers: { ...authorized(citizen), "Idempotency-Key": key, "Content-Type": "image/png" },
    });
    return { status: answer.status, ...await answer.json() };
}

async function get(citizen, id) {
    const answer = await fetch(`${uploads}/${id}`, { headers: authorized(citizen) });
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
}

/* Where s3rver keeps the object of an upload. */
function objectOf(id) {
    const [[hex]] = sql(`SELECT LOWER(HEX(sha256)) FROM road_upload WHERE id = '${id}'`);
    const path = `files/road/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`;
    return `${s3.directory}/${path}._S3rver_object`;
}

before(async () => {
    s3 = await startS3(`${run}/keys`);
    writeKey(rightKey);
    await reload(settings());
});

after(async () => {
    await reload(usual);
    await s3.close();
});

test("--check puts, reads and deletes an object", async () => {
    s3.seen.length = 0;
    const { isGood, text } = await check();
    assert.ok(isGood, text);
    assert.deepEqual(s3.seen.map(({ method, fault }) => [method, fault]),
        [["PUT", undefined], ["GET", undefined], ["DELETE", undefined]]);
    const left = readdirSync(s3.directory, { recursive: true });
    assert.deepEqual(left.filter((name) => name.includes("trial")), []);
});

test("--check says what is wrong in plain words", async () => {
    for (const [changes, wanted] of [
        [{ STORE_S3_URL: `https://${s3.host}/nothing` }, /NoSuchBucket.*names no bucket/],
        [{ STORE_S3_URL: `https://${s3.host}` }, /not https:\/\/host\[:port\]\/bucket/],
        [{ STORE_S3_REGION: "cn-north-1" }, /SignatureDoesNotMatch.*STORE_S3_KEY_FILE/],
        [{ HTTP_HOSTS: "" }, /HTTP_HOSTS does not name 127\.0\.0\.1/],
        [{ STORE_S3_KEY_FILE: `${run}/keys/ca/ca.crt` }, /access key id and its secret/],
        [{ STORE_S3_URL: "https://127.0.0.1:9/files", HTTP_HOSTS: "127.0.0.1:9" }, /connect/],
    ]) {
        const { isGood, text } = await check(changes);
        assert.ok(!isGood, `${JSON.stringify(changes)} was not refused`);
        assert.match(text, wanted);
    }
});

test("--check refuses a secret that is not the key's", async () => {
    writeKey({ ...rightKey, secretAccessKey: "another" });
    try {
        const { isGood, text } = await check();
        assert.ok(!isGood);
        assert.match(text, /SignatureDoesNotMatch.*STORE_S3_KEY_FILE/);
    } finally {
        writeKey(rightKey);
    }
});

/* 100 Continue comes into play above a mebibyte. */
for (const side of [4, 1400]) {
    test(`a picture of ${side} lines comes back as it was, and is sealed there`, async () => {
        const citizen = await newCitizen();
        const { status, id, size } = await put(citizen, picture(side));
        assert.equal(status, 201);
        const { status: shown, bytes } = await get(citizen, id);
        assert.equal(shown, 200);
        assert.equal(bytes.length, size);
        assert.ok(bytes.subarray(0, 8).equals(pngHead));
        const kept = readFileSync(objectOf(id));
        assert.equal(kept.length, size + 16);
        assert.ok(!kept.includes(pngHead) && !kept.includes("IHDR"));
    });
}

test("the same picture again is the same object, made fresh", async () => {
    const file = picture(8);
    const first = await put(await newCitizen(), file);
    utimesSync(objectOf(first.id), 1000, 1000);
    const second = await put(await newCitizen(), file);
    assert.equal(second.status, 201);
    assert.equal(objectOf(second.id), objectOf(first.id));
});

test("under a wrong secret an upload is answered with 503, and nothing is half there", async () => {
    const citizen = await newCitizen();
    const file = picture(8);
    const key = number(32);
    writeKey({ ...rightKey, secretAccessKey: "another" });
    try {
        const refused = await put(citizen, file, key);
        assert.equal(refused.status, 503);
        assert.equal(refused.error.code, "unavailable");
        assert.equal(s3.seen.at(-1).fault, "SignatureDoesNotMatch");
        assert.deepEqual(sql(`SELECT COUNT(*) FROM road_upload
            WHERE person_id = '${citizen.person}'`), [["0"]]);
    } finally {
        writeKey(rightKey);
    }
    assert.equal((await put(citizen, file, key)).status, 201);
});

test("what was changed there is not shown, and what is gone is not found", async () => {
    const citizen = await newCitizen();
    const { id } = await put(citizen, picture(8));
    const path = objectOf(id);
    const kept = readFileSync(path);
    kept[0] ^= 1;
    writeFileSync(path, kept);
    assert.equal((await get(citizen, id)).status, 500);
    rmSync(path);
    assert.equal((await get(citizen, id)).status, 404);
});

test("who deletes an upload leaves a fresh object, and takes an old one away", async () => {
    const citizen = await newCitizen();
    for (const isOld of [false, true]) {
        const { id } = await put(citizen, picture(8));
        const path = objectOf(id);
        if (isOld) {
            const anHourAgo = Date.now() / 1000 - 3700;
            utimesSync(path, anHourAgo, anHourAgo);
        }
        const deleted = await ask("DELETE", `${uploads}/${id}`, undefined, authorized(citizen));
        assert.equal(deleted.status, 200);
        const own = `kind = 'drop_upload' AND dedupe LIKE '%-${id}'`;
        const waiting = `FROM road_job WHERE ${own} AND state IN ('ready', 'leased')`;
        assert.deepEqual(sql(`SELECT COUNT(*) ${waiting}`), [["1"]]);
        sql(`UPDATE road_job SET run_at = '2018-01-01' WHERE ${own}`);
        await until("the job", () => sql(`SELECT COUNT(*) ${waiting}`), ([[n]]) => n === "0");
        assert.equal(existsSync(path), !isOld);
    }
});
