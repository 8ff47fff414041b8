/* GET /v3/certificates: the platform certificates, sealed with the merchant's APIv3 key. */

#include "simulator/wechatpay.h"

static json_t *sealed_certificate(struct request *r, const char *apiv3_key,
                                  const struct signer *signer)
{
    const struct simulator *simulator = r->state;
    const char *nonce = wire_random_text(r->arena, simulator->random, 12);

    return json_pack("{ss ss ss s{ss ss ss ss}}", "serial_no", signer->serial, "effective_time",
                     signer->certificate.starts, "expire_time", signer->certificate.ends,
                     "encrypt_certificate", "algorithm", "AEAD_AES_256_GCM", "nonce", nonce,
                     "associated_data", "certificate", "ciphertext",
                     wire_seal(r->arena, apiv3_key, nonce, "certificate", signer->certificate.pem));
}

/* A merchant who was moved to the public key has none. */
static enum error list_certificates(struct request *r, struct wechatpay_call *call)
{
    const struct simulator *simulator = r->state;
    const struct signer *in_use;
    json_t *list;

    TRY(signer_in_use(r, &in_use));
    if (in_use->certificate.pem == NULL)
        return wechatpay_error(r, call, 404, "RESOURCE_NOT_EXISTS", "无可用的平台证书");
    list = json_array();
    for (size_t i = 0; i < SIGNERS; i++)
        if (simulator->signers[i].certificate.pem != NULL)
            json_array_append_new(
                list, sealed_certificate(r, call->party->apiv3_key, &simulator->signers[i]));
    call->status = 200;
    call->answer = json_text(r->arena, json_pack("{so}", "data", list));
    return E_OK;
}

enum error wechatpay_certificates(struct request *r)
{
    struct wechatpay_call call = {.operation = "query", .number = NULL};

    return wechatpay_serve(r, &call, list_certificates);
}
