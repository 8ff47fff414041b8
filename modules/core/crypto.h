/*
 * All production cryptography, over OpenSSL 3. Keys are parsed once into shared, thread-safe
 * handles; digests are fetched once. Signatures are PKCS#1 v1.5 with SHA-256 unless said otherwise.
 * Functions with a product in an arena return NULL when the input is malformed or does not verify;
 * nothing says which check failed.
 */
#ifndef CORE_CRYPTO_H
#define CORE_CRYPTO_H

#include "core/arena.h"
#include "core/error.h"
#include "core/value.h"

struct key; /* a parsed RSA or SM2 key, private or public; freed with key_close */

/* From PEM text (PKCS#8, PKCS#1, SPKI or a certificate's public key). NULL when it is none. */
struct key *key_private(const char *pem);
struct key *key_public(const char *pem);
void key_close(struct key *key);
int64_t key_bits(const struct key *key);
bool key_is_pair(const struct key *private_key, const struct key *public_key);
/* Which public key it is: hex of the SHA-256 of its SubjectPublicKeyInfo. */
const char *key_fingerprint(struct arena *arena, const struct key *key);

/* base64 of the signature over the joined parts; aborts only on misuse, NULL if signing failed. */
const char *sign_rsa_sha256(struct arena *arena, const struct key *key, struct bytes message);
bool verify_rsa_sha256(const struct key *key, struct bytes message, const char *signature_base64);
bool verify_rsa_sha256_raw(const struct key *key, struct bytes message, struct bytes signature);

struct bytes bytes_of(const char *text);
bool bytes_equal(struct bytes a, struct bytes b); /* constant time; false for other lengths */

#define SHA256_SIZE 32
void sha256(struct bytes data, unsigned char digest[SHA256_SIZE]);
void hmac_sha256(struct bytes key, struct bytes data, unsigned char mac[SHA256_SIZE]);
void hmac_sm3(struct bytes key, struct bytes data, unsigned char mac[SHA256_SIZE]);
#define SHA1_SIZE 20
/* For one-time codes alone (RFC 6238): as a MAC SHA-1 holds, as a digest it does not. */
void hmac_sha1(struct bytes key, struct bytes data, unsigned char mac[SHA1_SIZE]);
const char *sha256_hex(struct arena *arena, struct bytes data);

enum digest { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SM3 };
/* The digest of what does not fit in memory; either end frees the stream. `digest` has room for
   what the algorithm makes; hex is lower case. */
struct digest_stream;
struct digest_stream *digest_begin(enum digest which);
void digest_add(struct digest_stream *stream, struct bytes data);
void digest_end(struct digest_stream *stream, unsigned char *digest);
const char *digest_end_hex(struct arena *arena, struct digest_stream *stream);

/* AES-256-GCM; `sealed` is ciphertext with the 16-byte tag at its end. Nonce 12 bytes. */
struct bytes aes_gcm_seal(struct arena *arena, struct bytes key, struct bytes nonce,
                          struct bytes aad, struct bytes plain);
struct bytes aes_gcm_open(struct arena *arena, struct bytes key, struct bytes nonce,
                          struct bytes aad, struct bytes sealed);
struct bytes aes_cbc_open(struct arena *arena, struct bytes key, struct bytes iv,
                          struct bytes sealed); /* AES-128 or -256 by key size, PKCS#7 checked */

void random_bytes(void *buffer, size_t size);
const char *random_text(struct arena *arena, size_t letters); /* [0-9A-Za-z] */

const char *base64_encode(struct arena *arena, struct bytes data);
struct bytes base64_decode(struct arena *arena, const char *text); /* data NULL if malformed */
const char *hex_encode(struct arena *arena, struct bytes data);    /* lower case */
struct bytes hex_decode(struct arena *arena, const char *text);

void wipe(void *secret, size_t size);

#endif
