#include "payment/books.h"

#include <inttypes.h>

#include "core/audit.h"
#include "core/clock.h"
#include "core/job.h"
#include "core/money.h"

enum { ACCOUNTS_MAX = 64 };

/* No booking carries a moment of the day before, so long after midnight: requests and jobs have
   shorter deadlines. */
#define GRACE_MS (5 * MINUTE_MS)

/* Suspense is there even on a day on which nothing happened: it marks the day as closed. */
static const char always[] = "suspense";

struct book {
    struct book_line lines[ACCOUNTS_MAX];
    size_t count;
};

static struct book_line *line_of(struct book *book, const char *account)
{
    for (size_t i = 0; i < book->count; i++)
        if (strcmp(book->lines[i].account, account) == 0)
            return &book->lines[i];
    if (book->count == ACCOUNTS_MAX)
        return NULL;
    book->lines[book->count] = (struct book_line){.account = account};
    return &book->lines[book->count++];
}

/* Balances of the day before, and on top of them what was booked on this one. */
static enum error add_up(struct request *r, struct day day, struct book *book)
{
    struct records before, booked;
    const struct book_line *line;
    struct book_line *to;

    *book = (struct book){.count = 0};
    (void)line_of(book, always);
    TRY(list_closed(r, (struct day){day.number - 1}, &before));
    TRY(list_booked(r, day, &booked));
    line = before.items;
    for (size_t i = 0; i < before.count && (to = line_of(book, line[i].account)) != NULL; i++)
        to->balance_fen = line[i].balance_fen;
    line = booked.items;
    for (size_t i = 0; i < booked.count && (to = line_of(book, line[i].account)) != NULL; i++) {
        to->entries = line[i].entries;
        to->debit_fen = line[i].debit_fen;
        to->credit_fen = line[i].credit_fen;
        to->balance_fen = fen_add(to->balance_fen, line[i].balance_fen);
    }
    return book->count < ACCOUNTS_MAX ? E_OK : failed(r, E_INTERNAL, "too many accounts");
}

/* The day after the last closed one, or the one with which the ledger begins. */
static enum error find_next_day(struct request *r, struct day *day)
{
    struct instant first;

    TRY(find_last_closed(r, day));
    if (day->number != NONE) {
        day->number++;
        return E_OK;
    }
    TRY(find_first_booking(r, &first));
    if (first.ms == NONE)
        return E_NOT_FOUND;
    *day = civil_day(first);
    return E_OK;
}

/* One day; *product tells whether there was one. */
static enum error close_next(struct request *r, void *product)
{
    bool *was_closed = product;
    struct book book;
    struct day day;
    enum error error = find_next_day(r, &day);

    *was_closed = false;
    if (error != E_OK)
        return error == E_NOT_FOUND ? E_OK : error;
    if (r->now.ms < day_start((struct day){day.number + 1}).ms + GRACE_MS)
        return E_OK;
    TRY(add_up(r, day, &book));
    for (size_t i = 0; i < book.count; i++)
        TRY(insert_closing(r, day, &book.lines[i]));
    audit(r, "day_closed", day_to_text(r->arena, day), "accounts=%zu", book.count);
    *was_closed = true;
    return E_OK;
}

/* After a while without service there may be several. */
enum error close_days(struct request *r, const struct task *task)
{
    bool was_closed = true;

    (void)task;
    while (was_closed) {
        TRY(db_transaction(r, close_next, &was_closed));
        if (was_closed && monotonic_ms() > r->deadline_ms - 10 * SECOND_MS)
            return job_again_at(r, r->now);
    }
    return E_OK;
}

/* --- Reports ------------------------------------------------------------------------------------
 */

struct report_view {
    struct day day;
    bool is_closed;
    struct records accounts, takings;
};

static const struct field account_fields[] = {
    FIELD(struct book_line, account),
    FIELD(struct book_line, title),
    FIELD(struct book_line, entries),
    FIELD(struct book_line, debit_fen),
    FIELD(struct book_line, credit_fen),
    FIELD(struct book_line, balance_fen),
    FIELD_END,
};

static const struct field taking_fields[] = {
    FIELD(struct taking, gateway),    FIELD(struct taking, merchant),
    FIELD(struct taking, direction),  FIELD(struct taking, count),
    FIELD(struct taking, amount_fen), FIELD_END,
};

const struct field report_view_fields[] = {
    FIELD(struct report_view, day),
    FIELD(struct report_view, is_closed),
    FIELD_LIST(struct report_view, accounts, account_fields, struct book_line),
    FIELD_LIST(struct report_view, takings, taking_fields, struct taking),
    FIELD_END,
};

static const char *title_of(const char *account)
{
    static const char *const titles[][2] = {
        {"clearing:wechatpay", "应收微信支付清算款"},
        {"clearing:alipay", "应收支付宝清算款"},
        {"clearing:unionpay", "应收银联清算款"},
        {"suspense", "待处理款项"},
        {"payable:fine", "应缴罚款"},
        {"payable:fee", "应缴规费"},
        {"bank", "银行存款"},
    };
    static const char treasury[] = "treasury:"; /* one for each account of the treasury */

    for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
        if (strcmp(titles[i][0], account) == 0)
            return titles[i][1];
    return strncmp(account, treasury, strlen(treasury)) == 0 ? "国库退付" : account;
}

static enum error make_report(struct request *r, struct report_view *view)
{
    const struct report_input *in = r->input;
    struct book *book = arena_alloc(r->arena, sizeof(*book));
    struct book_line *lines;

    if (!day_from_text(in->day, &view->day) || view->day.number > civil_day(r->now).number)
        return E_NOT_FOUND;
    TRY(list_closed(r, view->day, &view->accounts));
    view->is_closed = view->accounts.count > 0;
    if (!view->is_closed) {
        TRY(add_up(r, view->day, book));
        view->accounts = (struct records){book->lines, book->count};
    }
    lines = (struct book_line *)(uintptr_t)view->accounts.items;
    for (size_t i = 0; i < view->accounts.count; i++)
        lines[i].title = title_of(lines[i].account);
    return list_takings(r, view->day, &view->takings);
}

enum error show_report(struct request *r)
{
    struct report_view view;

    TRY(make_report(r, &view));
    return reply_record(r, 200, report_view_fields, &view);
}

/* A byte order mark, so that spreadsheets read it as UTF-8. */
enum error show_report_csv(struct request *r)
{
    const char *text = "\xEF\xBB\xBF日期,科目,名称,笔数,借方(分),贷方(分),余额(分)\r\n";
    const struct book_line *line;
    struct report_view view;

    TRY(make_report(r, &view));
    line = view.accounts.items;
    for (size_t i = 0; i < view.accounts.count; i++, line++)
        text = arena_printf(
            r->arena, "%s%s,%s,%s,%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 "\r\n", text,
            day_to_text(r->arena, view.day), line->account, line->title, line->entries,
            line->debit_fen.fen, line->credit_fen.fen, line->balance_fen.fen);
    reply_header(
        r, "Content-Disposition",
        arena_printf(r->arena, "attachment; filename=\"%s.csv\"", day_to_text(r->arena, view.day)));
    return reply_text(r, 200, "text/csv; charset=utf-8", text);
}

static const char *yuan(struct request *r, struct fen amount)
{
    if (amount.fen >= 0)
        return fen_to_yuan(r->arena, amount);
    return arena_printf(r->arena, "-%s", fen_to_yuan(r->arena, (struct fen){-amount.fen}));
}

static const char *account_rows(struct request *r, struct records accounts)
{
    const struct book_line *line = accounts.items;
    const char *rows = "";

    for (size_t i = 0; i < accounts.count; i++, line++)
        rows = arena_printf(r->arena,
                            "%s<tr><td>%s</td><td>%" PRId64 "</td><td>%s</td><td>%s</td>"
                            "<td>%s</td></tr>",
                            rows, line->title, line->entries, yuan(r, line->debit_fen),
                            yuan(r, line->credit_fen), yuan(r, line->balance_fen));
    return rows;
}

static const char *taking_rows(struct request *r, struct records takings)
{
    const struct taking *taking = takings.items;
    const char *rows = "";

    for (size_t i = 0; i < takings.count; i++, taking++)
        rows = arena_printf(r->arena,
                            "%s<tr><td>%s %s</td><td>%s</td><td>%" PRId64 "</td><td>%s</td></tr>",
                            rows, taking->gateway, taking->merchant,
                            strcmp(taking->direction, "in") == 0 ? "收款" : "退款", taking->count,
                            yuan(r, taking->amount_fen));
    return rows;
}

/* Names of accounts and merchants are ours: nothing of a stranger's stands in it. */
enum error show_report_page(struct request *r)
{
    struct report_view view;
    const char *day;

    TRY(make_report(r, &view));
    day = day_to_text(r->arena, view.day);
    reply_header(r, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    reply_header(r, "Cache-Control", "no-store");
    return reply_text(
        r, 200, "text/html; charset=utf-8",
        arena_printf(
            r->arena,
            "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta"
            " name=\"viewport\" content=\"width=device-width\"><title>%s 日报</title><style>"
            "body{font:15px/1.6 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}"
            "table{border-collapse:collapse;width:100%%;margin-bottom:2em}"
            "th,td{border-bottom:1px solid #ccc;padding:.3em .6em;text-align:right}"
            "th:first-child,td:first-child{text-align:left}</style></head><body>"
            "<h1>缴款日报 %s</h1><p>%s</p><h2>科目</h2><table><tr><th>科目</th><th>笔数</th>"
            "<th>借方（元）</th><th>贷方（元）</th><th>余额（元）</th></tr>%s</table>"
            "<h2>收付</h2><table><tr><th>商户</th><th>方向</th><th>笔数</th><th>金额（元）</th></"
            "tr>"
            "%s</table></body></html>",
            day, day, view.is_closed ? "已日结。" : "尚未日结，以下为截至目前的数字。",
            account_rows(r, view.accounts), taking_rows(r, view.takings)));
}
