/*
 * Callbacks of WeChat Pay for prepared orders, signed as WeChat Pay does.
 *
 *   bench_sign_callbacks KEY APIV3_KEY_FILE FIRST COUNT < TEMPLATE
 *
 * TEMPLATE is the plain transaction in one line; each {i} in it becomes the number of the order in
 * 14 digits. Prints a line each: timestamp, nonce, signature and body, with tabs between.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEXT_MAX = 8192, TAG = 16, NONCE = 12 };

static void fail(const char *what)
{
    fprintf(stderr, "sign_callbacks: %s\n", what);
    exit(EXIT_FAILURE);
}

static EVP_PKEY *read_key(const char *path)
{
    FILE *file = fopen(path, "re");
    EVP_PKEY *key = file == NULL ? NULL : PEM_read_PrivateKey(file, NULL, NULL, NULL);

    if (key == NULL)
        fail(path);
    fclose(file);
    return key;
}

static void read_secret(const char *path, char secret[64])
{
    FILE *file = fopen(path, "re");

    if (file == NULL || fgets(secret, 64, file) == NULL)
        fail(path);
    fclose(file);
    secret[strcspn(secret, "\r\n")] = '\0';
    if (strlen(secret) != 32)
        fail("the APIv3 key has 32 characters");
}

static size_t fill(const char *template, long number, char *text)
{
    FILE *out = fmemopen(text, TEXT_MAX, "w");
    const char *mark;

    while ((mark = strstr(template, "{i}")) != NULL) {
        fprintf(out, "%.*s%014ld", (int)(mark - template), template, number);
        template = mark + 3;
    }
    fprintf(out, "%s", template);
    fclose(out);
    return strlen(text);
}

/* Base64 of ciphertext and tag. */
static void seal(const char *secret, const char *nonce, const char *text, size_t size, char *out)
{
    static unsigned char sealed[TEXT_MAX + TAG];
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0;

    if (context == NULL ||
        !EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, (const unsigned char *)secret,
                            (const unsigned char *)nonce) ||
        !EVP_EncryptUpdate(context, NULL, &written, (const unsigned char *)"transaction", 11) ||
        !EVP_EncryptUpdate(context, sealed, &written, (const unsigned char *)text, (int)size) ||
        !EVP_EncryptFinal_ex(context, sealed + written, &written) ||
        !EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, sealed + size))
        fail("sealing");
    EVP_CIPHER_CTX_free(context);
    EVP_EncodeBlock((unsigned char *)out, sealed, (int)size + TAG);
}

static void sign(EVP_PKEY *key, const char *message, char *out)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[512];
    size_t size = sizeof(signature);

    if (context == NULL || !EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) ||
        !EVP_DigestSign(context, signature, &size, (const unsigned char *)message, strlen(message)))
        fail("signing");
    EVP_MD_CTX_free(context);
    EVP_EncodeBlock((unsigned char *)out, signature, (int)size);
}

static void print_callback(EVP_PKEY *key, const char *secret, const char *template, long number)
{
    static char plain[TEXT_MAX], sealed[2 * TEXT_MAX], body[3 * TEXT_MAX], message[4 * TEXT_MAX];
    char nonce[NONCE + 1], signature[1024];
    long long now = (long long)time(NULL);
    size_t size = fill(template, number, plain);

    snprintf(nonce, sizeof(nonce), "n%011ld", number);
    seal(secret, nonce, plain, size, sealed);
    snprintf(body, sizeof(body),
             "{\"id\":\"EV-%014ld\",\"create_time\":\"2026-01-01T12:00:00+08:00\","
             "\"resource_type\":\"encrypt-resource\",\"event_type\":\"TRANSACTION.SUCCESS\","
             "\"summary\":\"支付成功\",\"resource\":{\"original_type\":\"transaction\","
             "\"algorithm\":\"AEAD_AES_256_GCM\",\"ciphertext\":\"%s\","
             "\"associated_data\":\"transaction\",\"nonce\":\"%s\"}}",
             number, sealed, nonce);
    snprintf(message, sizeof(message), "%lld\n%s%020ld\n%s\n", now, nonce, number, body);
    sign(key, message, signature);
    printf("%lld\t%s%020ld\t%s\t%s\n", now, nonce, number, signature, body);
}

int main(int argc, char **argv)
{
    char template[TEXT_MAX], secret[64];
    long first, count;
    EVP_PKEY *key;

    if (argc != 5 || fgets(template, sizeof(template), stdin) == NULL)
        fail("KEY APIV3_KEY_FILE FIRST COUNT < TEMPLATE");
    template[strcspn(template, "\n")] = '\0';
    key = read_key(argv[1]);
    read_secret(argv[2], secret);
    first = strtol(argv[3], NULL, 10);
    count = strtol(argv[4], NULL, 10);
    for (long i = 0; i < count; i++)
        print_callback(key, secret, template, first + i);
    EVP_PKEY_free(key);
    return 0;
}
