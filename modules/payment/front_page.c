#include "payment/front_page.h"

#include "core/log.h"
#include "core/seal.h"
#include "payment/gateway.h"
#include "payment/state.h"

enum { NONCE_LETTERS = 22 };

static const struct sealed_column token_column = {"pay_attempt", "prepay_id"};

const char *front_page_token(struct request *r, const char *attempt_id)
{
    return hex_encode(r->arena, blind_index(r, &token_column, attempt_id));
}

const char *front_page_url(struct request *r, const char *order_no, const char *token)
{
    return arena_printf(r->arena, "/api/payment/orders/%s/unionpay/%s", order_no, token);
}

static enum error reply_html(struct request *r, int status, const char *policy, const char *page)
{
    reply_header(r, "Content-Security-Policy", policy);
    reply_header(r, "Referrer-Policy", "no-referrer"); /* the address is a right */
    reply_header(r, "X-Content-Type-Options", "nosniff");
    reply_header(r, "Cache-Control", "no-store");
    return reply_text(r, status, "text/html; charset=utf-8", page);
}

static enum error reply_note(struct request *r, int status, const char *text)
{
    return reply_html(r, status, unionpay_page_policy(r->arena, "none"),
                      unionpay_note_page(r->arena, text));
}

static enum error reply_form(struct request *r, const struct merchant *merchant,
                             const struct pursuit *pursuit)
{
    const struct unionpay_order order = {
        .order_id = pursuit->attempt_id,
        .made_at = pursuit->created_at,
        .expire_at = pursuit->expire_at,
        .total = pursuit->amount_fen,
        .front_url = arena_printf(r->arena, "%s/return", merchant->notify_url),
        .back_url = merchant->notify_url,
    };
    const char *nonce = random_text(r->arena, NONCE_LETTERS);
    const char *action = arena_printf(r->arena, "%s/gateway/api/frontTransReq.do",
                                      payment_settings(r)->unionpay_url);
    const char *page =
        unionpay_page(r->arena, action,
                      unionpay_signed(r->arena, &merchant->unionpay,
                                      unionpay_consume(r->arena, &merchant->unionpay, &order)),
                      nonce);

    if (page == NULL)
        return failed(r, E_INTERNAL, "signing failed");
    return reply_html(r, 200, unionpay_page_policy(r->arena, nonce), page);
}

/* The attempt that the address belongs to; what it does not belong to looks absent. */
static enum error find_shown(struct request *r, struct pursuit *pursuit)
{
    const struct front_page_input *in = r->input;
    struct attempt attempt;

    TRY(find_attempt(r, in->order_no, &attempt));
    if (strcmp(attempt.gateway, "unionpay") != 0 || attempt.prepay_id == NULL ||
        !bytes_equal(bytes_of(attempt.prepay_id), bytes_of(in->token)))
        return E_NOT_FOUND;
    return find_pursuit(r, attempt.id, pursuit);
}

enum error show_front_page(struct request *r)
{
    const struct merchant *merchant;
    struct pursuit pursuit;

    TRY(find_shown(r, &pursuit));
    if (strcmp(pursuit.attempt_state, "open") != 0 || strcmp(pursuit.order_state, "paying") != 0 ||
        pursuit.expire_at.ms <= r->now.ms)
        return reply_note(r, 409, "缴款单已缴清、已关闭或已过期，请返回查看缴款结果。");
    merchant = merchant_of(r, pursuit.gateway, pursuit.merchant);
    if (merchant == NULL)
        return failed(r, E_UNAVAILABLE, "merchant %s at unionpay is not in MERCHANTS_FILE",
                      pursuit.merchant);
    return reply_form(r, merchant, &pursuit);
}

/* What the browser brings along passed through the payer's hands: it is not even read. */
enum error show_return_page(struct request *r)
{
    return reply_note(r, 200, "请返回原页面查看缴款结果，以系统显示的结果为准。");
}
