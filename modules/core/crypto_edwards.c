#include "core/crypto_openssl.h"
#include "core/crypto_paper.h"

#include <assert.h>
#include <openssl/pem.h>

static struct key *wrapped(EVP_PKEY *pkey, bool is_private)
{
    struct key *key;

    crypto_forget_errors();
    if (pkey == NULL || EVP_PKEY_is_a(pkey, "ED25519") != 1) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    key = calloc(1, sizeof(*key));
    crypto_must(key != NULL);
    key->pkey = pkey;
    key->is_private = is_private;
    return key;
}

/* An encrypted key is refused; without this OpenSSL would ask the terminal for its password. */
static int no_password(char *buffer, int size, int writing, void *unused)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)unused;
    return -1;
}

struct key *key_private_ed25519(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, crypto_int(strlen(pem)));
    EVP_PKEY *pkey;

    crypto_must(bio != NULL);
    pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    BIO_free(bio);
    return wrapped(pkey, true);
}

struct key *key_public_ed25519(struct bytes raw)
{
    if (raw.size != ED25519_KEY_SIZE)
        return NULL;
    return wrapped(EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, raw.data, raw.size),
                   false);
}

void key_raw_ed25519(const struct key *key, unsigned char raw[ED25519_KEY_SIZE])
{
    size_t size = ED25519_KEY_SIZE;

    crypto_must(EVP_PKEY_get_raw_public_key(key->pkey, raw, &size) == 1);
}

void sign_ed25519(const struct key *key, struct bytes message,
                  unsigned char signature[ED25519_SIGNATURE_SIZE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t size = ED25519_SIGNATURE_SIZE;

    assert(key->is_private);
    crypto_must(context != NULL &&
                EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, key->pkey, NULL) == 1);
    crypto_must(EVP_DigestSign(context, signature, &size, message.data, message.size) == 1);
    EVP_MD_CTX_free(context);
}

bool verify_ed25519(const struct key *key, struct bytes message, struct bytes signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good;

    crypto_must(context != NULL &&
                EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, key->pkey, NULL) == 1);
    is_good =
        signature.size == ED25519_SIGNATURE_SIZE &&
        EVP_DigestVerify(context, signature.data, signature.size, message.data, message.size) == 1;
    EVP_MD_CTX_free(context);
    crypto_forget_errors();
    return is_good;
}

const char *base64url_encode(struct arena *arena, struct bytes data)
{
    char *text = arena_text(arena, base64_encode(arena, data));

    for (char *at = text; *at != '\0'; at++)
        *at = *at == '+' ? '-' : *at == '/' ? '_' : *at == '=' ? '\0' : *at;
    return text;
}

struct bytes base64url_decode(struct arena *arena, const char *text, size_t size)
{
    char *padded = arena_alloc(arena, size + 4);
    struct bytes data;
    const char *again;

    if (size % 4 == 1)
        return (struct bytes){NULL, 0};
    for (size_t i = 0; i < size; i++)
        padded[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    for (size_t i = size; i % 4 != 0; i++)
        padded[i] = '=';
    data = base64_decode(arena, padded);
    if (data.data == NULL)
        return data;
    /* Of letters that stand for the same bytes only ours are taken. */
    again = base64url_encode(arena, data);
    if (strlen(again) != size || memcmp(again, text, size) != 0)
        return (struct bytes){NULL, 0};
    return data;
}
