/*
 * What single gateways ask for beside crypto.h: the national algorithms, encryption to a key, and
 * old digests. MD5 and SHA-1 name things here, they protect nothing.
 */
#ifndef CORE_CRYPTO_GATEWAY_H
#define CORE_CRYPTO_GATEWAY_H

#include "core/crypto.h"

/* SM2 with SM3, DER in base64. The signer's identity takes part; we sign under the default one. */
#define SM2_DEFAULT_ID "1234567812345678"
const char *sign_sm2_sm3(struct arena *arena, const struct key *key, struct bytes message);
bool verify_sm2_sm3(const struct key *key, const char *identity, struct bytes message,
                    const char *signature_base64);

/* RSA-OAEP with SHA-1; NULL when the text is too long, or does not open. */
const char *oaep_seal(struct arena *arena, const struct key *key, struct bytes plain);
struct bytes oaep_open(struct arena *arena, const struct key *key, const char *sealed_base64);

/* Lower-case hex of the digest of the data. */
const char *digest_hex(struct arena *arena, enum digest which, struct bytes data);

/* SM4-CBC with PKCS#7; key and iv 16 bytes. NULL data when it does not open. */
struct bytes sm4_cbc_seal(struct arena *arena, struct bytes key, struct bytes iv,
                          struct bytes plain);
struct bytes sm4_cbc_open(struct arena *arena, struct bytes key, struct bytes iv,
                          struct bytes sealed);
/* AES-CBC by key size, whole blocks as they are: the padding is the caller's. */
struct bytes aes_cbc_open_blocks(struct arena *arena, struct bytes key, struct bytes iv,
                                 struct bytes sealed);

/* Fills `derived` by HKDF (RFC 5869, no salt) over SHA-256 or SM3. */
void hkdf(enum digest which, struct bytes key, struct bytes info, void *derived, size_t size);

/* Decodes into a buffer; 0 when malformed, empty or too long for it. */
size_t base64_decode_into(const char *text, unsigned char *buffer, size_t size);

#endif
