#include "core/crypto_gateway.h"
#include "core/crypto_openssl.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

struct digest_stream {
    EVP_MD_CTX *context;
};

static const EVP_MD *algorithm(enum digest which)
{
    switch (which) {
    case DIGEST_MD5:
        return algorithms()->md5;
    case DIGEST_SHA1:
        return algorithms()->sha1;
    case DIGEST_SHA256:
        return algorithms()->sha256;
    case DIGEST_SM3:
        return algorithms()->sm3;
    }
    abort();
}

void sha256(struct bytes data, unsigned char digest[SHA256_SIZE])
{
    crypto_must(EVP_Digest(data.data, data.size, digest, NULL, algorithms()->sha256, NULL) == 1);
}

const char *sha256_hex(struct arena *arena, struct bytes data)
{
    return digest_hex(arena, DIGEST_SHA256, data);
}

const char *digest_hex(struct arena *arena, enum digest which, struct bytes data)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    crypto_must(EVP_Digest(data.data, data.size, digest, &size, algorithm(which), NULL) == 1);
    return hex_encode(arena, (struct bytes){digest, size});
}

static void hmac(char *digest_name, struct bytes key, struct bytes data, unsigned char *mac,
                 size_t room)
{
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, strlen(digest_name)),
        OSSL_PARAM_END,
    };
    /* An absent key pointer would mean: keep the key of before. */
    const unsigned char *key_data = key.size > 0 ? key.data : (const unsigned char *)"";
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(algorithms()->hmac);
    size_t size = 0;

    crypto_must(context != NULL && EVP_MAC_init(context, key_data, key.size, parameters) == 1);
    crypto_must(EVP_MAC_update(context, data.data, data.size) == 1);
    crypto_must(EVP_MAC_final(context, mac, &size, room) == 1 && size == room);
    EVP_MAC_CTX_free(context);
}

void hmac_sha256(struct bytes key, struct bytes data, unsigned char mac[SHA256_SIZE])
{
    char name[] = "SHA256";

    hmac(name, key, data, mac, SHA256_SIZE);
}

void hmac_sm3(struct bytes key, struct bytes data, unsigned char mac[SHA256_SIZE])
{
    char name[] = "SM3";

    hmac(name, key, data, mac, SHA256_SIZE);
}

void hmac_sha1(struct bytes key, struct bytes data, unsigned char mac[SHA1_SIZE])
{
    char name[] = "SHA1";

    hmac(name, key, data, mac, SHA1_SIZE);
}

void hkdf(enum digest which, struct bytes key, struct bytes info, void *derived, size_t size)
{
    char sha256_name[] = "SHA256", sm3_name[] = "SM3";
    char *name = which == DIGEST_SM3 ? sm3_name : sha256_name;
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, name, strlen(name)),
        /* OSSL_PARAM has no read-only form; the derivation only reads. */
        OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)key.data, key.size),
        OSSL_PARAM_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info.data, info.size),
        OSSL_PARAM_END,
    };
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(algorithms()->hkdf);

    crypto_must(which == DIGEST_SHA256 || which == DIGEST_SM3);
    crypto_must(context != NULL && EVP_KDF_derive(context, derived, size, parameters) == 1);
    EVP_KDF_CTX_free(context);
}

struct digest_stream *digest_begin(enum digest which)
{
    struct digest_stream *stream = malloc(sizeof(*stream));

    crypto_must(stream != NULL);
    stream->context = EVP_MD_CTX_new();
    crypto_must(stream->context != NULL);
    crypto_must(EVP_DigestInit_ex(stream->context, algorithm(which), NULL) == 1);
    return stream;
}

void digest_add(struct digest_stream *stream, struct bytes data)
{
    crypto_must(EVP_DigestUpdate(stream->context, data.data, data.size) == 1);
}

static size_t end_stream(struct digest_stream *stream, unsigned char *digest)
{
    unsigned size = 0;

    crypto_must(EVP_DigestFinal_ex(stream->context, digest, &size) == 1);
    EVP_MD_CTX_free(stream->context);
    free(stream);
    return size;
}

void digest_end(struct digest_stream *stream, unsigned char *digest)
{
    (void)end_stream(stream, digest);
}

const char *digest_end_hex(struct arena *arena, struct digest_stream *stream)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    size_t size = end_stream(stream, digest);

    return hex_encode(arena, (struct bytes){digest, size});
}
