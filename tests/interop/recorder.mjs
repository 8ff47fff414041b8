/*
 * Stands between two servers and keeps what passes, byte for byte: node recorder.mjs KEYS RECORDS
 * LISTEN:TARGET... with ports on 127.0.0.1, TLS on both sides. GET http://127.0.0.1:RECORDS/ lists
 * the exchanges so far.
 */
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

const [keys, recordsPort, ...pairs] = process.argv.slice(2);
const identity = {
    key: readFileSync(`${keys}/ca/server.key`),
    cert: readFileSync(`${keys}/ca/server.crt`),
};
const ca = readFileSync(`${keys}/ca/ca.crt`);
const records = [];

async function whole(stream) {
    const parts = [];
    for await (const part of stream) {
        parts.push(part);
    }
    return Buffer.concat(parts);
}

function forward(request, target, body) {
    return new Promise((resolve, reject) => {
        const call = https.request({
            host: "127.0.0.1", port: target, ca, method: request.method, path: request.url,
            headers: request.headers,
        }, resolve);
        call.on("error", reject).end(body);
    });
}

async function pass(target, request, response) {
    const body = await whole(request);
    const answer = await forward(request, target, body);
    const answered = await whole(answer);
    records.push({
        target: request.url, method: request.method, headers: request.headers,
        body: body.toString("utf8"), status: answer.statusCode, answerHeaders: answer.headers,
        answer: answered.toString("utf8"),
    });
    response.writeHead(answer.statusCode, answer.rawHeaders).end(answered);
}

for (const pair of pairs) {
    const [listen, target] = pair.split(":").map(Number);
    https.createServer(identity, (request, response) => {
        pass(target, request, response).catch(() => response.destroy());
    }).listen(listen, "127.0.0.1");
}
const list = http.createServer((request, response) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(records));
});
// A test that waits for the database may leave a connection idle for longer than the usual five seconds,
// and would find it closed at its next question.
list.keepAliveTimeout = 0;
list.listen(Number(recordsPort), "127.0.0.1");
