/* What UnionPay demands of a request, field by field. */

#include "simulator/unionpay.h"

static bool is_digits(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static bool is_order_id(const char *text)
{
    size_t size = strlen(text);

    return size >= 8 && size <= 32 &&
           strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == size;
}

static bool is_amount(const char *text)
{
    return is_digits(text) && text[0] != '0' && strlen(text) <= 12;
}

static bool is_time(const char *text)
{
    struct instant at;

    return wire_compact_read(text, &at);
}

static bool is_url(const char *text)
{
    return strncmp(text, "https://", 8) == 0 && is_plain(text) && strlen(text) <= 256;
}

static bool is_query_id(const char *text)
{
    return strlen(text) == 21 && is_digits(text);
}

static bool is_yuan(const char *text)
{
    return strcmp(text, "156") == 0;
}

static bool is_channel_type(const char *text)
{
    return strcmp(text, "07") == 0 || strcmp(text, "08") == 0;
}

static bool is_direct(const char *text)
{
    return strcmp(text, "0") == 0;
}

static bool is_transactions(const char *text)
{
    return strcmp(text, "00") == 0;
}

static bool is_month_and_day(const char *text)
{
    return strlen(text) == 4 && is_digits(text);
}

/* What would break the text that is signed. */
static bool is_reserved(const char *text)
{
    return strlen(text) <= 1024 && strpbrk(text, "&={}[]\"'") == NULL;
}

#define EVERY_REQUEST                                                                              \
    {"version", true, NULL}, {"encoding", true, NULL}, {"signMethod", true, NULL},                 \
        {"txnType", true, NULL}, {"txnSubType", true, NULL}, {"bizType", true, NULL},              \
        {"merId", true, NULL}, {"certId", true, NULL}, {"signature", true, NULL},                  \
        {"accessType", true, is_direct},                                                           \
    {                                                                                              \
        "txnTime", true, is_time                                                                   \
    }
#define EVERY_TRANSACTION                                                                          \
    EVERY_REQUEST, {"channelType", true, is_channel_type}, {"orderId", true, is_order_id},         \
    {                                                                                              \
        "reqReserved", false, is_reserved                                                          \
    }

static const struct unionpay_rule consume_rules[] = {
    EVERY_TRANSACTION,
    {"txnAmt", true, is_amount},
    {"currencyCode", true, is_yuan},
    {"payTimeout", false, is_time},
    {"frontUrl", true, is_url},
    {"backUrl", true, is_url},
    {.name = NULL},
};

static const struct unionpay_rule query_rules[] = {EVERY_TRANSACTION, {.name = NULL}};

static const struct unionpay_rule reversal_rules[] = {
    EVERY_TRANSACTION,
    {"txnAmt", true, is_amount},
    {"origQryId", true, is_query_id},
    {"backUrl", true, is_url},
    {.name = NULL},
};

static const struct unionpay_rule file_rules[] = {
    EVERY_REQUEST,
    {"fileType", true, is_transactions},
    {"settleDate", true, is_month_and_day},
    {.name = NULL},
};

const struct unionpay_kind unionpay_consume = {"01", "01", "000201", "order", consume_rules};
const struct unionpay_kind unionpay_query = {"00", "00", "000000", "query", query_rules};
const struct unionpay_kind unionpay_refund = {"04", "00", "000201", "refund", reversal_rules};
const struct unionpay_kind unionpay_cancel = {"31", "00", "000201", "refund", reversal_rules};

const struct unionpay_kind unionpay_transfer = {"76", "01", "000000", "bill", file_rules};

const char *wire_compact(struct arena *arena, struct instant at)
{
    const char *local = wire_local(arena, at);

    return arena_printf(arena, "%.4s%.2s%.2s%.2s%.2s%.2s", local, local + 5, local + 8, local + 11,
                        local + 14, local + 17);
}

bool wire_compact_read(const char *text, struct instant *at)
{
    char local[20];

    if (strlen(text) != 14 || !is_digits(text))
        return false;
    snprintf(local, sizeof(local), "%.4s-%.2s-%.2s %.2s:%.2s:%.2s", text, text + 4, text + 6,
             text + 8, text + 10, text + 12);
    return wire_local_read(local, at);
}

struct fen unionpay_amount(const char *digits)
{
    return (struct fen){strtoll(digits, NULL, 10)};
}

static bool has(const struct unionpay_call *call, const char *name, const char *wanted)
{
    const char *value = unionpay_get(call, name);

    return value != NULL && strcmp(value, wanted) == 0;
}

static const struct unionpay_rule *rule_of(const struct unionpay_kind *kind, const char *name)
{
    for (const struct unionpay_rule *rule = kind->rules; rule->name != NULL; rule++)
        if (strcmp(rule->name, name) == 0)
            return rule;
    return NULL;
}

/* NULL, or the name of the first field that is missing, unknown, empty or of another form. */
static const char *odd_field(const struct unionpay_call *call, const struct unionpay_kind *kind)
{
    for (const struct unionpay_rule *rule = kind->rules; rule->name != NULL; rule++)
        if (rule->required && unionpay_get(call, rule->name) == NULL)
            return rule->name;
    for (size_t i = 0; i < call->form->count; i++) {
        const struct pair *one = &call->form->items[i];
        const struct unionpay_rule *rule = rule_of(kind, one->name);

        if (rule == NULL || one->value[0] == '\0' ||
            (rule->check != NULL && !rule->check(one->value)))
            return one->name;
    }
    return NULL;
}

static bool is_signed_by_merchant(struct request *r, const struct unionpay_call *call)
{
    const char *hex = wire_sha256_hex(r->arena, unionpay_text(r->arena, call->form));

    return has(call, "certId", call->party->cert_id) &&
           wire_verify(r->arena, call->party->key,
                       (struct bytes){(const unsigned char *)hex, strlen(hex)},
                       unionpay_get(call, "signature"));
}

static bool is_of_kind(const struct unionpay_call *call, const struct unionpay_kind *kind)
{
    return has(call, "version", "5.1.0") && has(call, "encoding", "UTF-8") &&
           has(call, "signMethod", "01") && has(call, "txnType", kind->txn_type) &&
           has(call, "txnSubType", kind->txn_sub_type) && has(call, "bizType", kind->biz_type);
}

/* A query names the time of what it asks for; the others say when they were made. */
static bool is_recent(const struct request *r, const struct unionpay_call *call,
                      const struct unionpay_kind *kind)
{
    struct instant at;

    return kind == &unionpay_query || (wire_compact_read(unionpay_get(call, "txnTime"), &at) &&
                                       at.ms < r->now.ms + 10 * MINUTE_MS &&
                                       (kind != &unionpay_consume || at.ms > r->now.ms - DAY_MS));
}

static const struct unionpay_party *party_of(const struct simulator *simulator, const char *mer_id)
{
    for (size_t i = 0; i < PARTIES; i++)
        if (strcmp(simulator->unionpay_parties[i].mer_id, mer_id) == 0)
            return &simulator->unionpay_parties[i]; /* no field is empty */
    return NULL;
}

bool unionpay_is_fit(struct request *r, struct unionpay_call *call,
                     const struct unionpay_kind *kind)
{
    const char *odd = odd_field(call, kind);

    if (odd == NULL)
        call->party = party_of(r->state, unionpay_get(call, "merId"));
    if (odd != NULL)
        unionpay_refuse(call, "10", arena_printf(r->arena, "报文格式错误:%.40s", odd));
    else if (!is_of_kind(call, kind))
        unionpay_refuse(call, "10", "报文格式错误:版本或交易类型");
    else if (call->party == NULL)
        unionpay_refuse(call, "31", "商户状态不正确");
    else if (!is_signed_by_merchant(r, call))
        unionpay_refuse(call, "11", "验证签名失败");
    else if (!is_recent(r, call, kind))
        unionpay_refuse(call, "39", "交易不在受理时间范围内");
    return strcmp(call->code, "00") == 0;
}
