#include "core/crypto_gateway.h"
#include "core/crypto_openssl.h"

#include <assert.h>

#define GCM_KEY 32
#define GCM_NONCE 12
#define GCM_TAG 16
#define BLOCK 16

static const struct bytes nothing = {NULL, 0};

static EVP_CIPHER_CTX *opened(void)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    crypto_must(context != NULL);
    return context;
}

struct bytes aes_gcm_seal(struct arena *arena, struct bytes key, struct bytes nonce,
                          struct bytes aad, struct bytes plain)
{
    unsigned char *sealed = arena_alloc(arena, plain.size + GCM_TAG);
    EVP_CIPHER_CTX *context = opened();
    int size = 0;

    assert(key.size == GCM_KEY && nonce.size == GCM_NONCE);
    crypto_must(
        EVP_EncryptInit_ex2(context, algorithms()->aes_256_gcm, key.data, nonce.data, NULL) == 1);
    if (aad.size > 0)
        crypto_must(EVP_EncryptUpdate(context, NULL, &size, aad.data, crypto_int(aad.size)) == 1);
    if (plain.size > 0)
        crypto_must(EVP_EncryptUpdate(context, sealed, &size, plain.data, crypto_int(plain.size)) ==
                    1);
    crypto_must(EVP_EncryptFinal_ex(context, sealed + plain.size, &size) == 1);
    crypto_must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, sealed + plain.size) ==
                1);
    EVP_CIPHER_CTX_free(context);
    return (struct bytes){sealed, plain.size + GCM_TAG};
}

/* Whether the tag fits; `plain` has room for the text without it. */
static bool gcm_open(EVP_CIPHER_CTX *context, struct bytes aad, struct bytes sealed,
                     unsigned char *plain)
{
    unsigned char tag[GCM_TAG];
    size_t text_size = sealed.size - GCM_TAG;
    int size = 0;

    memcpy(tag, sealed.data + text_size, GCM_TAG);
    crypto_must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, tag) == 1);
    if (aad.size > 0)
        crypto_must(EVP_DecryptUpdate(context, NULL, &size, aad.data, crypto_int(aad.size)) == 1);
    if (text_size > 0)
        crypto_must(EVP_DecryptUpdate(context, plain, &size, sealed.data, crypto_int(text_size)) ==
                    1);
    return EVP_DecryptFinal_ex(context, plain + text_size, &size) == 1;
}

struct bytes aes_gcm_open(struct arena *arena, struct bytes key, struct bytes nonce,
                          struct bytes aad, struct bytes sealed)
{
    EVP_CIPHER_CTX *context;
    unsigned char *plain;
    bool fits;

    assert(key.size == GCM_KEY);
    if (nonce.size != GCM_NONCE || sealed.data == NULL || sealed.size < GCM_TAG)
        return nothing;
    plain = arena_alloc(arena, sealed.size); /* one byte or more behind the text stay zero */
    context = opened();
    crypto_must(
        EVP_DecryptInit_ex2(context, algorithms()->aes_256_gcm, key.data, nonce.data, NULL) == 1);
    fits = gcm_open(context, aad, sealed, plain);
    EVP_CIPHER_CTX_free(context);
    crypto_forget_errors();
    if (fits)
        return (struct bytes){plain, sealed.size - GCM_TAG};
    wipe(plain, sealed.size); /* unverified text must not be found by anybody */
    return nothing;
}

static const EVP_CIPHER *aes_cbc(size_t key_size)
{
    assert(key_size == 16 || key_size == 32);
    return key_size == 16 ? algorithms()->aes_128_cbc : algorithms()->aes_256_cbc;
}

static struct bytes cbc_open(struct arena *arena, const EVP_CIPHER *cipher, bool is_padded,
                             struct bytes key, struct bytes iv, struct bytes sealed)
{
    EVP_CIPHER_CTX *context;
    unsigned char *plain;
    int size = 0, rest = 0;
    bool fits;

    if (iv.size != BLOCK || sealed.data == NULL || sealed.size == 0 || sealed.size % BLOCK != 0)
        return nothing;
    plain = arena_alloc(arena, sealed.size + BLOCK);
    context = opened();
    crypto_must(EVP_DecryptInit_ex2(context, cipher, key.data, iv.data, NULL) == 1);
    crypto_must(EVP_CIPHER_CTX_set_padding(context, is_padded) == 1);
    crypto_must(EVP_DecryptUpdate(context, plain, &size, sealed.data, crypto_int(sealed.size)) ==
                1);
    fits = EVP_DecryptFinal_ex(context, plain + size, &rest) == 1;
    EVP_CIPHER_CTX_free(context);
    crypto_forget_errors();
    if (!fits) {
        wipe(plain, sealed.size + BLOCK);
        return nothing;
    }
    size += rest;
    memset(plain + size, 0, sealed.size + BLOCK - (size_t)size);
    return (struct bytes){plain, (size_t)size};
}

struct bytes aes_cbc_open(struct arena *arena, struct bytes key, struct bytes iv,
                          struct bytes sealed)
{
    return cbc_open(arena, aes_cbc(key.size), true, key, iv, sealed);
}

struct bytes aes_cbc_open_blocks(struct arena *arena, struct bytes key, struct bytes iv,
                                 struct bytes sealed)
{
    return cbc_open(arena, aes_cbc(key.size), false, key, iv, sealed);
}

struct bytes sm4_cbc_open(struct arena *arena, struct bytes key, struct bytes iv,
                          struct bytes sealed)
{
    assert(key.size == 16);
    return cbc_open(arena, algorithms()->sm4_cbc, true, key, iv, sealed);
}

struct bytes sm4_cbc_seal(struct arena *arena, struct bytes key, struct bytes iv,
                          struct bytes plain)
{
    unsigned char *sealed = arena_alloc(arena, plain.size + BLOCK);
    EVP_CIPHER_CTX *context = opened();
    int size = 0, rest = 0;

    assert(key.size == 16 && iv.size == BLOCK);
    crypto_must(EVP_EncryptInit_ex2(context, algorithms()->sm4_cbc, key.data, iv.data, NULL) == 1);
    if (plain.size > 0)
        crypto_must(EVP_EncryptUpdate(context, sealed, &size, plain.data, crypto_int(plain.size)) ==
                    1);
    crypto_must(EVP_EncryptFinal_ex(context, sealed + size, &rest) == 1);
    EVP_CIPHER_CTX_free(context);
    return (struct bytes){sealed, (size_t)size + (size_t)rest};
}
