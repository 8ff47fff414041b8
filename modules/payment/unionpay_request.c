/* The transactions of unionpay_wire.h, and the page that posts one. */

#include "casework/html.h"
#include "core/clock.h"
#include "payment/unionpay_wire.h"

enum { COMMON_FIELDS = 11, OWN_FIELDS_MAX = 8 };

struct txn_kind {
    const char *txn_type, *txn_sub_type, *biz_type;
};

/* What every transaction says, then what is its own. */
static struct unionpay_fields transaction(struct arena *arena,
                                          const struct unionpay_merchant *merchant,
                                          struct txn_kind kind, const struct unionpay_field *own,
                                          size_t own_count)
{
    bool is_file = strcmp(kind.txn_type, "76") == 0; /* no browser and no phone is behind it */
    const struct unionpay_field common[COMMON_FIELDS] = {
        {"version", "5.1.0"},
        {"encoding", "UTF-8"},
        {"signMethod", "01"},
        {"txnType", kind.txn_type},
        {"txnSubType", kind.txn_sub_type},
        {"bizType", kind.biz_type},
        {"channelType", is_file ? "" : "07"},
        {"accessType", "0"},
        {"merId", merchant->mer_id},
        {"certId", merchant->cert_id},
        {"currencyCode", strcmp(kind.txn_type, "01") == 0 ? "156" : ""},
    };
    struct unionpay_field *all =
        arena_alloc(arena, (COMMON_FIELDS + OWN_FIELDS_MAX) * sizeof(*all));

    memcpy(all, common, sizeof(common));
    memcpy(all + COMMON_FIELDS, own, own_count * sizeof(*own));
    return (struct unionpay_fields){all, COMMON_FIELDS + own_count};
}

static const char *fen_text(struct arena *arena, struct fen amount)
{
    return arena_printf(arena, "%lld", (long long)amount.fen);
}

#define OWN(fields) (fields), sizeof(fields) / sizeof((fields)[0])

struct unionpay_fields unionpay_consume(struct arena *arena,
                                        const struct unionpay_merchant *merchant,
                                        const struct unionpay_order *order)
{
    const struct unionpay_field own[] = {
        {"orderId", order->order_id},
        {"txnTime", unionpay_time(arena, order->made_at)},
        {"txnAmt", fen_text(arena, order->total)},
        {"payTimeout", unionpay_time(arena, order->expire_at)},
        {"frontUrl", order->front_url},
        {"backUrl", order->back_url},
    };

    return transaction(arena, merchant, (struct txn_kind){"01", "01", "000201"}, OWN(own));
}

struct unionpay_fields unionpay_query(struct arena *arena, const struct unionpay_merchant *merchant,
                                      const char *order_id, struct instant made_at)
{
    const struct unionpay_field own[] = {
        {"orderId", order_id},
        {"txnTime", unionpay_time(arena, made_at)},
    };

    return transaction(arena, merchant, (struct txn_kind){"00", "00", "000000"}, OWN(own));
}

const char *unionpay_day(struct arena *arena, struct day day)
{
    return arena_printf(arena, "%.4s", unionpay_time(arena, day_start(day)) + strlen("2026"));
}

struct unionpay_fields unionpay_file_transfer(struct arena *arena,
                                              const struct unionpay_merchant *merchant,
                                              struct day day, struct instant made_at)
{
    const struct unionpay_field own[] = {
        {"txnTime", unionpay_time(arena, made_at)},
        {"fileType", "00"},
        {"settleDate", unionpay_day(arena, day)},
    };

    return transaction(arena, merchant, (struct txn_kind){"76", "01", "000000"}, OWN(own));
}

static struct unionpay_fields reversal_fields(struct arena *arena,
                                              const struct unionpay_merchant *merchant,
                                              const char *txn_type,
                                              const struct unionpay_reversal *reversal)
{
    const struct unionpay_field own[] = {
        {"orderId", reversal->order_id},
        {"txnTime", unionpay_time(arena, reversal->made_at)},
        {"txnAmt", fen_text(arena, reversal->amount)},
        {"origQryId", reversal->query_id},
        {"backUrl", reversal->back_url},
    };

    return transaction(arena, merchant, (struct txn_kind){txn_type, "00", "000201"}, OWN(own));
}

struct unionpay_fields unionpay_cancel(struct arena *arena,
                                       const struct unionpay_merchant *merchant,
                                       const struct unionpay_reversal *reversal)
{
    return reversal_fields(arena, merchant, "31", reversal);
}

struct unionpay_fields unionpay_refund(struct arena *arena,
                                       const struct unionpay_merchant *merchant,
                                       const struct unionpay_reversal *reversal)
{
    return reversal_fields(arena, merchant, "04", reversal);
}

#define PAGE_TOP                                                                                   \
    "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">"                           \
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"                      \
    "<title>银联在线支付</title></head><body>"
#define PAGE_HEAD PAGE_TOP "<h1>正在前往银联在线支付</h1>"

const char *unionpay_page(struct arena *arena, const char *action,
                          struct unionpay_fields signed_fields, const char *nonce)
{
    const char *inputs = "";

    if (signed_fields.items == NULL)
        return NULL;
    for (size_t i = 0; i < signed_fields.count; i++)
        inputs = arena_printf(arena, "%s<input type=\"hidden\" name=\"%s\" value=\"%s\">", inputs,
                              html_escaped(arena, signed_fields.items[i].name),
                              html_escaped(arena, signed_fields.items[i].value));
    return arena_printf(arena,
                        PAGE_HEAD "<form method=\"post\" action=\"%s\" accept-charset=\"utf-8\">%s"
                                  "<p>如果页面没有自动跳转，请点击下面的按钮。</p>"
                                  "<button>前往支付</button></form>"
                                  "<script nonce=\"%s\">document.forms[0].submit()</script>"
                                  "</body></html>",
                        html_escaped(arena, action), inputs, html_escaped(arena, nonce));
}

const char *unionpay_note_page(struct arena *arena, const char *text)
{
    return arena_printf(arena, PAGE_TOP "<p>%s</p></body></html>", html_escaped(arena, text));
}

/* The gateway may send the browser on to another host of its own, and browsers apply form-action to
   that, too: hence https and no name. */
const char *unionpay_page_policy(struct arena *arena, const char *nonce)
{
    return arena_printf(arena,
                        "default-src 'none'; script-src 'nonce-%s'; form-action https:; "
                        "base-uri 'none'; frame-ancestors 'none'",
                        nonce);
}
