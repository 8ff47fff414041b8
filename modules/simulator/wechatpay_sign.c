/* Whether a request is the merchant's, and what proves that an answer is WeChat Pay's. */

#include "core/transport.h"
#include "simulator/switches.h"
#include "simulator/wechatpay.h"

#define CLOCK_SKEW_S 300
#define SCHEME "WECHATPAY2-SHA256-RSA2048 "
/* What makes a probe: it is no valid base64, and so no signature. */
#define PROBE "WECHATPAY/SIGNTEST/"

const struct signer *signer_by_serial(const struct simulator *simulator, const char *serial)
{
    for (size_t i = 0; i < SIGNERS; i++)
        if (strcmp(simulator->signers[i].serial, serial) == 0)
            return &simulator->signers[i];
    return NULL;
}

enum error signer_in_use(struct request *r, const struct signer **signer)
{
    const struct simulator *simulator = r->state;
    const struct simulator_settings *settings = r->settings;
    const char *name;

    TRY(find_switch(r, "wechatpay_signer", settings->wechatpay_signer, &name));
    *signer = &simulator->signers[PLATFORM];
    for (size_t i = 0; i < SIGNERS; i++)
        if (strcmp(simulator->signers[i].name, name) == 0)
            *signer = &simulator->signers[i];
    return E_OK;
}

struct wechatpay_signature wechatpay_sign(struct request *r, const struct signer *signer,
                                          const char *body, const char *fault)
{
    const struct simulator *simulator = r->state;
    int64_t seconds = r->now.ms / SECOND_MS;
    const struct wire_key *key = signer->key;
    struct wechatpay_signature signed_;

    if (strcmp(fault, "old_timestamp") == 0)
        seconds -= 2 * CLOCK_SKEW_S;
    if (strcmp(fault, "forged") == 0) /* a stranger's key: any that is not WeChat Pay's */
        key = simulator->alipay;
    signed_.serial = signer->serial;
    signed_.timestamp = arena_printf(r->arena, "%lld", (long long)seconds);
    signed_.nonce = wire_random_text(r->arena, simulator->random, 32);
    signed_.signature =
        wire_sign(r->arena, simulator->random, key,
                  arena_printf(r->arena, "%s\n%s\n%s\n", signed_.timestamp, signed_.nonce, body));
    if (strcmp(fault, "probe") == 0)
        signed_.signature = arena_printf(r->arena, PROBE "%s", signed_.signature);
    if (strcmp(fault, "bad_signature") == 0)
        signed_.signature = wire_sign(r->arena, simulator->random, key, signed_.nonce);
    return signed_;
}

enum { MCHID, NONCE_STR, SIGNATURE, TIMESTAMP, SERIAL_NO, PARAMETERS };

/* name="value",name="value": the five, in any order, each once. */
static bool read_parameters(struct arena *arena, const char *text, const char *values[PARAMETERS])
{
    static const char *const names[] = {"mchid", "nonce_str", "signature", "timestamp",
                                        "serial_no"};
    size_t count = 0;

    for (;;) {
        size_t name_size = strcspn(text, "="), value_size, i = 0;

        while (i < PARAMETERS &&
               (strlen(names[i]) != name_size || strncmp(names[i], text, name_size) != 0))
            i++;
        if (i == PARAMETERS || values[i] != NULL || strncmp(text + name_size, "=\"", 2) != 0)
            return false;
        text += name_size + 2;
        value_size = strcspn(text, "\"");
        if (value_size == 0 || text[value_size] != '"')
            return false;
        values[i] = arena_text_of(arena, text, value_size);
        text += value_size + 1;
        count++;
        if (*text == '\0')
            return count == PARAMETERS;
        if (*text++ != ',')
            return false;
    }
}

static bool is_now(struct request *r, const char *timestamp)
{
    size_t size = strspn(timestamp, "0123456789");
    int64_t skew;

    if (size == 0 || size > 12 || timestamp[size] != '\0')
        return false;
    skew = r->now.ms / SECOND_MS - strtoll(timestamp, NULL, 10);
    return skew <= CLOCK_SKEW_S && skew >= -CLOCK_SKEW_S;
}

const struct wechatpay_party *party_by_mchid(const struct simulator *simulator, const char *mchid)
{
    for (size_t i = 0; i < PARTIES; i++)
        if (*mchid != '\0' && strcmp(simulator->wechatpay_parties[i].mchid, mchid) == 0)
            return &simulator->wechatpay_parties[i];
    return NULL;
}

const char *wechatpay_authorization_fault(struct request *r, const char *method,
                                          const struct wechatpay_party **party)
{
    const char *header = request_header(r, "Authorization"), *values[PARAMETERS] = {NULL};
    const char *target = r->transport->param(r->transport, "REQUEST_URI"), *message;

    if (header == NULL || strncmp(header, SCHEME, strlen(SCHEME)) != 0)
        return "Http头Authorization认证类型不正确";
    if (!read_parameters(r->arena, header + strlen(SCHEME), values))
        return "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》";
    *party = party_by_mchid(r->state, values[MCHID]);
    if (*party == NULL)
        return "Http头Authorization中的mchid与签名证书不匹配";
    if (!is_now(r, values[TIMESTAMP]))
        return "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟";
    if (strcmp(values[SERIAL_NO], (*party)->serial) != 0)
        return "商户证书序列号有误";
    message = arena_printf(r->arena, "%s\n%s\n%s\n%s\n%.*s\n", method, target == NULL ? "" : target,
                           values[TIMESTAMP], values[NONCE_STR], (int)r->body.size,
                           r->body.data == NULL ? "" : (const char *)r->body.data);
    /* A body with a zero byte inside is none that was signed as text. */
    if (r->body.size != 0 && memchr(r->body.data, '\0', r->body.size) != NULL)
        return "错误的签名，验签失败";
    if (!wire_verify(r->arena, (*party)->key,
                     (struct bytes){(const unsigned char *)message, strlen(message)},
                     values[SIGNATURE]))
        return "错误的签名，验签失败";
    return NULL;
}
