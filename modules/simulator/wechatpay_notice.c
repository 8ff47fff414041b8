/* A notice of WeChat Pay's: sealed with the APIv3 key, signed, named by its headers. */

#include "simulator/wechatpay.h"

static const char *event_of(const json_t *content, const char **summary)
{
    const char *status = json_string_at(content, "refund_status");

    *summary = "支付成功";
    if (status == NULL)
        return "TRANSACTION.SUCCESS";
    *summary = "退款成功";
    if (strcmp(status, "SUCCESS") == 0)
        return "REFUND.SUCCESS";
    *summary = strcmp(status, "CLOSED") == 0 ? "退款关闭" : "退款异常";
    return strcmp(status, "CLOSED") == 0 ? "REFUND.CLOSED" : "REFUND.ABNORMAL";
}

/* The envelope's id is that of the notice: all its sendings share it. */
static const char *envelope(struct request *r, const struct sim_callback *callback,
                            const char *apiv3_key)
{
    const struct simulator *simulator = r->state;
    const char *nonce = wire_random_text(r->arena, simulator->random, 12), *summary, *event;
    const char *type = strcmp(callback->kind, "refund") == 0 ? "refund" : "transaction";
    const json_t *content = json_read(r->arena, callback->content, strlen(callback->content));

    event = event_of(content, &summary);
    return json_text(
        r->arena, json_pack("{ss ss ss ss ss s{ss ss ss ss ss}}", "id",
                            arena_printf(r->arena, "EV-%s", callback->id), "create_time",
                            wire_rfc3339(r->arena, callback->created_at), "resource_type",
                            "encrypt-resource", "event_type", event, "summary", summary, "resource",
                            "original_type", type, "algorithm", "AEAD_AES_256_GCM", "ciphertext",
                            wire_seal(r->arena, apiv3_key, nonce, type, callback->content),
                            "associated_data", type, "nonce", nonce));
}

enum error wechatpay_notice(struct request *r, const struct sim_callback *callback,
                            const char *fault, struct notice *notice)
{
    const struct signer *signer;
    const struct wechatpay_party *party;
    struct wechatpay_signature proof;
    struct sim_order order;

    TRY(signer_in_use(r, &signer));
    TRY(find_order(r, WECHATPAY, callback->out_trade_no, &order));
    party = party_by_mchid(r->state, order.merchant);
    if (party == NULL)
        return failed(r, E_INTERNAL, "no merchant %s", order.merchant);
    notice->body = envelope(r, callback, party->apiv3_key);
    proof = wechatpay_sign(r, signer, notice->body, fault);
    *notice = (struct notice){
        .body = notice->body,
        .headers = {"Content-Type: application/json", "Accept: */*", "User-Agent: Mozilla/4.0",
                    arena_printf(r->arena, "Wechatpay-Timestamp: %s", proof.timestamp),
                    arena_printf(r->arena, "Wechatpay-Nonce: %s", proof.nonce),
                    arena_printf(r->arena, "Wechatpay-Serial: %s", proof.serial),
                    arena_printf(r->arena, "Wechatpay-Signature: %s", proof.signature),
                    "Wechatpay-Signature-Type: WECHATPAY2-SHA256-RSA2048", NULL}};
    return E_OK;
}
