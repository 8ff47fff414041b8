#include "payment/wechatpay_order.h"

#include <jansson.h>

#include "core/clock.h"
#include "core/http.h"
#include "core/json_read.h"
#include "casework/utf8.h"

enum { DESCRIPTION_SIZE = 127 };

const char *wechatpay_order_body(struct arena *arena, const struct wechatpay_merchant *merchant,
                                 const struct wechatpay_order *order)
{
    const char *expire =
        order->expire_at.ms != NONE ? wechatpay_time(arena, order->expire_at) : NULL;
    const char *description =
        arena_text_of(arena, order->description, utf8_fit(order->description, DESCRIPTION_SIZE));

    return json_written(
        arena,
        json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s, s:{s:I, s:s}, s:o*}", "appid", merchant->appid,
                  "mchid", merchant->mchid, "description", description, "out_trade_no",
                  order->out_trade_no, "time_expire", expire, "notify_url", order->notify_url,
                  "amount", "total", (json_int_t)order->total.fen, "currency", "CNY", "payer",
                  order->openid == NULL ? NULL : json_pack("{s:s}", "openid", order->openid)));
}

const char *wechatpay_close_body(struct arena *arena, const struct wechatpay_merchant *merchant)
{
    return json_written(arena, json_pack("{s:s}", "mchid", merchant->mchid));
}

const char *wechatpay_refund_body(struct arena *arena, const struct wechatpay_refund *refund)
{
    return json_written(arena,
                        json_pack("{s:s, s:s, s:s*, s:s*, s:{s:I, s:I, s:s}}", "out_trade_no",
                                  refund->out_trade_no, "out_refund_no", refund->out_refund_no,
                                  "reason", refund->reason, "notify_url", refund->notify_url,
                                  "amount", "refund", (json_int_t)refund->refund.fen, "total",
                                  (json_int_t)refund->total.fen, "currency", "CNY"));
}

const char *wechatpay_query_target(struct arena *arena, const struct wechatpay_merchant *merchant,
                                   const char *out_trade_no)
{
    return arena_printf(arena, "/v3/pay/transactions/out-trade-no/%s?mchid=%s",
                        url_encode(arena, out_trade_no), url_encode(arena, merchant->mchid));
}

const char *wechatpay_close_target(struct arena *arena, const char *out_trade_no)
{
    return arena_printf(arena, "/v3/pay/transactions/out-trade-no/%s/close",
                        url_encode(arena, out_trade_no));
}

const char *wechatpay_refund_query_target(struct arena *arena, const char *out_refund_no)
{
    return arena_printf(arena, WECHATPAY_REFUND_TARGET "/%s", url_encode(arena, out_refund_no));
}

const char *wechatpay_pay_message(struct arena *arena, const struct wechatpay_merchant *merchant,
                                  const struct wechatpay_pay_params *params)
{
    return arena_printf(arena, "%s\n%s\n%s\n%s\n", merchant->appid, params->time_stamp,
                        params->nonce_str, params->package);
}

bool wechatpay_pay_params(struct arena *arena, const struct wechatpay_merchant *merchant,
                          const char *prepay_id, struct instant now, const char *nonce,
                          struct wechatpay_pay_params *params)
{
    params->time_stamp = arena_printf(arena, "%lld", (long long)(now.ms / SECOND_MS));
    params->nonce_str = nonce;
    params->package = arena_printf(arena, "prepay_id=%s", prepay_id);
    params->pay_sign = sign_rsa_sha256(arena, merchant->private_key,
                                       bytes_of(wechatpay_pay_message(arena, merchant, params)));
    return params->pay_sign != NULL;
}

const char *wechatpay_pay_params_json(struct arena *arena,
                                      const struct wechatpay_pay_params *params)
{
    return json_written(arena,
                        json_pack("{s:s, s:s, s:s, s:s, s:s}", "timeStamp", params->time_stamp,
                                  "nonceStr", params->nonce_str, "package", params->package,
                                  "signType", "RSA", "paySign", params->pay_sign));
}

const char *wechatpay_time(struct arena *arena, struct instant at)
{
    struct day day = civil_day(at);
    int64_t second = (at.ms - day_start(day).ms) / SECOND_MS;

    return arena_printf(arena, "%sT%02d:%02d:%02d+08:00", day_to_text(arena, day),
                        (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

/* "d" is a digit, "s" a sign, all else stands for itself. */
static bool has_form(const char *text, const char *form)
{
    if (strlen(text) != strlen(form))
        return false;
    for (; *form != '\0'; form++, text++) {
        bool is_digit = *text >= '0' && *text <= '9';
        bool is_sign = *text == '+' || *text == '-';

        if (*form == 'd' ? !is_digit : *form == 's' ? !is_sign : *text != *form)
            return false;
    }
    return true;
}

static int two_digits(const char *at)
{
    return (at[0] - '0') * 10 + (at[1] - '0');
}

static int64_t ms_of(const char *hour, const char *minute)
{
    return two_digits(hour) * HOUR_MS + two_digits(minute) * MINUTE_MS;
}

bool wechatpay_time_read(const char *text, struct instant *at)
{
    struct day day;
    char date[11];
    int64_t offset_ms;

    if (!has_form(text, "dddd-dd-ddTdd:dd:ddsdd:dd"))
        return false;
    memcpy(date, text, 10);
    date[10] = '\0';
    if (two_digits(text + 11) > 23 || two_digits(text + 14) > 59 || two_digits(text + 17) > 59 ||
        two_digits(text + 20) > 23 || two_digits(text + 23) > 59 || !day_from_text(date, &day))
        return false;
    offset_ms = text[19] == '-' ? -ms_of(text + 20, text + 23) : ms_of(text + 20, text + 23);
    /* day_start() is midnight in UTC+8; the text counts from midnight at its own offset. */
    *at = instant_add(day_start(day), 8 * HOUR_MS - offset_ms + ms_of(text + 11, text + 14) +
                                          two_digits(text + 17) * SECOND_MS);
    return true;
}
