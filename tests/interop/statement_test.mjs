/*
 * The statement in the code on a paper, held to jose (RFC 7515, 8037). Ed25519 signs the same message
 * the same way, so unit/statement_test.c compares our own bytes with the same file.
 */
import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { SignJWT, calculateJwkThumbprint, createLocalJWKSet, jwtVerify } from "jose";

const made = JSON.parse(readFileSync(new URL("../support/statement.json", import.meta.url)));
const keySet = { keys: [{ ...made.jwk, alg: "EdDSA", use: "sig" }] };

test("jose verifies it with the public key as JWK", async () => {
    const { payload, protectedHeader } = await jwtVerify(made.token, createLocalJWKSet(keySet));
    assert.deepEqual(payload, made.claims);
    assert.deepEqual(protectedHeader, { alg: "EdDSA", kid: made.jwk.kid });
});

test("jose makes the same", async () => {
    const token = await new SignJWT(made.claims)
        .setProtectedHeader({ alg: "EdDSA", kid: made.jwk.kid })
        .sign(createPrivateKey(made.private_key));
    assert.equal(token, made.token);
});

test("the key's name is the beginning of its thumbprint", async () => {
    assert.equal((await calculateJwkThumbprint(made.jwk)).slice(0, 8), made.jwk.kid);
});

test("jose refuses it under another key", async () => {
    const x = `A${made.jwk.x.slice(1)}`;
    await assert.rejects(jwtVerify(made.token,
        createLocalJWKSet({ keys: [{ ...keySet.keys[0], x }] })));
});
