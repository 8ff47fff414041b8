#include "core/crypto_openssl.h"

#include <limits.h>
#include <openssl/err.h>
#include <pthread.h>

static struct algorithms found;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void find_algorithms(void)
{
    found = (struct algorithms){
        .md5 = EVP_MD_fetch(NULL, "MD5", NULL),
        .sha1 = EVP_MD_fetch(NULL, "SHA1", NULL),
        .sha256 = EVP_MD_fetch(NULL, "SHA256", NULL),
        .sm3 = EVP_MD_fetch(NULL, "SM3", NULL),
        .hmac = EVP_MAC_fetch(NULL, "HMAC", NULL),
        .hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL),
        .aes_128_cbc = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL),
        .aes_256_cbc = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL),
        .aes_256_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL),
        .sm4_cbc = EVP_CIPHER_fetch(NULL, "SM4-CBC", NULL),
    };
    crypto_must(found.md5 && found.sha1 && found.sha256 && found.sm3);
    crypto_must(found.hmac && found.hkdf);
    crypto_must(found.aes_128_cbc && found.aes_256_cbc && found.aes_256_gcm && found.sm4_cbc);
}

const struct algorithms *algorithms(void)
{
    pthread_once(&once, find_algorithms);
    return &found;
}

void crypto_must(bool happened)
{
    if (happened)
        return;
    ERR_print_errors_fp(stderr);
    abort();
}

void crypto_forget_errors(void)
{
    ERR_clear_error();
}

int crypto_int(size_t size)
{
    crypto_must(size <= INT_MAX);
    return (int)size;
}
