/*
 * The gateways' side of cryptography, over mbedTLS 2.28. It shares no line with core/crypto: what
 * one side signs, the other verifies with another library. Results live in the arena. A key is
 * parsed once and shared by all threads (mbedTLS locks inside).
 */
#ifndef SIMULATOR_WIRE_CRYPTO_H
#define SIMULATOR_WIRE_CRYPTO_H

#include "core/arena.h"
#include "core/value.h"

struct wire_key;
struct wire_random;

/* The source of random bytes, also for blinding; lives and ends with the arena. NULL when the
   system has no entropy. */
struct wire_random *wire_random_open(struct arena *arena);
void wire_random_bytes(struct wire_random *random, unsigned char *buffer, size_t size);
const char *wire_random_text(struct arena *arena, struct wire_random *random, size_t letters);
const char *wire_random_digits(struct arena *arena, struct wire_random *random, size_t digits);

/* PEM text, `size` without a zero byte behind it. NULL when it is no such key. */
struct wire_key *wire_key_private(struct arena *arena, const char *pem, size_t size);
struct wire_key *wire_key_public(struct arena *arena, const char *pem, size_t size);
/* The key of the first certificate in the text. */
struct wire_key *wire_key_certified(struct arena *arena, const char *pem, size_t size);

/* What the wire says of a certificate: serial in upper-case hex, validity in RFC 3339 UTC+8. */
struct wire_certificate {
    const char *serial;
    const char *starts;
    const char *ends;
    const char *pem;
};
bool wire_certificate_read(struct arena *arena, const char *pem, size_t size,
                           struct wire_certificate *certificate);
/* The same number in decimal, of any size. */
const char *wire_decimal(struct arena *arena, const char *hex);

/* How Alipay names a certificate, the first of the text: MD5 over issuer and serial number. NULL
   when it is none. */
const char *wire_alipay_sn(struct arena *arena, const char *pem, size_t size);
/* Of all certificates of the text that are signed with RSA, joined by "_"; "" for none. */
const char *wire_alipay_root_sn(struct arena *arena, const char *pem, size_t size);

/* base64 of RSA PKCS#1 v1.5 over SHA-256; never NULL: failing to sign is a bug and aborts. */
const char *wire_sign(struct arena *arena, struct wire_random *random, const struct wire_key *key,
                      const char *message);
bool wire_verify(struct arena *arena, const struct wire_key *key, struct bytes message,
                 const char *signature);

/* base64 of AES-256-GCM ciphertext and tag; key 32 bytes, nonce 12. */
const char *wire_seal(struct arena *arena, const char *key, const char *nonce, const char *aad,
                      const char *plain);

const char *wire_sha256_hex(struct arena *arena, const char *text);
/* Hex of HMAC-SHA256. */
const char *wire_hmac_hex(struct arena *arena, const char *key, const char *text);
const char *wire_sha1_hex(struct arena *arena, struct bytes data);
const char *wire_base64(struct arena *arena, const unsigned char *data, size_t size);
/* The first eight bytes of SHA-256 as a number: dice that can be thrown again. */
uint64_t wire_dice(const char *text);

#endif
