/* A page for people: open orders with a button that pays. */

#include "core/money.h"
#include "simulator/pay.h"
#include "simulator/wire_text.h"

#define HEAD                                                                                       \
    "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">"                           \
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"                      \
    "<title>模拟收银台</title><style>"                                                        \
    ":root{color-scheme:light dark}*{box-sizing:border-box}"                                       \
    "body{margin:0 auto;max-width:60rem;padding:1rem;"                                             \
    "font:16px/1.5 system-ui,\"PingFang SC\",\"Microsoft YaHei\",sans-serif}"                      \
    "h1{font-size:1.3rem;margin:.5rem 0}p{margin:.25rem 0;opacity:.75}"                            \
    "main{display:grid;gap:.75rem;margin-top:1rem;"                                                \
    "grid-template-columns:repeat(auto-fill,minmax(17rem,1fr))}"                                   \
    "article{border:1px solid #8886;border-radius:.75rem;padding:1rem;display:flex;"               \
    "flex-direction:column;gap:.25rem}"                                                            \
    ".amount{font-size:1.6rem;font-weight:600}.no{font-size:.8rem;overflow-wrap:anywhere}"         \
    ".tag{align-self:flex-start;border-radius:1rem;padding:0 .6rem;font-size:.8rem;color:#fff}"    \
    ".wechatpay{background:#07803d}.alipay{background:#1458b8}.unionpay{background:#b8232f}"       \
    "button{width:100%;min-height:2.75rem;margin-top:.5rem;border:0;border-radius:.5rem;"          \
    "font:inherit;color:#fff;background:#07803d;cursor:pointer}"                                   \
    ".alipay-pay button{background:#1458b8}.unionpay-pay "                                         \
    "button{background:#b8232f}button:focus-visible{outline:3px solid #f90}"                       \
    "</style></head><body><h1>模拟收银台</h1>"                                                \
    "<p>这里扮演微信支付、支付宝和银联，只用于开发和测试，不会动用真钱。</p><main>"

#define FOOT                                                                                             \
    "</main><p><a href=\"/simulator/\">刷新</a> · <a href=\"/simulator/movements\">资金流水</a> " \
    "· <a href=\"/simulator/callbacks\">通知记录</a></p></body></html>"

const char *html_text(struct arena *arena, const char *text)
{
    const char *out = "";

    for (size_t plain; *text != '\0'; text++) {
        plain = strcspn(text, "<>&\"'");
        out = arena_printf(arena, "%s%.*s", out, (int)plain, text);
        text += plain;
        if (*text == '\0')
            break;
        out = arena_printf(arena, "%s&#%d;", out, *text);
    }
    return out;
}

static const char *gateway_name(const char *gateway)
{
    if (strcmp(gateway, UNIONPAY) == 0)
        return "银联在线支付";
    return strcmp(gateway, ALIPAY) == 0 ? "支付宝" : "微信支付";
}

static const char *card(struct request *r, const struct sim_order *order)
{
    const char *name = gateway_name(order->gateway);

    return arena_printf(
        r->arena,
        "<article class=\"%s-pay\"><span class=\"tag %s\">%s</span>"
        "<span class=\"amount\">¥%s</span><span>%s</span><span class=\"no\">%s</span>"
        "<span class=\"no\">%s</span>"
        "<form method=\"post\" action=\"/simulator/click/%s/%s\"><button>支付</button></form>"
        "</article>",
        order->gateway, order->gateway, name, fen_to_yuan(r->arena, order->amount_fen),
        html_text(r->arena, order->subject), html_text(r->arena, order->out_trade_no),
        wire_local(r->arena, order->created_at), order->gateway, order->out_trade_no);
}

/* Joins as it halves, so that a hundred cards are copied a few times, not a hundred. */
static const char *cards(struct request *r, const struct sim_order *orders, size_t count)
{
    if (count == 0)
        return "";
    if (count == 1)
        return card(r, orders);
    return arena_printf(r->arena, "%s%s", cards(r, orders, count / 2),
                        cards(r, orders + count / 2, count - count / 2));
}

enum error show_page(struct request *r)
{
    struct records orders;
    const char *list;

    TRY(list_orders(r, "open", &orders));
    list =
        orders.count == 0 ? "<p>现在没有待支付的订单。</p>" : cards(r, orders.items, orders.count);
    return reply_text(r, 200, "text/html; charset=utf-8",
                      arena_printf(r->arena, "%s%s%s", HEAD, list, FOOT));
}

/* A click pays what the order says, and shows the page again. */
enum error click_route(struct request *r)
{
    const struct order_path *in = r->input;
    struct payment payment = {
        .gateway = in->gateway, .out_trade_no = in->out_trade_no, .paid_fen = {NONE}};

    TRY(pay_order(r, &payment));
    reply_header(r, "Location", "/simulator/");
    return reply_text(r, 303, "text/plain; charset=utf-8", "已支付\n");
}
