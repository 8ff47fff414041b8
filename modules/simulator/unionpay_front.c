/* The payer's browser: what it posts from the merchant's page, and the click that pays. */

#include "core/money.h"
#include "simulator/pay.h"
#include "simulator/unionpay.h"

#define HEAD                                                                                       \
    "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">"                           \
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"                      \
    "<title>模拟银联在线支付</title><style>:root{color-scheme:light dark}"                 \
    "body{margin:0 auto;max-width:30rem;padding:1rem;"                                             \
    "font:16px/1.5 system-ui,\"PingFang SC\",\"Microsoft YaHei\",sans-serif}"                      \
    ".amount{font-size:1.6rem;font-weight:600}"                                                    \
    "button{width:100%;min-height:2.75rem;border:0;border-radius:.5rem;font:inherit;color:#fff;"   \
    "background:#b8232f;cursor:pointer}button:focus-visible{outline:3px solid #f90}"               \
    "</style></head><body><h1>模拟银联在线支付</h1>"                                       \
    "<p>只用于开发和测试，不会动用真钱。</p>"

static enum error show(struct request *r, int status, const char *content)
{
    return reply_text(r, status, "text/html; charset=utf-8",
                      arena_printf(r->arena, "%s%s</body></html>", HEAD, content));
}

/* The payer reads why there is nothing to pay. */
static enum error show_refusal(struct request *r, const struct unionpay_call *call)
{
    return show(r, 200,
                arena_printf(r->arena, "<p role=\"alert\">%s %s</p>", call->code,
                             html_text(r->arena, call->text)));
}

struct arrival {
    struct sim_order asked, found;
    struct sim_unionpay row;
};

/* The order is made when the payer arrives; whoever comes again finds it. */
static enum error arrive(struct request *r, void *product)
{
    struct arrival *arrival = product;
    enum error found = lock_order(r, UNIONPAY, arrival->asked.out_trade_no, &arrival->found);

    if (found != E_NOT_FOUND)
        return found;
    TRY(insert_order(r, &arrival->asked));
    TRY(insert_unionpay(r, &arrival->row));
    return lock_order(r, UNIONPAY, arrival->asked.out_trade_no, &arrival->found);
}

static struct arrival arrival_of(struct request *r, const struct unionpay_call *call)
{
    struct arrival arrival = {
        .asked = {.gateway = UNIONPAY,
                  .merchant = call->party->mer_id,
                  .out_trade_no = unionpay_get(call, "orderId"),
                  .trade_type = "FRONT",
                  .amount_fen = unionpay_amount(unionpay_get(call, "txnAmt")),
                  .subject = "银联在线支付",
                  .notify_url = unionpay_get(call, "backUrl"),
                  .content = wire_sha256_hex(r->arena, unionpay_text(r->arena, call->form)),
                  .created_at = r->now,
                  .expires_at = {NONE}},
        .row = {.order_id = unionpay_get(call, "orderId"),
                .txn_time = unionpay_get(call, "txnTime"),
                .txn_type = "01",
                .front_url = unionpay_get(call, "frontUrl")},
    };
    const char *timeout = unionpay_get(call, "payTimeout");

    if (timeout != NULL)
        (void)wire_compact_read(timeout, &arrival.asked.expires_at);
    return arrival;
}

static void judge(const struct request *r, struct unionpay_call *call,
                  const struct arrival *arrival)
{
    const struct sim_order *found = &arrival->found;

    if (strcmp(found->content, arrival->asked.content) != 0 || is_paid(found))
        unionpay_refuse(call, "12", "重复交易");
    else if (found->expires_at.ms != NONE && found->expires_at.ms <= r->now.ms)
        unionpay_refuse(call, "39", "订单已超时");
}

static enum error show_order(struct request *r, const struct sim_order *order)
{
    return show(r, 200,
                arena_printf(r->arena,
                             "<p class=\"amount\">¥%s</p><p>订单号 %s</p>"
                             "<form method=\"post\" action=\"/gateway/api/pay.do\">"
                             "<input type=\"hidden\" name=\"orderId\" value=\"%s\">"
                             "<button>支付</button></form>",
                             fen_to_yuan(r->arena, order->amount_fen), order->out_trade_no,
                             order->out_trade_no));
}

enum error unionpay_front_route(struct request *r)
{
    struct form form;
    struct unionpay_call call;
    struct arrival arrival;

    unionpay_begin(r, &form, &call);
    if (!unionpay_is_fit(r, &call, &unionpay_consume))
        return show_refusal(r, &call);
    TRY(fault_take(r, UNIONPAY, unionpay_get(&call, "orderId"), "order", &call.fault));
    fault_wait(r, &call.fault);
    if (fault_is(&call.fault, "lost_request"))
        return fault_cut(r);
    if (fault_is(&call.fault, "http_500") || fault_is(&call.fault, "system_error"))
        return show(r, 500, "<p role=\"alert\">系统繁忙，请稍后再试</p>");
    arrival = arrival_of(r, &call);
    TRY(db_transaction(r, arrive, &arrival));
    judge(r, &call, &arrival);
    if (fault_is(&call.fault, "lost_answer"))
        return fault_cut(r);
    return strcmp(call.code, "00") == 0 ? show_order(r, &arrival.found) : show_refusal(r, &call);
}

/* The way back to the merchant, with what the browser is to bring along, signed. */
static const char *way_back(struct request *r, const struct sim_order *order,
                            const struct sim_unionpay *row)
{
    const struct sim_callback told = {.content = json_text(r->arena, unionpay_paid_json(r, order)),
                                      .created_at = r->now};
    struct notice notice;
    struct form form;
    const char *inputs = "";

    if (row->front_url == NULL || unionpay_notice(r, &told, "", &notice) != E_OK ||
        !form_read(r->arena, notice.body, strlen(notice.body), &form))
        return "";
    for (size_t i = 0; i < form.count; i++)
        inputs = arena_printf(r->arena, "%s<input type=\"hidden\" name=\"%s\" value=\"%s\">",
                              inputs, form.items[i].name, html_text(r->arena, form.items[i].value));
    return arena_printf(r->arena,
                        "<form method=\"post\" action=\"%s\">%s<button>返回商户</button></form>",
                        html_text(r->arena, row->front_url), inputs);
}

enum error unionpay_pay_route(struct request *r)
{
    struct payment payment = {.gateway = UNIONPAY, .paid_fen = {NONE}};
    struct sim_unionpay row;
    struct form form;

    if (!form_read(r->arena, (const char *)r->body.data, r->body.size, &form) ||
        form_value(&form, "orderId") == NULL || !is_plain(form_value(&form, "orderId")))
        return E_NOT_FOUND;
    payment.out_trade_no = form_value(&form, "orderId");
    TRY(find_unionpay(r, payment.out_trade_no, &row));
    TRY(pay_order(r, &payment));
    return show(r, 200,
                arena_printf(r->arena, "<p class=\"amount\">支付成功 ¥%s</p>%s",
                             fen_to_yuan(r->arena, payment.order.paid_fen),
                             way_back(r, &payment.order, &row)));
}
