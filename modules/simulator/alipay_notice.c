/* A notice of Alipay's: a form, signed without sign and sign_type. */

#include "core/money.h"
#include "simulator/alipay.h"

static void set(json_t *json, const char *name, const char *value)
{
    json_object_set_new(json, name, json_string(value));
}

json_t *trade_notice_json(struct request *r, const struct sim_order *order,
                          const struct sim_refund *refund)
{
    const struct alipay_party *party = party_by_app_id(r->state, order->merchant);
    const char *seller_id = party == NULL ? "" : party->seller_id;
    const char *yuan = fen_to_yuan(r->arena, order->paid_fen);
    json_t *json =
        json_pack("{ss ss ss ss ss ss ss}", "notify_type", "trade_status_sync", "app_id",
                  order->merchant, "auth_app_id", order->merchant, "charset", "utf-8", "version",
                  "1.0", "seller_id", seller_id, "trade_status", trade_status(r, order));

    set(json, "trade_no", order->gw_id);
    set(json, "out_trade_no", order->out_trade_no);
    set(json, "buyer_open_id", order->payer == NULL ? "anonymous" : order->payer);
    set(json, "buyer_logon_id", "158****1562");
    set(json, "total_amount", yuan);
    set(json, "receipt_amount", yuan);
    set(json, "invoice_amount", yuan);
    set(json, "buyer_pay_amount", yuan);
    set(json, "point_amount", "0.00");
    set(json, "subject", order->subject);
    set(json, "gmt_create", wire_local(r->arena, order->created_at));
    set(json, "gmt_payment", wire_local(r->arena, order->paid_at));
    set(json, "fund_bill_list",
        arena_printf(r->arena, "[{\"amount\":\"%s\",\"fundChannel\":\"ALIPAYACCOUNT\"}]", yuan));
    if (order->attach != NULL)
        set(json, "passback_params", order->attach);
    if (refund != NULL) {
        set(json, "out_biz_no", refund->out_refund_no);
        set(json, "refund_fee", fen_to_yuan(r->arena, order->refunded_fen));
        set(json, "gmt_refund", wire_local(r->arena, refund->done_at));
    }
    return json;
}

enum error alipay_notice(struct request *r, const struct sim_callback *callback, const char *fault,
                         struct notice *notice)
{
    json_t *content = json_read(r->arena, callback->content, strlen(callback->content)), *value;
    struct form form = {NULL, 0};
    struct alipay_signer signer;
    const char *name;

    TRY(alipay_signer_in_use(r, &signer));
    json_object_foreach(content, name, value)
    {
        form_set(r->arena, &form, name, json_string_value(value));
    }
    form_set(r->arena, &form, "notify_time", wire_local(r->arena, r->now));
    /* The resends of a notice share its id. */
    form_set(r->arena, &form, "notify_id",
             arena_printf(r->arena, "%.32s", wire_sha256_hex(r->arena, callback->id)));
    form_set(r->arena, &form, "sign_type", "RSA2");
    if (signer.sn != NULL)
        form_set(r->arena, &form, "alipay_cert_sn", signer.sn);
    form_set(r->arena, &form, "sign",
             alipay_sign(r, &signer, form_signed_text(r->arena, &form, false), fault));
    *notice = (struct notice){
        .body = form_encoded(r->arena, &form),
        .headers = {"Content-Type: application/x-www-form-urlencoded; text/html; charset=utf-8",
                    "User-Agent: Mozilla/4.0", NULL}};
    return E_OK;
}
