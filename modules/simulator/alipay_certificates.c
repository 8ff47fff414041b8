/* Certificate mode: which certificate signs, and what is told of them. */

#include "simulator/alipay.h"
#include "simulator/switches.h"

const struct member alipay_certificate_members[] = {
    {"alipay_cert_sn", A_TEXT, true, 1, 64, is_plain},
    {"*", ANYTHING, false, 0, 0, NULL},
    {.path = NULL},
};

static bool is_certified(const struct simulator *simulator)
{
    return simulator->alipay_root_sn != NULL;
}

bool is_alipay_signer(const char *text)
{
    return strcmp(text, "now") == 0 || strcmp(text, "next") == 0 || strcmp(text, "expired") == 0 ||
           strcmp(text, "stranger") == 0;
}

enum error alipay_signer_in_use(struct request *r, struct alipay_signer *signer)
{
    const struct simulator *simulator = r->state;
    const char *name;

    *signer = (struct alipay_signer){.name = "now", .key = simulator->alipay};
    if (!is_certified(simulator))
        return E_OK;
    TRY(find_switch(r, "alipay_signer", "now", &name));
    for (size_t i = 0; i < ALIPAY_SIGNERS; i++)
        if (strcmp(simulator->alipay_signers[i].name, name) == 0)
            *signer = simulator->alipay_signers[i];
    return E_OK;
}

static bool has(const struct form *form, const char *name, const char *value)
{
    const char *found = form_value(form, name);

    return found != NULL && strcmp(found, value) == 0;
}

const char *alipay_serial_fault(const struct request *r, const struct form *form,
                                const struct alipay_party *party)
{
    const struct simulator *simulator = r->state;

    if (!is_certified(simulator))
        return NULL;
    if (!has(form, "app_cert_sn", party->sn))
        return "isv.invalid-app-cert-sn";
    return has(form, "alipay_root_cert_sn", simulator->alipay_root_sn)
               ? NULL
               : "isv.invalid-alipay-root-cert-sn";
}

const char *alipay_sign(struct request *r, const struct alipay_signer *signer, const char *text,
                        const char *fault)
{
    const struct simulator *simulator = r->state;
    const struct wire_key *key = signer->key;

    if (strcmp(fault, "forged") == 0) /* a stranger's key: any that is not Alipay's */
        key = simulator->signers[PLATFORM].key;
    if (strcmp(fault, "bad_signature") == 0 || strcmp(fault, "probe") == 0)
        text = arena_printf(r->arena, "%s ", text);
    return wire_sign(r->arena, simulator->random, key, text);
}

/* Whatever stands behind the serial is handed out: to believe it or not is the other side's. */
enum error alipay_certificate(struct request *r, struct alipay_call *call)
{
    const struct simulator *simulator = r->state;
    const char *wanted = json_string_at(call->biz, "alipay_cert_sn"), *pem = NULL;

    for (size_t i = 0; is_certified(simulator) && i < ALIPAY_SIGNERS; i++)
        if (strcmp(simulator->alipay_signers[i].sn, wanted) == 0)
            pem = simulator->alipay_signers[i].pem;
    if (pem == NULL) {
        alipay_refuse(call, "CERT_NOT_EXIST", "证书不存在");
        return E_OK;
    }
    call->node = alipay_success();
    json_object_set_new(
        call->node, "alipay_cert_content",
        json_string(wire_base64(r->arena, (const unsigned char *)pem, strlen(pem))));
    return E_OK;
}
