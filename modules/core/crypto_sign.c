#include "core/crypto_openssl.h"
#include "core/crypto_gateway.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#define SIGNATURE_MAX 1024 /* an RSA key of 8192 bits */

/* A signature context is begun once a key; copying it saves a quarter of a verification. */
static EVP_MD_CTX *copied(const EVP_MD_CTX *begun)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    crypto_must(context != NULL && EVP_MD_CTX_copy_ex(context, begun) == 1);
    return context;
}

static const char *sign(struct arena *arena, const struct key *key, struct bytes message)
{
    unsigned char signature[SIGNATURE_MAX];
    size_t size = sizeof(signature);
    EVP_MD_CTX *context = copied(key->sign);
    bool signed_it = EVP_DigestSign(context, signature, &size, message.data, message.size) == 1;

    EVP_MD_CTX_free(context);
    crypto_forget_errors();
    return signed_it ? base64_encode(arena, (struct bytes){signature, size}) : NULL;
}

static bool verify_with(EVP_MD_CTX *context, struct bytes message, struct bytes signature)
{
    bool is_good =
        EVP_DigestVerify(context, signature.data, signature.size, message.data, message.size) == 1;

    EVP_MD_CTX_free(context);
    crypto_forget_errors();
    return is_good;
}

/* Signatures come from strangers and are checked where no arena is at hand. */
static size_t signature_of(const char *base64, unsigned char buffer[SIGNATURE_MAX])
{
    return base64 != NULL ? base64_decode_into(base64, buffer, SIGNATURE_MAX) : 0;
}

const char *sign_rsa_sha256(struct arena *arena, const struct key *key, struct bytes message)
{
    assert(key->is_private && EVP_PKEY_is_a(key->pkey, "RSA") == 1);
    return sign(arena, key, message);
}

bool verify_rsa_sha256(const struct key *key, struct bytes message, const char *signature_base64)
{
    unsigned char buffer[SIGNATURE_MAX];
    size_t size = signature_of(signature_base64, buffer);

    return size > 0 && verify_rsa_sha256_raw(key, message, (struct bytes){buffer, size});
}

bool verify_rsa_sha256_raw(const struct key *key, struct bytes message, struct bytes signature)
{
    return EVP_PKEY_is_a(key->pkey, "RSA") == 1 &&
           verify_with(copied(key->verify), message, signature);
}

const char *sign_sm2_sm3(struct arena *arena, const struct key *key, struct bytes message)
{
    assert(key->is_private && EVP_PKEY_is_a(key->pkey, "SM2") == 1);
    return sign(arena, key, message);
}

bool verify_sm2_sm3(const struct key *key, const char *identity, struct bytes message,
                    const char *signature_base64)
{
    unsigned char buffer[SIGNATURE_MAX];
    size_t size = signature_of(signature_base64, buffer);

    return size > 0 && EVP_PKEY_is_a(key->pkey, "SM2") == 1 &&
           verify_with(signature_begun(key->pkey, identity, EVP_DigestVerifyInit_ex), message,
                       (struct bytes){buffer, size});
}

/* OAEP with SHA-1 and MGF1-SHA-1, which is what the gateways agreed on; NULL if refused. */
static EVP_PKEY_CTX *oaep(const struct key *key, int (*begin)(EVP_PKEY_CTX *, const OSSL_PARAM *))
{
    EVP_PKEY_CTX *context;

    if (EVP_PKEY_is_a(key->pkey, "RSA") != 1)
        return NULL;
    context = EVP_PKEY_CTX_new(key->pkey, NULL);
    crypto_must(context != NULL && begin(context, NULL) == 1);
    crypto_must(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1);
    crypto_must(EVP_PKEY_CTX_set_rsa_oaep_md(context, algorithms()->sha1) == 1);
    return context;
}

const char *oaep_seal(struct arena *arena, const struct key *key, struct bytes plain)
{
    unsigned char sealed[SIGNATURE_MAX];
    size_t size = sizeof(sealed);
    EVP_PKEY_CTX *context = oaep(key, EVP_PKEY_encrypt_init_ex);
    bool done =
        context != NULL && EVP_PKEY_encrypt(context, sealed, &size, plain.data, plain.size) == 1;

    EVP_PKEY_CTX_free(context);
    crypto_forget_errors();
    return done ? base64_encode(arena, (struct bytes){sealed, size}) : NULL;
}

struct bytes oaep_open(struct arena *arena, const struct key *key, const char *sealed_base64)
{
    unsigned char sealed[SIGNATURE_MAX], plain[SIGNATURE_MAX];
    size_t sealed_size = signature_of(sealed_base64, sealed), size = sizeof(plain);
    EVP_PKEY_CTX *context;
    struct bytes product = {NULL, 0};

    assert(key->is_private);
    context = oaep(key, EVP_PKEY_decrypt_init_ex);
    if (context != NULL && EVP_PKEY_decrypt(context, plain, &size, sealed, sealed_size) == 1)
        product = (struct bytes){(unsigned char *)arena_text_of(arena, plain, size), size};
    EVP_PKEY_CTX_free(context);
    crypto_forget_errors();
    wipe(plain, sizeof(plain));
    return product;
}
