/*
 * What papers are signed with: Ed25519 for the statement in a code to scan, CMS for the file. Keys
 * and certificates are read once and shared by all threads.
 */
#ifndef CORE_CRYPTO_PAPER_H
#define CORE_CRYPTO_PAPER_H

#include "core/crypto.h"

/* Ed25519 (RFC 8032): short signatures, and the same one for the same message. */
#define ED25519_KEY_SIZE 32
#define ED25519_SIGNATURE_SIZE 64
struct key *key_private_ed25519(const char *pem); /* NULL when it is none, or of another kind */
struct key *key_public_ed25519(struct bytes raw);
/* The public half. */
void key_raw_ed25519(const struct key *key, unsigned char raw[ED25519_KEY_SIZE]);
void sign_ed25519(const struct key *key, struct bytes message,
                  unsigned char signature[ED25519_SIGNATURE_SIZE]);
bool verify_ed25519(const struct key *key, struct bytes message, struct bytes signature);

/* base64url without padding (RFC 7515). Decoding takes the one form that encoding makes; else NULL
   data. */
const char *base64url_encode(struct arena *arena, struct bytes data);
struct bytes base64url_decode(struct arena *arena, const char *text, size_t size);

/* Who signs files: an RSA key, its certificate and those up to below the root. */
struct cms_signer;
/* From PEM, the own certificate first. NULL unless the key is that of the first. */
struct cms_signer *cms_signer_open(const char *key_pem, const char *certificates_pem);
void cms_signer_close(struct cms_signer *signer);
/* A detached signature (CMS, DER) over the joined parts, as CAdES baseline B and PAdES ask: with the
   signer's certificate named in what is signed, and without a time, which a PDF tells itself. */
struct bytes cms_sign(struct arena *arena, const struct cms_signer *signer,
                      const struct bytes *parts, size_t count);

#endif
