/* Trade bills and fund bills: where they lie, with the hash of what they say, and the download. */

#include "core/transport.h"
#include "simulator/bills.h"
#include "simulator/wechatpay.h"

enum { READY_HOUR = 10, MONTHS_3 = 90 };

struct asking {
    const char *date, *type, *account, *packing;
    struct day day;
};

static void close_arena(void *arena)
{
    arena_close(arena);
}

/* A day's bill has no place in a request's own memory. */
static struct arena *large_arena(struct request *r)
{
    struct arena *arena = arena_open((size_t)64 * 1024 * 1024);

    arena_defer(r->arena, close_arena, arena);
    return arena;
}

/* Every parameter that is there must be one of theirs. */
static bool read_asking(struct request *r, struct asking *asking)
{
    const char *query = r->transport->param(r->transport, "QUERY_STRING");
    struct form form;
    size_t known = 0;

    if (query == NULL || !form_read(r->arena, query, strlen(query), &form))
        return false;
    asking->date = form_value(&form, "bill_date");
    asking->type = form_value(&form, "bill_type");
    asking->account = form_value(&form, "account_type");
    asking->packing = form_value(&form, "tar_type");
    known += asking->date != NULL;
    known += asking->type != NULL;
    known += asking->account != NULL;
    known += asking->packing != NULL;
    return known == form.count && asking->date != NULL &&
           day_from_text(asking->date, &asking->day) &&
           (asking->type == NULL || IS_ONE_OF(asking->type, "ALL", "SUCCESS", "REFUND")) &&
           (asking->account == NULL || IS_ONE_OF(asking->account, "BASIC", "OPERATION", "FEES")) &&
           (asking->packing == NULL || strcmp(asking->packing, "GZIP") == 0);
}

static int64_t sum_of(const struct bill_rows *rows, const char *direction)
{
    int64_t sum = 0;

    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->items[i].direction, direction) == 0)
            sum += rows->items[i].amount_fen.fen;
    return sum;
}

static bool is_in(const struct bill_row *row)
{
    return strcmp(row->direction, "in") == 0;
}

static void add_trade(struct request *r, struct page *page, const char *mchid,
                      const struct bill_row *row)
{
    const struct simulator_settings *settings = r->settings;
    const char *yuan = wire_yuan(r->arena, row->amount_fen.fen);
    bool in = is_in(row);

    page_add(page,
             "`%s,`%s,`%s,`0,`,`%s,`%s,`payer,`JSAPI,`%s,`OTHERS,`CNY,`%s,`0.00,`%s,`%s,`%s,`0.00,"
             "`%s,`%s,`交通违法罚款,`,`0.00000,`0.60%%,`%s,`%s,`\r\n",
             wire_local(r->arena, row->happened_at), settings->wechat_appid, mchid, row->payment_id,
             row->out_trade_no, in ? "SUCCESS" : "REFUND", in ? yuan : "0.00",
             in ? "0" : row->gw_id, in ? "0" : row->our_no, in ? "0.00" : yuan,
             in ? "" : "ORIGINAL", in ? "" : "SUCCESS", in ? yuan : "0.00", in ? "0.00" : yuan);
}

static const char *trade_text(struct request *r, struct arena *arena, const char *mchid,
                              const struct bill_rows *rows)
{
    struct page *page = page_open(arena);
    const char *in = wire_yuan(r->arena, sum_of(rows, "in"));
    const char *out = wire_yuan(r->arena, sum_of(rows, "out"));

    page_add(page, "\xef\xbb\xbf交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,"
                   "商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
                   "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,"
                   "退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,"
                   "费率备注\r\n");
    for (size_t i = 0; i < rows->count; i++)
        add_trade(r, page, mchid, &rows->items[i]);
    page_add(page,
             "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,"
             "申请退款总金额\r\n`%zu,`%s,`%s,`0.00,`0.00000,`%s,`%s\r\n",
             rows->count, in, out, in, out);
    return page_text(page);
}

static const char *fund_text(struct request *r, struct arena *arena, const struct bill_rows *rows)
{
    struct page *page = page_open(arena);
    size_t ins = 0;

    page_add(page, "\xef\xbb\xbf记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,"
                   "收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n");
    for (size_t i = 0; i < rows->count; i++) {
        const struct bill_row *row = &rows->items[i];
        const char *name = is_in(row) ? "交易" : "退款";

        ins += is_in(row);
        page_add(page, "`%s,`%s,`F%s,`%s,`%s,`%s,`%s,`0.00,`system,`,`%s\r\n",
                 wire_local(r->arena, row->happened_at), row->gw_id, row->gw_id, name, name,
                 is_in(row) ? "收入" : "支出", wire_yuan(r->arena, row->amount_fen.fen),
                 row->our_no);
    }
    page_add(page,
             "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n`%zu,`%zu,`%s,`%zu,`%s\r\n",
             rows->count, ins, wire_yuan(r->arena, sum_of(rows, "in")), rows->count - ins,
             wire_yuan(r->arena, sum_of(rows, "out")));
    return page_text(page);
}

static enum error tell_place(struct request *r, struct wechatpay_call *call, const char *hash,
                             const char *url)
{
    call->status = 200;
    call->answer = json_text(r->arena, json_pack("{ss ss ss}", "hash_type", "SHA1", "hash_value",
                                                 hash, "download_url", url));
    return E_OK;
}

static enum error place_bill(struct request *r, struct wechatpay_call *call,
                             const struct asking *asking, const struct bill_rows *rows)
{
    const struct simulator_settings *settings = r->settings;
    struct arena *arena = large_arena(r);
    const char *text = asking->account != NULL ? fund_text(r, arena, rows)
                                               : trade_text(r, arena, call->party->mchid, rows);
    struct bytes plain = {(const unsigned char *)text, strlen(text)};
    struct bytes sent = asking->packing == NULL ? plain : wire_gzip(arena, plain);
    const char *hash = wire_sha1_hex(r->arena, fault_is(&call->fault, "wrong_hash") ? sent : plain);
    const char *token;

    TRY(put_bill(r, WECHATPAY, cut_bill(sent, &call->fault), HOUR_MS, &token));
    return tell_place(
        r, call, hash,
        arena_printf(r->arena, "%s/v3/billdownload/file?token=%s", settings->bill_url, token));
}

static bool is_being_made(const struct request *r, const struct wechatpay_call *call, int64_t age)
{
    return fault_is(&call->fault, "bill_late") ||
           (age == 1 && r->now.ms < day_start(civil_day(r->now)).ms + READY_HOUR * HOUR_MS);
}

static enum error bill_act(struct request *r, struct wechatpay_call *call)
{
    const struct simulator_settings *settings = r->settings;
    struct asking asking;
    struct bill_rows rows;
    bool is_fund = strstr(r->path, "fundflowbill") != NULL;
    int64_t age;

    if (!read_asking(r, &asking) || (is_fund ? asking.type : asking.account) != NULL)
        return wechatpay_error(r, call, 400, "PARAM_ERROR", "账单参数错误");
    if (is_fund && asking.account == NULL)
        asking.account = "BASIC";
    age = civil_day(r->now).number - asking.day.number;
    if (age < 1 || age > MONTHS_3)
        return wechatpay_error(r, call, 400, "PARAM_ERROR", "账单日期格式不正确或已超过三个月");
    if (is_being_made(r, call, age))
        return wechatpay_error(r, call, 400, "STATEMENT_CREATING", "账单生成中，请稍后再试");
    if (!is_fund && *settings->bench_bill_url != '\0')
        return tell_place(r, call, settings->bench_bill_sha1, settings->bench_bill_url);
    TRY(list_day(r, WECHATPAY, call->party->mchid, asking.day, &call->fault, &rows));
    if (rows.count == 0)
        return wechatpay_error(r, call, 400, "NO_STATEMENT_EXIST", "账单文件不存在");
    return place_bill(r, call, &asking, &rows);
}

/* Both kinds; the path tells which. */
static enum error serve(struct request *r)
{
    const char *query = r->transport->param(r->transport, "QUERY_STRING");
    struct wechatpay_call call = {.operation = "bill"};
    struct form form;

    if (query != NULL && form_read(r->arena, query, strlen(query), &form))
        call.number = form_value(&form, "bill_date"); /* by which a fault is meant for it */
    return wechatpay_serve(r, &call, bill_act);
}

enum error wechatpay_trade_bill(struct request *r)
{
    return serve(r);
}

enum error wechatpay_fund_bill(struct request *r)
{
    return serve(r);
}

/* The request is signed like any; the answer is not. */
enum error wechatpay_download(struct request *r)
{
    const struct wechatpay_party *party;
    const char *fault = wechatpay_authorization_fault(r, "GET", &party);
    struct bytes content;
    enum error found;

    if (fault != NULL)
        return reply_text(r, 401, "application/json", "{\"code\":\"SIGN_ERROR\"}");
    found = get_bill(r, WECHATPAY, &content);
    if (found == E_NOT_FOUND)
        return reply_text(r, 404, "application/json", "{\"code\":\"RESOURCE_NOT_EXISTS\"}");
    TRY(found);
    return reply_bytes(r, 200, "application/octet-stream", content);
}
