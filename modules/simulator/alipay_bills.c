/* Where Alipay's bills lie: a zip with the lines and their summary, for half a minute. */

#include "simulator/alipay.h"
#include "simulator/bills.h"

enum { READY_HOUR = 9, VALID_MS = 30000 };

const struct member alipay_bill_members[] = {
    {"bill_type", A_TEXT, true, 1, 32, is_plain},
    {"bill_date", A_TEXT, true, 7, 10, is_plain},
    {"*", ANYTHING, false, 0, 0, NULL},
    {.path = NULL},
};

static void close_arena(void *arena)
{
    arena_close(arena);
}

struct asked_bill {
    struct arena *arena;
    const struct alipay_party *party;
    struct day day;
    const struct bill_rows *rows;
};

struct sides {
    size_t in, out;
    int64_t in_fen, out_fen;
};

static struct sides sides_of(const struct bill_rows *rows)
{
    struct sides sides = {0};

    for (size_t i = 0; i < rows->count; i++) {
        bool is_in = strcmp(rows->items[i].direction, "in") == 0;

        sides.in += is_in;
        sides.out += !is_in;
        *(is_in ? &sides.in_fen : &sides.out_fen) += rows->items[i].amount_fen.fen;
    }
    return sides;
}

static void add_head(struct page *page, const struct asked_bill *bill, const char *kind,
                     const char *file)
{
    int64_t y, m, d, y2, m2, d2;

    day_parts(bill->day, &y, &m, &d);
    day_parts((struct day){bill->day.number + 1}, &y2, &m2, &d2);
    page_add(page,
             "#支付宝%s%s查询\r\n#账号：[%s]\r\n#起始日期：[%04d年%02d月%02d日 00:00:00]   "
             "终止日期：[%04d年%02d月%02d日 00:00:00]\r\n#--------------------%s%s列表"
             "--------------------\r\n",
             kind, file, bill->party->seller_id, (int)y, (int)m, (int)d, (int)y2, (int)m2, (int)d2,
             kind, file);
}

static const char *trade_lines(struct request *r, const struct asked_bill *bill)
{
    const struct bill_rows *rows = bill->rows;
    struct page *page = page_open(bill->arena);
    struct sides sides = sides_of(rows);

    add_head(page, bill, "业务", "明细");
    page_add(page, "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,"
                   "操作员,终端号,对方账户,订单金额（元）,商家实收（元）,退款批次号/请求号,"
                   "服务费（元）,备注\r\n");
    for (size_t i = 0; i < rows->count; i++) {
        const struct bill_row *row = &rows->items[i];
        bool is_in = strcmp(row->direction, "in") == 0;
        const char *at = wire_local(r->arena, row->happened_at);
        const char *yuan = wire_yuan(r->arena, is_in ? row->amount_fen.fen : -row->amount_fen.fen);

        page_add(page,
                 "%s\t,%s\t,%s\t,交通违法罚款\t,%s,%s,\t,\t,\t,\t,*明(138****8000)\t,%s,%s,"
                 "%s\t,0.00,\t\r\n",
                 row->payment_id, row->out_trade_no, is_in ? "交易" : "退款", at, at, yuan, yuan,
                 is_in ? "" : row->our_no);
    }
    page_add(page,
             "#--------------------业务明细列表结束--------------------\r\n"
             "#交易合计：%zu笔，商家实收共%s元，商家优惠共0.00元\r\n"
             "#退款合计：%zu笔，商家实收退款共%s元，商家优惠退款共0.00元\r\n"
             "#导出时间：[%s]\r\n",
             sides.in, wire_yuan(r->arena, sides.in_fen), sides.out,
             wire_yuan(r->arena, -sides.out_fen), wire_local(r->arena, r->now));
    return page_text(page);
}

static const char *trade_summary(struct request *r, const struct asked_bill *bill)
{
    const struct bill_rows *rows = bill->rows;
    struct page *page = page_open(bill->arena);
    struct sides sides = sides_of(rows);
    const char *net = wire_yuan(r->arena, sides.in_fen - sides.out_fen);

    add_head(page, bill, "业务", "汇总");
    page_add(page, "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,"
                   "商家实收（元）,实收净额（元）\r\n");
    page_add(page, "\t,\t,%zu,%zu,%s,%s,%s\r\n合计\t,\t,%zu,%zu,%s,%s,%s\r\n", sides.in, sides.out,
             net, net, net, sides.in, sides.out, net, net, net);
    page_add(page,
             "#--------------------业务汇总列表结束--------------------\r\n#导出时间：[%s]\r\n",
             wire_local(r->arena, r->now));
    return page_text(page);
}

static const char *fund_lines(struct request *r, const struct asked_bill *bill)
{
    const struct bill_rows *rows = bill->rows;
    struct page *page = page_open(bill->arena);
    struct sides sides = sides_of(rows);

    add_head(page, bill, "账务", "明细");
    page_add(page, "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,"
                   "支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注\r\n");
    for (size_t i = 0; i < rows->count; i++) {
        const struct bill_row *row = &rows->items[i];
        bool is_in = strcmp(row->direction, "in") == 0;

        page_add(page, "%zu%s\t,%s\t,%s\t,罚款\t,%s,\t,%s,%s,0.00,支付宝\t,%s\t,\t\r\n", i + 1,
                 row->payment_id, row->payment_id, row->out_trade_no,
                 wire_local(r->arena, row->happened_at),
                 is_in ? wire_yuan(r->arena, row->amount_fen.fen) : "0.00",
                 is_in ? "0.00" : wire_yuan(r->arena, -row->amount_fen.fen),
                 is_in ? "在线支付" : "交易退款");
    }
    page_add(page,
             "#--------------------账务明细列表结束--------------------\r\n"
             "#支出合计：%zu笔，共%s元\r\n#收入合计：%zu笔，共%s元\r\n#导出时间：[%s]\r\n",
             sides.out, wire_yuan(r->arena, -sides.out_fen), sides.in,
             wire_yuan(r->arena, sides.in_fen), wire_local(r->arena, r->now));
    return page_text(page);
}

static const char *fund_summary(struct request *r, const struct asked_bill *bill)
{
    const struct bill_rows *rows = bill->rows;
    struct page *page = page_open(bill->arena);
    struct sides sides = sides_of(rows);

    add_head(page, bill, "账务", "汇总");
    page_add(page, "类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）\r\n");
    page_add(page, "合计\t,%zu,%s,%zu,%s\r\n", sides.in, wire_yuan(r->arena, sides.in_fen),
             sides.out, wire_yuan(r->arena, -sides.out_fen));
    page_add(page,
             "#--------------------账务汇总列表结束--------------------\r\n#导出时间：[%s]\r\n",
             wire_local(r->arena, r->now));
    return page_text(page);
}

static struct bytes packed_bill(struct request *r, bool is_fund, struct asked_bill bill)
{
    const char *seller_id = bill.party->seller_id;
    const char *word = is_fund ? "账务明细" : "业务明细";
    struct bill_file files[2];

    bill.arena = arena_open((size_t)64 * 1024 * 1024);
    arena_defer(r->arena, close_arena, bill.arena);
    files[0].name = arena_printf(r->arena, "%s0156_%s.csv", seller_id, word);
    files[1].name = arena_printf(r->arena, "%s0156_%s(汇总).csv", seller_id, word);
    files[0].text = (is_fund ? fund_lines : trade_lines)(r, &bill);
    files[1].text = (is_fund ? fund_summary : trade_summary)(r, &bill);
    return wire_zip_gbk(bill.arena, files, 2);
}

enum error alipay_bill(struct request *r, struct alipay_call *call)
{
    const struct simulator_settings *settings = r->settings;
    const char *type = json_string_at(call->biz, "bill_type"), *token;
    bool is_fund = strcmp(type, "signcustomer") == 0;
    struct instant ready;
    struct bill_rows rows;
    struct bytes packed;
    struct day day;

    if ((!is_fund && strcmp(type, "trade") != 0) ||
        !day_from_text(json_string_at(call->biz, "bill_date"), &day))
        return alipay_refuse(call, "isp.invalid-parameter", "账单类型或日期不正确"), E_OK;
    ready = instant_add(day_start((struct day){day.number + 1}), READY_HOUR * HOUR_MS);
    TRY(list_day(r, ALIPAY, call->party->app_id, day, &call->fault, &rows));
    if (r->now.ms < ready.ms || rows.count == 0 || fault_is(&call->fault, "bill_late"))
        return alipay_refuse(call, "isp.bill_not_exist", "账单不存在"), E_OK;
    packed = packed_bill(r, is_fund,
                         (struct asked_bill){.party = call->party, .day = day, .rows = &rows});
    TRY(put_bill(r, ALIPAY, cut_bill(packed, &call->fault), VALID_MS, &token));
    call->node = alipay_success();
    json_object_set_new(
        call->node, "bill_download_url",
        json_string(arena_printf(r->arena, "%s/downloadBill?token=%s", settings->bill_url, token)));
    return E_OK;
}

enum error alipay_download(struct request *r)
{
    struct bytes content;
    enum error found = get_bill(r, ALIPAY, &content);

    if (found == E_NOT_FOUND)
        return reply_text(r, 403, "text/html", "expired");
    TRY(found);
    return reply_bytes(r, 200, "application/octet-stream", content);
}
