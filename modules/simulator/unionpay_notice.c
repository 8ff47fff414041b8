/* Signing, and what a notice says. */

#include "simulator/unionpay.h"

const char *unionpay_text(struct arena *arena, const struct form *form)
{
    struct form kept = {NULL, 0};

    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->items[i].name, "signature") != 0)
            form_set(arena, &kept, form->items[i].name, form->items[i].value);
    return form_signed_text(arena, &kept, true);
}

void unionpay_sign(struct request *r, struct form *form, const char *fault)
{
    const struct simulator *simulator = r->state;
    const struct wire_key *key = simulator->unionpay;
    const char *text;

    form_set(r->arena, form, "signPubKeyCert", simulator->unionpay_pem);
    if (strcmp(fault, "no_signature") == 0)
        return;
    if (strcmp(fault, "forged") == 0) /* a stranger's key: any that is not UnionPay's */
        key = simulator->signers[PLATFORM].key;
    text = unionpay_text(r->arena, form);
    if (strcmp(fault, "bad_signature") == 0 || strcmp(fault, "probe") == 0 ||
        strcmp(fault, "old_timestamp") == 0)
        text = arena_printf(r->arena, "%s ", text);
    form_set(r->arena, form, "signature",
             wire_sign(r->arena, simulator->random, key, wire_sha256_hex(r->arena, text)));
}

/* From 23:00 on it is the next clearing day. */
static const char *settle_date(struct request *r, struct instant at)
{
    return arena_printf(r->arena, "%.4s", wire_compact(r->arena, instant_add(at, HOUR_MS)) + 4);
}

void unionpay_tell(struct request *r, struct form *form, const struct unionpay_facts *facts)
{
    const char *amount = arena_printf(r->arena, "%lld", (long long)facts->amount.fen);

    form_set(r->arena, form, "queryId", facts->query_id);
    form_set(r->arena, form, "txnAmt", amount);
    form_set(r->arena, form, "currencyCode", "156");
    form_set(r->arena, form, "settleAmt", amount);
    form_set(r->arena, form, "settleCurrencyCode", "156");
    form_set(r->arena, form, "settleDate", settle_date(r, facts->done_at));
    form_set(r->arena, form, "traceNo", facts->query_id + strlen(facts->query_id) - 6);
    form_set(r->arena, form, "traceTime", wire_compact(r->arena, facts->done_at) + 4);
}

static void set_all(struct request *r, struct form *form, const char *const (*pairs)[2])
{
    for (; (*pairs)[0] != NULL; pairs++)
        form_set(r->arena, form, (*pairs)[0], (*pairs)[1]);
}

static json_t *json_of(const struct form *form)
{
    json_t *json = json_object();

    for (size_t i = 0; i < form->count; i++)
        json_object_set_new(json, form->items[i].name, json_string(form->items[i].value));
    return json;
}

struct told {
    const char *mer_id, *txn_type, *order_id;
    bool is_done;
    struct unionpay_facts facts;
};

/* The time is added when it is sent: the merchant gave it, and it is in another table. */
static json_t *notice_json(struct request *r, const struct told *told)
{
    const char *const pairs[][2] = {
        {"version", "5.1.0"},
        {"encoding", "UTF-8"},
        {"signMethod", "01"},
        {"accessType", "0"},
        {"bizType", "000201"},
        {"txnType", told->txn_type},
        {"txnSubType", strcmp(told->txn_type, "01") == 0 ? "01" : "00"},
        {"merId", told->mer_id},
        {"orderId", told->order_id},
        {"respCode", told->is_done ? "00" : "01"},
        {"respMsg", told->is_done ? "成功[0000000]" : "交易失败[1000001]"},
        {NULL, NULL},
    };
    struct form form = {NULL, 0};

    set_all(r, &form, pairs);
    unionpay_tell(r, &form, &told->facts);
    return json_of(&form);
}

json_t *unionpay_paid_json(struct request *r, const struct sim_order *order)
{
    return notice_json(r, &(struct told){.mer_id = order->merchant,
                                         .txn_type = "01",
                                         .order_id = order->out_trade_no,
                                         .is_done = is_paid(order),
                                         .facts = {order->gw_id, order->paid_fen, order->paid_at}});
}

json_t *unionpay_reversed_json(struct request *r, const char *mer_id,
                               const struct sim_refund *refund, const char *txn_type)
{
    json_t *json = notice_json(
        r, &(struct told){.mer_id = mer_id,
                          .txn_type = txn_type,
                          .order_id = refund->out_refund_no,
                          .is_done = strcmp(refund->state, "success") == 0,
                          .facts = {refund->refund_id, refund->amount_fen, refund->done_at}});

    json_object_set_new(json, "origQryId", json_string(refund->gw_id));
    return json;
}

enum error unionpay_notice(struct request *r, const struct sim_callback *callback,
                           const char *fault, struct notice *notice)
{
    json_t *content = json_read(r->arena, callback->content, strlen(callback->content)), *value;
    const char *name, *order_id = json_string_at(content, "orderId");
    struct form form = {NULL, 0};
    struct sim_unionpay row;
    enum error found = find_unionpay(r, order_id, &row);

    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    json_object_foreach(content, name, value)
    {
        form_set(r->arena, &form, name, json_string_value(value));
    }
    /* An order that no merchant sent has the time at which it came to be told. */
    form_set(r->arena, &form, "txnTime",
             found == E_OK ? row.txn_time : wire_compact(r->arena, callback->created_at));
    unionpay_sign(r, &form, fault);
    *notice = (struct notice){
        .body = form_encoded(r->arena, &form),
        .headers = {"Content-Type: application/x-www-form-urlencoded; charset=UTF-8", NULL}};
    return E_OK;
}
