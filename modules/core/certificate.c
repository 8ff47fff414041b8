#include "core/certificate.h"
#include "core/crypto_openssl.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

struct certificate {
    X509 *x509;
};

struct trust {
    X509_STORE *roots;
    STACK_OF(X509) * between;
};

static struct certificate *wrap(X509 *x509)
{
    struct certificate *certificate;

    if (x509 == NULL)
        return NULL;
    certificate = malloc(sizeof(*certificate));
    crypto_must(certificate != NULL);
    certificate->x509 = x509;
    return certificate;
}

struct certificate *certificate_read(const char *pem)
{
    return certificate_next(&pem);
}

/* The next block of the text, if it is a certificate that can be parsed; false at the end. */
static bool read_block(BIO *bio, X509 **x509)
{
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    const unsigned char *at;
    long size = 0;

    *x509 = NULL;
    if (PEM_read_bio(bio, &name, &header, &der, &size) != 1)
        return false;
    at = der;
    if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0)
        *x509 = d2i_X509(NULL, &at, size);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    return true;
}

struct certificate *certificate_next(const char **rest)
{
    size_t size = strlen(*rest);
    BIO *bio = BIO_new_mem_buf(*rest, crypto_int(size));
    X509 *x509 = NULL;

    crypto_must(bio != NULL);
    while (x509 == NULL && read_block(bio, &x509))
        continue;
    *rest += size - (size_t)BIO_pending(bio);
    BIO_free(bio);
    crypto_forget_errors();
    return wrap(x509);
}

void certificate_close(struct certificate *certificate)
{
    if (certificate == NULL)
        return;
    X509_free(certificate->x509);
    free(certificate);
}

struct key *certificate_key(const struct certificate *certificate)
{
    return key_wrap(X509_get_pubkey(certificate->x509), false);
}

static const char *serial(struct arena *arena, const struct certificate *certificate,
                          char *(*print)(const BIGNUM *))
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate->x509), NULL);
    char *printed;
    const char *copy;

    crypto_must(number != NULL);
    printed = print(number);
    crypto_must(printed != NULL);
    copy = arena_text(arena, printed);
    OPENSSL_free(printed);
    BN_free(number);
    return copy;
}

const char *certificate_serial_hex(struct arena *arena, const struct certificate *certificate)
{
    const char *text = serial(arena, certificate, BN_bn2hex);

    while (text[0] == '0' && text[1] != '\0')
        text++;
    return text;
}

const char *certificate_serial_decimal(struct arena *arena, const struct certificate *certificate)
{
    return serial(arena, certificate, BN_bn2dec);
}

/* NONE for a time that no calendar has: such a certificate is never valid. */
static struct instant instant_of(const ASN1_TIME *time)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    bool is_known;

    crypto_must(epoch != NULL);
    is_known = ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;
    ASN1_TIME_free(epoch);
    crypto_forget_errors();
    if (!is_known)
        return (struct instant){NONE};
    return (struct instant){((int64_t)days * 86400 + seconds) * 1000};
}

bool certificate_valid_at(const struct certificate *certificate, struct instant at)
{
    struct instant from = instant_of(X509_get0_notBefore(certificate->x509));
    struct instant to = certificate_ends_at(certificate);

    /* The last second belongs to it as a whole. */
    return from.ms != NONE && to.ms != NONE && at.ms >= from.ms && at.ms < to.ms + 1000;
}

struct instant certificate_ends_at(const struct certificate *certificate)
{
    return instant_of(X509_get0_notAfter(certificate->x509));
}

const char *certificate_issuer(struct arena *arena, const struct certificate *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    const char *copy;
    long size;

    crypto_must(bio != NULL);
    /* Letters beyond ASCII stay as they are. */
    crypto_must(X509_NAME_print_ex(bio, X509_get_issuer_name(certificate->x509), 0,
                                   XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0);
    size = BIO_get_mem_data(bio, &data);
    copy = arena_text_of(arena, data, size > 0 ? (size_t)size : 0);
    BIO_free(bio);
    return copy;
}

const char *certificate_common_name(struct arena *arena, const struct certificate *certificate)
{
    const X509_NAME *subject = X509_get_subject_name(certificate->x509);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1), size;
    unsigned char *utf8 = NULL;
    const char *name = NULL;

    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
        return NULL;
    size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (size > 0 && memchr(utf8, '\0', (size_t)size) == NULL)
        name = arena_text_of(arena, utf8, (size_t)size);
    OPENSSL_free(utf8);
    crypto_forget_errors();
    return name;
}

bool certificate_is_signed_by_rsa(const struct certificate *certificate)
{
    static const char rsa_family[] = "1.2.840.113549.1.1.";
    const X509_ALGOR *algorithm;
    const ASN1_OBJECT *object;
    char oid[80];

    X509_get0_signature(NULL, &algorithm, certificate->x509);
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    return OBJ_obj2txt(oid, sizeof(oid), object, 1) > 0 &&
           strncmp(oid, rsa_family, sizeof(rsa_family) - 1) == 0;
}

/* How many were added. */
static int add_all(struct trust *trust, const char *pem, bool is_root)
{
    struct certificate *one;
    int count = 0;

    while ((one = certificate_next(&pem)) != NULL) {
        if (is_root)
            crypto_must(X509_STORE_add_cert(trust->roots, one->x509) == 1);
        else
            crypto_must(X509_add_cert(trust->between, one->x509, X509_ADD_FLAG_UP_REF) == 1);
        certificate_close(one);
        count++;
    }
    return count;
}

struct trust *trust_open(const char *roots_pem, const char *between_pem)
{
    struct trust *trust = malloc(sizeof(*trust));

    crypto_must(trust != NULL);
    trust->roots = X509_STORE_new();
    trust->between = sk_X509_new_null();
    crypto_must(trust->roots != NULL && trust->between != NULL);
    if (add_all(trust, roots_pem, true) > 0 &&
        (between_pem == NULL || add_all(trust, between_pem, false) > 0))
        return trust;
    trust_close(trust);
    return NULL;
}

void trust_close(struct trust *trust)
{
    if (trust == NULL)
        return;
    X509_STORE_free(trust->roots);
    sk_X509_pop_free(trust->between, X509_free);
    free(trust);
}

bool trust_covers(const struct trust *trust, const struct certificate *certificate,
                  struct instant at)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    bool is_covered;

    crypto_must(context != NULL &&
                X509_STORE_CTX_init(context, trust->roots, certificate->x509, trust->between) == 1);
    X509_STORE_CTX_set_time(context, 0, (time_t)(at.ms / 1000));
    crypto_must(X509_STORE_CTX_set_purpose(context, X509_PURPOSE_ANY) == 1);
    is_covered = X509_verify_cert(context) == 1;
    X509_STORE_CTX_free(context);
    crypto_forget_errors();
    return is_covered;
}
