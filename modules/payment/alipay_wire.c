#include "payment/alipay_wire.h"

#include <jansson.h>

#include "core/input.h"
#include "core/json_read.h"
#include "core/money.h"
#include "casework/utf8.h"

enum { SUBJECT_SIZE = 256 };

#define TOTAL_FEN_MAX INT64_C(10000000000)

/* Alipay refuses / = & in a subject, and a long one: their full-width forms read the same. */
static const char *subject_of(struct arena *arena, const char *text)
{
    size_t size = strlen(text);
    char *subject = arena_alloc(arena, 3 * size + 1), *at = subject;

    for (; *text != '\0'; text++) {
        const char *wide = *text == '/' ? "／" : *text == '=' ? "＝" : *text == '&' ? "＆" : NULL;

        memcpy(at, wide != NULL ? wide : text, wide != NULL ? 3 : 1);
        at += wide != NULL ? 3 : 1;
    }
    return arena_text_of(arena, subject, utf8_fit(subject, SUBJECT_SIZE));
}

const char *alipay_create_content(struct arena *arena, const struct alipay_merchant *merchant,
                                  const struct alipay_order *order)
{
    const char *expire = order->expire_at.ms != NONE ? alipay_time(arena, order->expire_at) : NULL;

    return json_written(
        arena, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*, s:s*, s:s*}", "out_trade_no",
                         order->out_trade_no, "total_amount", fen_to_yuan(arena, order->total),
                         "subject", subject_of(arena, order->subject), "product_code", "JSAPI_PAY",
                         "op_app_id", merchant->op_app_id, "buyer_id", order->buyer_id,
                         "buyer_open_id", order->buyer_open_id, "time_expire", expire));
}

const char *alipay_precreate_content(struct arena *arena, const struct alipay_order *order)
{
    const char *expire = order->expire_at.ms != NONE ? alipay_time(arena, order->expire_at) : NULL;

    return json_written(arena,
                        json_pack("{s:s, s:s, s:s, s:s*}", "out_trade_no", order->out_trade_no,
                                  "total_amount", fen_to_yuan(arena, order->total), "subject",
                                  subject_of(arena, order->subject), "time_expire", expire));
}

const char *alipay_trade_content(struct arena *arena, const char *out_trade_no)
{
    return json_written(arena, json_pack("{s:s}", "out_trade_no", out_trade_no));
}

const char *alipay_refund_content(struct arena *arena, const struct alipay_refund *refund)
{
    return json_written(arena, json_pack("{s:s, s:s, s:s, s:s*}", "out_trade_no",
                                         refund->out_trade_no, "refund_amount",
                                         fen_to_yuan(arena, refund->amount), "out_request_no",
                                         refund->out_request_no, "refund_reason", refund->reason));
}

const char *alipay_refund_query_content(struct arena *arena, const char *out_trade_no,
                                        const char *out_request_no)
{
    return json_written(arena, json_pack("{s:s, s:s, s:[s, s]}", "out_trade_no", out_trade_no,
                                         "out_request_no", out_request_no, "query_options",
                                         "refund_detail_item_list", "gmt_refund_pay"));
}

static const char *value_of(struct alipay_params params, const char *name)
{
    for (size_t i = 0; i < params.count; i++)
        if (strcmp(params.items[i].name, name) == 0)
            return params.items[i].value;
    return NULL;
}

bool alipay_notice_split(struct arena *arena, struct bytes form, struct alipay_params *params)
{
    struct alipay_param *items = arena_alloc(arena, ALIPAY_NOTICE_PARAMS_MAX * sizeof(*items));
    const char *at = (const char *)form.data, *end = at + form.size;

    *params = (struct alipay_params){items, 0};
    if (form.size == 0)
        return false;
    while (at <= end) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        const char *equals;
        struct alipay_param *item = &items[params->count];

        stop = stop != NULL ? stop : end;
        equals = memchr(at, '=', (size_t)(stop - at));
        if (equals == NULL || params->count == ALIPAY_NOTICE_PARAMS_MAX)
            return false;
        item->name = form_decode(arena, at, (size_t)(equals - at));
        item->value = form_decode(arena, equals + 1, (size_t)(stop - equals - 1));
        if (item->name == NULL || item->value == NULL || value_of(*params, item->name) != NULL)
            return false;
        params->count++;
        at = stop + 1;
    }
    return true;
}

static bool takes_part(const struct alipay_param *param, bool with_sign_type, bool with_empty)
{
    if (strcmp(param->name, "sign") == 0)
        return false;
    return (with_sign_type || strcmp(param->name, "sign_type") != 0) &&
           (with_empty || param->value[0] != '\0');
}

const char *alipay_notice_string(struct arena *arena, struct alipay_params params,
                                 bool with_sign_type, bool with_empty)
{
    struct alipay_param *kept = arena_alloc(arena, (params.count + 1) * sizeof(*kept));
    size_t count = 0;

    for (size_t i = 0; i < params.count; i++)
        if (takes_part(&params.items[i], with_sign_type, with_empty))
            kept[count++] = params.items[i];
    return alipay_joined(arena, (struct alipay_params){kept, count});
}

bool alipay_amount(const char *text, struct fen *amount)
{
    struct fen read;

    if (!fen_from_yuan(text, &read) || read.fen <= 0 || read.fen > TOTAL_FEN_MAX)
        return false;
    *amount = read;
    return true;
}

const char *alipay_notice_text(const struct alipay_notice *notice, const char *name)
{
    return value_of(notice->params, name);
}

static struct alipay_params without(struct arena *arena, struct alipay_params params,
                                    const char *name)
{
    struct alipay_param *kept = arena_alloc(arena, (params.count + 1) * sizeof(*kept));
    size_t count = 0;

    for (size_t i = 0; i < params.count; i++)
        if (strcmp(params.items[i].name, name) != 0)
            kept[count++] = params.items[i];
    return (struct alipay_params){kept, count};
}

/* Whose signature fits one of the texts; `*string` is that one, or NULL. */
static enum alipay_verdict find_string(struct arena *arena, const struct alipay_app *app,
                                       struct alipay_params params, const char **string)
{
    const char *sign = value_of(params, "sign"), *cert_sn = value_of(params, "alipay_cert_sn");
    bool is_named = app->app_cert_sn != NULL && cert_sn != NULL;
    enum alipay_verdict verdict = ALIPAY_REFUSED;

    *string = NULL;
    if (sign == NULL)
        return ALIPAY_REFUSED;
    for (int variant = 0; variant < (is_named ? 8 : 4); variant++) {
        struct alipay_params all =
            (variant & 4) != 0 ? without(arena, params, "alipay_cert_sn") : params;
        const char *text = alipay_notice_string(arena, all, (variant & 2) != 0, (variant & 1) != 0);

        verdict = alipay_verify(app, cert_sn, bytes_of(text), sign);
        if (verdict == ALIPAY_GENUINE)
            *string = text;
        if (verdict != ALIPAY_REFUSED)
            return verdict;
    }
    return verdict;
}

static bool is_ours(const struct alipay_notice *notice, const struct alipay_merchant *merchant)
{
    const char *app_id = alipay_notice_text(notice, "app_id");
    const char *seller_id = alipay_notice_text(notice, "seller_id");

    if (app_id == NULL || strcmp(app_id, merchant->app.app_id) != 0)
        return false;
    return merchant->seller_id == NULL ||
           (seller_id != NULL && strcmp(seller_id, merchant->seller_id) == 0);
}

enum alipay_verdict alipay_read_notice(struct arena *arena, const struct alipay_merchant *merchant,
                                       struct bytes form, struct alipay_notice *notice)
{
    enum alipay_verdict verdict;

    *notice = (struct alipay_notice){.string = NULL};
    if (!alipay_notice_split(arena, form, &notice->params))
        return ALIPAY_REFUSED;
    verdict = find_string(arena, &merchant->app, notice->params, &notice->string);
    return is_ours(notice, merchant) ? verdict : ALIPAY_REFUSED;
}
