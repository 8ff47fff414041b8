/*
 * An S3 service on 127.0.0.1: s3rver, which checks no signature of version 4, behind a door that does:
 * it signs what came once more with aws4 and refuses what differs, over TLS.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

import aws4 from "aws4";
import S3rver from "s3rver";

export const region = "cn-south-1";
/* s3rver knows this one alone. */
export const rightKey = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

async function whole(stream) {
    const parts = [];
    for await (const part of stream) {
        parts.push(part);
    }
    return Buffer.concat(parts);
}

function refusal(code) {
    return `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>no</Message></Error>`;
}

/* What is wrong with it, or undefined. */
function faultOf({ method, url, headers }, body) {
    const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? "")?.[1]?.split(";");
    if (!names?.includes("host") || !names.includes("x-amz-content-sha256")) {
        return "AccessDenied";
    }
    if (createHash("sha256").update(body).digest("hex") !== headers["x-amz-content-sha256"]) {
        return "XAmzContentSHA256Mismatch";
    }
    const again = aws4.sign({
        service: "s3", region, method, path: url, host: headers.host,
        headers: Object.fromEntries(names.map((name) => [name, headers[name]])),
    }, rightKey);
    return again.headers.Authorization === headers.authorization ? undefined
        : "SignatureDoesNotMatch";
}

function forward(request, port, body) {
    return new Promise((resolve, reject) => {
        http.request({
            host: "127.0.0.1", port, method: request.method, path: request.url,
            headers: request.headers,
        }, resolve).on("error", reject).end(body);
    });
}

async function pass(service, port, request, response) {
    const body = await whole(request);
    const fault = faultOf(request, body);
    service.seen.push({ method: request.method, url: request.url, fault });
    if (fault !== undefined) {
        response.writeHead(403, { "Content-Type": "application/xml" }).end(refusal(fault));
        return;
    }
    const answer = await forward(request, port, body);
    response.writeHead(answer.statusCode, answer.rawHeaders).end(await whole(answer));
}

/* With a bucket "files": its url, the folder of s3rver, what was asked for, and close(). */
export async function startS3(keys) {
    const directory = mkdtempSync(join(tmpdir(), "s3-"));
    const inner = new S3rver({
        address: "127.0.0.1", port: 0, silent: true, vhostBuckets: false, directory,
        configureBuckets: [{ name: "files" }],
    });
    const { port } = await inner.run();
    const service = { directory, seen: [] };
    const identity = {
        key: readFileSync(`${keys}/ca/server.key`), cert: readFileSync(`${keys}/ca/server.crt`),
    };
    const door = https.createServer(identity, (request, response) => {
        pass(service, port, request, response).catch(() => response.destroy());
    });
    await new Promise((resolve) => door.listen(0, "127.0.0.1", resolve));
    service.host = `127.0.0.1:${door.address().port}`;
    service.close = async () => {
        door.closeAllConnections();
        await new Promise((resolve) => door.close(resolve));
        await inner.close();
        rmSync(directory, { recursive: true });
    };
    return service;
}
