/*
 * The OpenSSL side of crypto.h: what its files share. Only crypto*.c and certificate.c include it,
 * so that OpenSSL can be replaced behind them.
 */
#ifndef CORE_CRYPTO_OPENSSL_H
#define CORE_CRYPTO_OPENSSL_H

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "core/crypto.h"

/* Looked up once a process: a look-up takes a lock and costs more than a short digest. */
struct algorithms {
    EVP_MD *md5, *sha1, *sha256, *sm3;
    EVP_MAC *hmac;
    EVP_KDF *hkdf;
    EVP_CIPHER *aes_128_cbc, *aes_256_cbc, *aes_256_gcm, *sm4_cbc;
};

const struct algorithms *algorithms(void);

struct key {
    EVP_PKEY *pkey;
    bool is_private;
    /* Begun signature contexts, copied for each use; NULL for a key that cannot do it. */
    EVP_MD_CTX *sign;
    EVP_MD_CTX *verify;
};

/* Takes over the reference; NULL, and the reference dropped, unless it is RSA or SM2. */
struct key *key_wrap(EVP_PKEY *pkey, bool is_private);

/* A signature context ready for data; `identity` counts for SM2 alone. */
typedef int begin_function(EVP_MD_CTX *, EVP_PKEY_CTX **, const char *, OSSL_LIB_CTX *,
                           const char *, EVP_PKEY *, const OSSL_PARAM *);
EVP_MD_CTX *signature_begun(EVP_PKEY *pkey, const char *identity, begin_function *begin);

/* For what fails only when memory is exhausted or OpenSSL is broken. */
void crypto_must(bool happened);

/* Forgets what OpenSSL noted about a refused input: libcurl reads the same list. */
void crypto_forget_errors(void);

int crypto_int(size_t size); /* aborts if it does not fit */

#endif
