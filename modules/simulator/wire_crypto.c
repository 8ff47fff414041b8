#include <assert.h>

#include <mbedtls/base64.h>
#include <mbedtls/bignum.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <mbedtls/md5.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha256.h>
#include <mbedtls/x509_crt.h>
#include <mbedtls/sha1.h>

#include "simulator/wire_crypto.h"
#include "simulator/wire_text.h"

#define DIGEST_SIZE 32
#define MD5_SIZE 16
#define TAG_SIZE 16
#define SIGNATURE_MAX 512

struct wire_key {
    mbedtls_pk_context pk;
};

struct wire_random {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
};

static void free_random(void *resource)
{
    struct wire_random *random = resource;

    mbedtls_ctr_drbg_free(&random->drbg);
    mbedtls_entropy_free(&random->entropy);
}

struct wire_random *wire_random_open(struct arena *arena)
{
    struct wire_random *random = arena_alloc(arena, sizeof(*random));

    mbedtls_entropy_init(&random->entropy);
    mbedtls_ctr_drbg_init(&random->drbg);
    arena_defer(arena, free_random, random);
    if (mbedtls_ctr_drbg_seed(&random->drbg, mbedtls_entropy_func, &random->entropy, NULL, 0) != 0)
        return NULL;
    return random;
}

void wire_random_bytes(struct wire_random *random, unsigned char *buffer, size_t size)
{
    int result = mbedtls_ctr_drbg_random(&random->drbg, buffer, size);

    assert(result == 0);
    (void)result;
}

static const char *random_of(struct arena *arena, struct wire_random *random, const char *alphabet,
                             size_t count)
{
    size_t letters = strlen(alphabet);
    char *text = arena_alloc(arena, count + 1);

    for (size_t i = 0; i < count; i++) {
        unsigned char byte;

        do { /* a remainder would favour the first letters */
            wire_random_bytes(random, &byte, 1);
        } while (byte >= 256 / letters * letters);
        text[i] = alphabet[byte % letters];
    }
    return text;
}

const char *wire_random_text(struct arena *arena, struct wire_random *random, size_t letters)
{
    return random_of(arena, random,
                     "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", letters);
}

const char *wire_random_digits(struct arena *arena, struct wire_random *random, size_t digits)
{
    return random_of(arena, random, "0123456789", digits);
}

static void free_key(void *resource)
{
    mbedtls_pk_free(&((struct wire_key *)resource)->pk);
}

static struct wire_key *new_key(struct arena *arena)
{
    struct wire_key *key = arena_alloc(arena, sizeof(*key));

    mbedtls_pk_init(&key->pk);
    arena_defer(arena, free_key, key);
    return key;
}

/* mbedTLS wants PEM with its zero byte. */
static const unsigned char *pem_of(struct arena *arena, const char *pem, size_t size)
{
    return (const unsigned char *)arena_text_of(arena, pem, size);
}

struct wire_key *wire_key_private(struct arena *arena, const char *pem, size_t size)
{
    struct wire_key *key = new_key(arena);

    if (mbedtls_pk_parse_key(&key->pk, pem_of(arena, pem, size), size + 1, NULL, 0) != 0)
        return NULL;
    return mbedtls_pk_can_do(&key->pk, MBEDTLS_PK_RSA) ? key : NULL;
}

struct wire_key *wire_key_public(struct arena *arena, const char *pem, size_t size)
{
    struct wire_key *key = new_key(arena);

    if (mbedtls_pk_parse_public_key(&key->pk, pem_of(arena, pem, size), size + 1) != 0)
        return NULL;
    return mbedtls_pk_can_do(&key->pk, MBEDTLS_PK_RSA) ? key : NULL;
}

static void free_certificate(void *resource)
{
    mbedtls_x509_crt_free(resource);
}

static mbedtls_x509_crt *parse_certificate(struct arena *arena, const char *pem, size_t size)
{
    mbedtls_x509_crt *certificate = arena_alloc(arena, sizeof(*certificate));

    mbedtls_x509_crt_init(certificate);
    arena_defer(arena, free_certificate, certificate);
    if (mbedtls_x509_crt_parse(certificate, pem_of(arena, pem, size), size + 1) != 0)
        return NULL;
    return certificate;
}

struct wire_key *wire_key_certified(struct arena *arena, const char *pem, size_t size)
{
    mbedtls_x509_crt *certificate = parse_certificate(arena, pem, size);
    unsigned char der[2048];
    struct wire_key *key;
    int length;

    if (certificate == NULL)
        return NULL;
    length = mbedtls_pk_write_pubkey_der(&certificate->pk, der, sizeof(der));
    if (length <= 0)
        return NULL;
    key = new_key(arena);
    /* The encoder writes at the end of its buffer. */
    if (mbedtls_pk_parse_public_key(&key->pk, der + sizeof(der) - (size_t)length, (size_t)length) !=
        0)
        return NULL;
    return key;
}

static const char *serial_of(struct arena *arena, const mbedtls_x509_buf *serial)
{
    char *hex = arena_alloc(arena, serial->len * 2 + 1);
    size_t start = 0, used = 0;

    while (start + 1 < serial->len && serial->p[start] == 0)
        start++;
    for (size_t i = start; i < serial->len; i++, used += 2)
        snprintf(hex + used, 3, "%02X", serial->p[i]);
    return hex[0] == '0' ? hex + 1 : hex;
}

static const char *moment_of(struct arena *arena, const mbedtls_x509_time *at)
{
    /* day_start is midnight in UTC+8; the certificate counts in UTC. */
    struct instant start = day_start(day_of(at->year, at->mon, at->day));

    return wire_rfc3339(arena, instant_add(start, (8 + at->hour) * HOUR_MS + at->min * MINUTE_MS +
                                                      at->sec * SECOND_MS));
}

bool wire_certificate_read(struct arena *arena, const char *pem, size_t size,
                           struct wire_certificate *certificate)
{
    const mbedtls_x509_crt *parsed = parse_certificate(arena, pem, size);

    if (parsed == NULL)
        return false;
    certificate->serial = serial_of(arena, &parsed->serial);
    certificate->starts = moment_of(arena, &parsed->valid_from);
    certificate->ends = moment_of(arena, &parsed->valid_to);
    certificate->pem = arena_text_of(arena, pem, size);
    return true;
}

const char *wire_decimal(struct arena *arena, const char *hex)
{
    size_t room = 2 * strlen(hex) + 4, used = 0;
    char *text = arena_alloc(arena, room);
    mbedtls_mpi number;
    int result;

    mbedtls_mpi_init(&number);
    result = mbedtls_mpi_read_string(&number, 16, hex);
    assert(result == 0);
    result = mbedtls_mpi_write_string(&number, 10, text, room, &used);
    assert(result == 0);
    (void)result;
    mbedtls_mpi_free(&number);
    return text;
}

static const char *hex_of(struct arena *arena, const unsigned char *data, size_t size)
{
    char *hex = arena_alloc(arena, 2 * size + 1);

    for (size_t i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", data[i]);
    return hex;
}

/* "CN=...,O=...,C=CN": the last part of the name first. */
static const char *issuer_of(struct arena *arena, const mbedtls_x509_crt *certificate)
{
    const char *text = "", *name;

    for (const mbedtls_x509_name *part = &certificate->issuer; part != NULL; part = part->next) {
        if (mbedtls_oid_get_attr_short_name(&part->oid, &name) != 0)
            name = "?";
        text = arena_printf(arena, "%s=%.*s%s%s", name, (int)part->val.len,
                            (const char *)part->val.p, *text != '\0' ? "," : "", text);
    }
    return text;
}

static const char *sn_of(struct arena *arena, const mbedtls_x509_crt *certificate)
{
    const char *text = arena_printf(arena, "%s%s", issuer_of(arena, certificate),
                                    wire_decimal(arena, serial_of(arena, &certificate->serial)));
    unsigned char digest[MD5_SIZE];
    int result = mbedtls_md5_ret((const unsigned char *)text, strlen(text), digest);

    assert(result == 0);
    (void)result;
    return hex_of(arena, digest, sizeof(digest));
}

const char *wire_alipay_sn(struct arena *arena, const char *pem, size_t size)
{
    const mbedtls_x509_crt *certificate = parse_certificate(arena, pem, size);

    return certificate == NULL ? NULL : sn_of(arena, certificate);
}

const char *wire_alipay_root_sn(struct arena *arena, const char *pem, size_t size)
{
    const mbedtls_x509_crt *one = parse_certificate(arena, pem, size);
    const char *text = "";

    for (; one != NULL; one = one->next)
        if (one->sig_pk == MBEDTLS_PK_RSA)
            text = arena_printf(arena, "%s%s%s", text, *text != '\0' ? "_" : "", sn_of(arena, one));
    return text;
}

static void digest_of(const void *data, size_t size, unsigned char digest[DIGEST_SIZE])
{
    int result = mbedtls_sha256_ret(data, size, digest, 0);

    assert(result == 0);
    (void)result;
}

const char *wire_base64(struct arena *arena, const unsigned char *data, size_t size)
{
    size_t room = (size + 2) / 3 * 4 + 1, used;
    char *text = arena_alloc(arena, room);
    int result = mbedtls_base64_encode((unsigned char *)text, room, &used, data, size);

    assert(result == 0);
    (void)result;
    return text;
}

const char *wire_sign(struct arena *arena, struct wire_random *random, const struct wire_key *key,
                      const char *message)
{
    unsigned char digest[DIGEST_SIZE], signature[SIGNATURE_MAX];
    /* mbedTLS keeps blinding values in the key, behind its own lock. */
    mbedtls_pk_context *pk = (mbedtls_pk_context *)(uintptr_t)&key->pk;
    size_t size = 0;
    int result;

    assert(mbedtls_pk_get_len(pk) <= sizeof(signature));
    digest_of(message, strlen(message), digest);
    result = mbedtls_pk_sign(pk, MBEDTLS_MD_SHA256, digest, sizeof(digest), signature, &size,
                             mbedtls_ctr_drbg_random, &random->drbg);
    assert(result == 0);
    (void)result;
    return wire_base64(arena, signature, size);
}

bool wire_verify(struct arena *arena, const struct wire_key *key, struct bytes message,
                 const char *signature)
{
    unsigned char digest[DIGEST_SIZE];
    mbedtls_pk_context *pk = (mbedtls_pk_context *)(uintptr_t)&key->pk;
    size_t length = strlen(signature), size;
    unsigned char *raw = arena_alloc(arena, length + 1);

    if (mbedtls_base64_decode(raw, length + 1, &size, (const unsigned char *)signature, length) !=
        0)
        return false;
    digest_of(message.data, message.size, digest);
    return mbedtls_pk_verify(pk, MBEDTLS_MD_SHA256, digest, sizeof(digest), raw, size) == 0;
}

const char *wire_seal(struct arena *arena, const char *key, const char *nonce, const char *aad,
                      const char *plain)
{
    size_t size = strlen(plain);
    unsigned char *sealed = arena_alloc(arena, size + TAG_SIZE);
    mbedtls_gcm_context gcm;
    int result;

    mbedtls_gcm_init(&gcm);
    result = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, (const unsigned char *)key, 256);
    assert(result == 0);
    result =
        mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, size, (const unsigned char *)nonce,
                                  strlen(nonce), (const unsigned char *)aad, strlen(aad),
                                  (const unsigned char *)plain, sealed, TAG_SIZE, sealed + size);
    assert(result == 0);
    (void)result;
    mbedtls_gcm_free(&gcm);
    return wire_base64(arena, sealed, size + TAG_SIZE);
}

const char *wire_hmac_hex(struct arena *arena, const char *key, const char *text)
{
    unsigned char mac[DIGEST_SIZE];
    int result =
        mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), (const unsigned char *)key,
                        strlen(key), (const unsigned char *)text, strlen(text), mac);

    assert(result == 0);
    (void)result;
    return hex_of(arena, mac, sizeof(mac));
}

const char *wire_sha256_hex(struct arena *arena, const char *text)
{
    unsigned char digest[DIGEST_SIZE];

    digest_of(text, strlen(text), digest);
    return hex_of(arena, digest, sizeof(digest));
}

uint64_t wire_dice(const char *text)
{
    unsigned char digest[DIGEST_SIZE];
    uint64_t number = 0;

    digest_of(text, strlen(text), digest);
    for (size_t i = 0; i < sizeof(number); i++)
        number = number << 8 | digest[i];
    return number;
}

const char *wire_sha1_hex(struct arena *arena, struct bytes data)
{
    unsigned char digest[20];

    if (mbedtls_sha1_ret(data.data, data.size, digest) != 0)
        abort();
    return hex_of(arena, digest, sizeof(digest));
}
