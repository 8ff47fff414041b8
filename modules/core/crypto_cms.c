#include "core/crypto_openssl.h"
#include "core/crypto_paper.h"

#include <openssl/cms.h>
#include <openssl/pem.h>

/* Exactly what a PDF holds: no line ends changed, nothing about mail, the certificate in what is
   signed. */
#define FLAGS (CMS_PARTIAL | CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP | CMS_CADES)

struct cms_signer {
    struct key *key;
    X509 *certificate;
    STACK_OF(X509) * others;
};

static STACK_OF(X509) * certificates_of(const char *pem)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    BIO *bio = BIO_new_mem_buf(pem, crypto_int(strlen(pem)));
    X509 *one;

    crypto_must(all != NULL && bio != NULL);
    while ((one = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
        crypto_must(sk_X509_push(all, one) > 0);
    BIO_free(bio);
    crypto_forget_errors();
    return all;
}

struct cms_signer *cms_signer_open(const char *key_pem, const char *certificates_pem)
{
    struct cms_signer *signer = calloc(1, sizeof(*signer));

    crypto_must(signer != NULL);
    signer->key = key_private(key_pem);
    signer->others = certificates_of(certificates_pem);
    signer->certificate = sk_X509_shift(signer->others);
    if (signer->key != NULL && signer->certificate != NULL &&
        EVP_PKEY_is_a(signer->key->pkey, "RSA") == 1 &&
        X509_check_private_key(signer->certificate, signer->key->pkey) == 1)
        return signer;
    crypto_forget_errors();
    cms_signer_close(signer);
    return NULL;
}

void cms_signer_close(struct cms_signer *signer)
{
    if (signer == NULL)
        return;
    key_close(signer->key);
    X509_free(signer->certificate);
    sk_X509_pop_free(signer->others, X509_free);
    free(signer);
}

/* The attributes as they are signed: a SET OF in DER. */
static int attributes_of(const CMS_SignerInfo *info, unsigned char **der)
{
    ASN1_SEQUENCE_ANY *set = sk_ASN1_TYPE_new_null();
    int size;

    crypto_must(set != NULL);
    for (int i = 0; i < CMS_signed_get_attr_count(info); i++) {
        unsigned char *one = NULL;
        int one_size = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(info, i), &one);
        const unsigned char *at = one;
        ASN1_TYPE *type = one_size > 0 ? d2i_ASN1_TYPE(NULL, &at, one_size) : NULL;

        crypto_must(type != NULL && sk_ASN1_TYPE_push(set, type) > 0);
        OPENSSL_free(one);
    }
    size = i2d_ASN1_SET_ANY(set, der);
    sk_ASN1_TYPE_pop_free(set, ASN1_TYPE_free);
    crypto_must(size > 0);
    return size;
}

/* OpenSSL puts the machine's time among the attributes and signs; PAdES forbids it. */
static void sign_without_time(CMS_SignerInfo *info, const struct key *key)
{
    int at = CMS_signed_get_attr_by_NID(info, NID_pkcs9_signingTime, -1), size;
    unsigned char *der = NULL, signature[EVP_MAX_MD_SIZE * 16];
    size_t signature_size = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    crypto_must(at >= 0 && context != NULL);
    X509_ATTRIBUTE_free(CMS_signed_delete_attr(info, at));
    size = attributes_of(info, &der);
    crypto_must(EVP_MD_CTX_copy_ex(context, key->sign) == 1);
    crypto_must(EVP_DigestSign(context, signature, &signature_size, der, (size_t)size) == 1);
    crypto_must(ASN1_OCTET_STRING_set(CMS_SignerInfo_get0_signature(info), signature,
                                      crypto_int(signature_size)) == 1);
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
}

struct bytes cms_sign(struct arena *arena, const struct cms_signer *signer,
                      const struct bytes *parts, size_t count)
{
    BIO *data = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, signer->others, NULL, FLAGS);
    CMS_SignerInfo *info;
    unsigned char *der = NULL;
    struct bytes product;
    int size;

    crypto_must(data != NULL && cms != NULL);
    info =
        CMS_add1_signer(cms, signer->certificate, signer->key->pkey, algorithms()->sha256, FLAGS);
    crypto_must(info != NULL);
    for (size_t i = 0; i < count; i++)
        crypto_must(BIO_write(data, parts[i].data, crypto_int(parts[i].size)) ==
                    crypto_int(parts[i].size));
    crypto_must(CMS_final(cms, data, NULL, FLAGS) == 1);
    sign_without_time(info, signer->key);
    size = i2d_CMS_ContentInfo(cms, &der);
    crypto_must(size > 0);
    product =
        (struct bytes){(unsigned char *)arena_text_of(arena, der, (size_t)size), (size_t)size};
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(data);
    return product;
}
