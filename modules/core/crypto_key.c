#include "core/crypto_gateway.h"
#include "core/crypto_openssl.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* An encrypted key is refused; without this OpenSSL would ask the terminal for its password. */
static int no_password(char *buffer, int size, int writing, void *unused)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)unused;
    return -1;
}

static BIO *text_opened(const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, crypto_int(strlen(text)));

    crypto_must(bio != NULL);
    return bio;
}

EVP_MD_CTX *signature_begun(EVP_PKEY *pkey, const char *identity, begin_function *begin)
{
    const OSSL_PARAM with_identity[] = {
        /* OSSL_PARAM has no read-only form; the identity is only read. */
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_DIST_ID, (void *)(uintptr_t)identity,
                                strlen(identity)),
        OSSL_PARAM_END,
    };
    bool is_sm2 = EVP_PKEY_is_a(pkey, "SM2") == 1;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters = NULL; /* lives in the context */

    crypto_must(context != NULL);
    crypto_must(begin(context, &parameters, is_sm2 ? "SM3" : "SHA256", NULL, NULL, pkey, NULL) ==
                1);
    /* Handed to the call above, OpenSSL 3.0.19 refuses it without a word. */
    crypto_must(!is_sm2 || EVP_PKEY_CTX_set_params(parameters, with_identity) == 1);
    return context;
}

struct key *key_wrap(EVP_PKEY *pkey, bool is_private)
{
    struct key *key;

    if (pkey != NULL && EVP_PKEY_is_a(pkey, "RSA") != 1 && EVP_PKEY_is_a(pkey, "SM2") != 1) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    crypto_forget_errors();
    if (pkey == NULL)
        return NULL;
    key = calloc(1, sizeof(*key));
    crypto_must(key != NULL);
    key->pkey = pkey;
    key->is_private = is_private;
    key->verify = signature_begun(pkey, SM2_DEFAULT_ID, EVP_DigestVerifyInit_ex);
    if (is_private)
        key->sign = signature_begun(pkey, SM2_DEFAULT_ID, EVP_DigestSignInit_ex);
    return key;
}

struct key *key_private(const char *pem)
{
    BIO *bio = text_opened(pem);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);

    BIO_free(bio);
    return key_wrap(pkey, true);
}

static EVP_PKEY *certified_key(const char *pem)
{
    BIO *bio = text_opened(pem);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL);
    EVP_PKEY *pkey = certificate != NULL ? X509_get_pubkey(certificate) : NULL;

    X509_free(certificate);
    BIO_free(bio);
    return pkey;
}

struct key *key_public(const char *pem)
{
    BIO *bio;
    EVP_PKEY *pkey;

    /* OpenSSL would take the public half of it; a private key in this place is a mistake. */
    if (strstr(pem, "PRIVATE KEY-----") != NULL)
        return NULL;
    bio = text_opened(pem);
    pkey = PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL);
    BIO_free(bio);
    return key_wrap(pkey != NULL ? pkey : certified_key(pem), false);
}

void key_close(struct key *key)
{
    if (key == NULL)
        return;
    EVP_MD_CTX_free(key->sign);
    EVP_MD_CTX_free(key->verify);
    EVP_PKEY_free(key->pkey);
    free(key);
}

int64_t key_bits(const struct key *key)
{
    return EVP_PKEY_get_bits(key->pkey);
}

bool key_is_pair(const struct key *private_key, const struct key *public_key)
{
    bool is_pair = private_key->is_private && EVP_PKEY_eq(private_key->pkey, public_key->pkey) == 1;

    crypto_forget_errors();
    return is_pair;
}

const char *key_fingerprint(struct arena *arena, const struct key *key)
{
    unsigned char *der = NULL;
    int size = i2d_PUBKEY(key->pkey, &der);
    const char *fingerprint;

    crypto_must(size > 0);
    fingerprint = sha256_hex(arena, (struct bytes){der, (size_t)size});
    OPENSSL_free(der);
    return fingerprint;
}
