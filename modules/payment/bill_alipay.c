/*
 * Alipay's bills: a zip with two files in GBK, the lines (明细) and their summary (汇总), told
 * apart by their first line. Remarks begin with '#' and say whose bill it is, of which day, and
 * what the lines add up to. What goes back stands there below zero.
 */

#include "core/money.h"
#include "payment/bill_csv.h"

enum phase { TITLE, REMARKS, HEADING, LINES, TRAILER, OVER };

enum file_kind { DETAIL, SUMMARY, FILE_KINDS };

struct side {
    int64_t count;
    struct fen sum;
    bool was_announced;
};

struct alipay_bill {
    struct bill_reading *reading;
    struct csv csv;
    enum phase phase;
    enum file_kind file;
    bool has_file, seen[FILE_KINDS];
    bool is_dated, is_named;
    size_t columns;
    int places[8];
    struct side in, out;
    int64_t summary_in, summary_out;
};

enum trade_column {
    TRADE_NO,
    OUT_TRADE_NO,
    BUSINESS,
    DONE_AT,
    TOTAL,
    RECEIVED,
    REQUEST_NO,
    TRADE_COLUMNS
};

static const struct csv_column trade_columns[TRADE_COLUMNS] = {
    [TRADE_NO] = {{"支付宝交易号"}, false},
    [OUT_TRADE_NO] = {{"商户订单号"}, false},
    [BUSINESS] = {{"业务类型"}, false},
    [DONE_AT] = {{"完成时间"}, false},
    [TOTAL] = {{"订单金额（元）", "订单金额(元)"}, false},
    [RECEIVED] = {{"商家实收（元）", "商家实收(元)"}, false},
    [REQUEST_NO] = {{"退款批次号/请求号", "退款批次号"}, false},
};

enum fund_column {
    FLOW_NO,
    FUND_TRADE_NO,
    FUND_OUT_NO,
    FUND_AT,
    FUND_IN,
    FUND_OUT,
    FUND_BUSINESS,
    FUND_COLUMNS
};

static const struct csv_column fund_columns[FUND_COLUMNS] = {
    [FLOW_NO] = {{"账务流水号"}, false},
    [FUND_TRADE_NO] = {{"业务流水号"}, false},
    [FUND_OUT_NO] = {{"商户订单号"}, false},
    [FUND_AT] = {{"发生时间"}, false},
    [FUND_IN] = {{"收入金额（+元）", "收入金额(+元)"}, false},
    [FUND_OUT] = {{"支出金额（-元）", "支出金额(-元)"}, false},
    [FUND_BUSINESS] = {{"业务类型"}, false},
};

/* Of the summary of a trade bill: a row a shop, and one of all. */
enum summary_column { SHOP, IN_COUNT, OUT_COUNT, SUMMARY_COLUMNS };

static const struct csv_column summary_columns[SUMMARY_COLUMNS] = {
    [SHOP] = {{"门店编号"}, false},
    [IN_COUNT] = {{"交易订单总笔数"}, false},
    [OUT_COUNT] = {{"退款订单总笔数"}, false},
};

static bool is_fund(const struct alipay_bill *bill)
{
    return bill->reading->wanted.kind == BILL_FUND;
}

static const char *value(const struct alipay_bill *bill, const struct csv_row *row, int column)
{
    return row->cells[bill->places[column]];
}

static bool refuse(struct alipay_bill *bill, const struct csv_row *row, const char *reason)
{
    return bill_refuse(bill->reading, row->number, "%s", reason);
}

/* "#支付宝业务明细查询", "#支付宝账务汇总查询": the kind of bill and of file. */
static bool take_title(struct alipay_bill *bill, const struct csv_row *row)
{
    const char *text = row->cells[0], *kind = is_fund(bill) ? "账务" : "业务";
    bool is_summary = strstr(text, "汇总") != NULL;

    if (!row->is_comment || strstr(text, kind) == NULL ||
        (!is_summary && strstr(text, "明细") == NULL))
        return refuse(bill, row, "the title of another bill");
    bill->file = is_summary ? SUMMARY : DETAIL;
    if (bill->seen[bill->file])
        return refuse(bill, row, "two files of one kind");
    bill->seen[bill->file] = true;
    bill->phase = REMARKS;
    return true;
}

/* Whether the text in brackets behind the word begins with this. */
static bool has_note(const char *text, const char *word, const char *begin)
{
    const char *at = strstr(text, word);

    at = at == NULL ? NULL : strchr(at, '[');
    return at != NULL && strncmp(at + 1, begin, strlen(begin)) == 0;
}

static bool take_remark(struct alipay_bill *bill, const struct csv_row *row)
{
    const struct bill_wanted *wanted = &bill->reading->wanted;
    const char *text = row->cells[0];
    char day[48], account[80];
    int64_t year, month, day_of_month;

    day_parts(wanted->day, &year, &month, &day_of_month);
    snprintf(day, sizeof(day), "%04d年%02d月%02d日", (int)year, (int)month, (int)day_of_month);
    snprintf(account, sizeof(account), "%s]", wanted->merchant == NULL ? "" : wanted->merchant);
    if (strstr(text, "起始日期") != NULL) {
        bill->is_dated = has_note(text, "起始日期", day);
        return bill->is_dated || refuse(bill, row, "the bill of another day");
    }
    if (strstr(text, "账号") != NULL) {
        bill->is_named = wanted->merchant == NULL || has_note(text, "账号", account);
        return bill->is_named || refuse(bill, row, "the bill of another account");
    }
    if (strstr(text, "列表") == NULL)
        return refuse(bill, row, "an unknown remark");
    bill->phase = HEADING;
    return (bill->is_dated && bill->is_named) || refuse(bill, row, "neither account nor day");
}

static bool take_heading(struct alipay_bill *bill, const struct csv_row *row)
{
    bill->phase = LINES;
    bill->columns = row->count;
    if (bill->file == SUMMARY)
        return is_fund(bill) ||
               csv_layout(bill->reading, row, summary_columns, SUMMARY_COLUMNS, bill->places);
    return is_fund(bill)
               ? csv_layout(bill->reading, row, fund_columns, FUND_COLUMNS, bill->places)
               : csv_layout(bill->reading, row, trade_columns, TRADE_COLUMNS, bill->places);
}

static void count(struct side *side, struct fen amount)
{
    side->count++;
    side->sum = fen_add(side->sum, amount);
}

/* What goes back is written below zero, and nothing else is. */
static bool read_amount(const char *text, bool is_back, struct fen *amount)
{
    return (text[0] == '-') == is_back && bill_amount(text + is_back, amount);
}

static bool read_done_at(struct alipay_bill *bill, const struct csv_row *row, int column,
                         struct bill_line *line)
{
    if (!bill_time(value(bill, row, column), &line->happened_at) ||
        civil_day(line->happened_at).number != bill->reading->wanted.day.number)
        return refuse(bill, row, "the time is malformed or of another day");
    return true;
}

static bool take_trade(struct alipay_bill *bill, const struct csv_row *row)
{
    const char *business = value(bill, row, BUSINESS);
    bool is_back = strcmp(business, "退款") == 0;
    struct bill_line line = {.number = row->number,
                             .direction = is_back ? "out" : "in",
                             .gateway_no = value(bill, row, is_back ? REQUEST_NO : TRADE_NO),
                             .our_no = value(bill, row, is_back ? REQUEST_NO : OUT_TRADE_NO),
                             .paid_no = is_back ? value(bill, row, TRADE_NO) : NULL};
    const char *received_text = value(bill, row, RECEIVED);
    struct fen received;

    if (!is_back && strcmp(business, "交易") != 0)
        return refuse(bill, row, "neither payment nor refund");
    if (!read_amount(value(bill, row, TOTAL), is_back, &line.amount_fen) ||
        !read_amount(received_text, received_text[0] == '-', &received))
        return refuse(bill, row, "an amount is malformed");
    if (!read_done_at(bill, row, DONE_AT, &line))
        return false;
    count(is_back ? &bill->out : &bill->in, received);
    return bill_hand_on(bill->reading, &line);
}

/* Empty or zero on the side that it is not. */
static bool is_nothing(const char *text)
{
    return *text == '\0' || strcmp(text, "0") == 0 || strcmp(text, "0.00") == 0;
}

static bool is_payment(const char *business)
{
    return strcmp(business, "在线支付") == 0 || strcmp(business, "交易付款") == 0;
}

/* A refund's flow does not tell the number of its request, so it proves the account only. */
static bool take_flow(struct alipay_bill *bill, const struct csv_row *row)
{
    const char *in = value(bill, row, FUND_IN), *out = value(bill, row, FUND_OUT);
    bool is_in = is_nothing(out);
    bool is_trade = is_in && is_payment(value(bill, row, FUND_BUSINESS));
    struct bill_line line = {.number = row->number,
                             .direction = is_in ? "in" : "out",
                             .state = is_trade ? BILL_DONE : BILL_OTHER,
                             .gateway_no = value(bill, row, is_trade ? FUND_TRADE_NO : FLOW_NO),
                             .our_no = is_trade ? value(bill, row, FUND_OUT_NO) : ""};

    if (is_in == is_nothing(in) || !read_amount(is_in ? in : out, !is_in, &line.amount_fen))
        return refuse(bill, row, "an amount is malformed");
    if (!read_done_at(bill, row, FUND_AT, &line))
        return false;
    count(is_in ? &bill->in : &bill->out, line.amount_fen);
    return bill_hand_on(bill->reading, &line);
}

static bool take_summary(struct alipay_bill *bill, const struct csv_row *row)
{
    int64_t in, out;

    if (is_fund(bill))
        return true;
    if (!bill_count(value(bill, row, IN_COUNT), &in) ||
        !bill_count(value(bill, row, OUT_COUNT), &out))
        return refuse(bill, row, "a number is malformed");
    if (strcmp(value(bill, row, SHOP), "合计") == 0)
        return (in == bill->summary_in && out == bill->summary_out) ||
               refuse(bill, row, "the summary does not add up");
    bill->summary_in += in;
    bill->summary_out += out;
    return true;
}

static bool take_line(struct alipay_bill *bill, const struct csv_row *row)
{
    if (row->count != bill->columns)
        return bill_refuse(bill->reading, row->number, "%zu values below %zu headings", row->count,
                           bill->columns);
    if (bill->file == SUMMARY)
        return take_summary(bill, row);
    return is_fund(bill) ? take_flow(bill, row) : take_trade(bill, row);
}

/* What stands between the two words, if it has room. */
static bool cut(const char *text, const char *before, const char *behind, char *part, size_t room)
{
    const char *at = strstr(text, before), *end = NULL;

    if (at != NULL) {
        at += strlen(before);
        end = strstr(at, behind);
    }
    if (end == NULL || (size_t)(end - at) >= room)
        return false;
    memcpy(part, at, (size_t)(end - at));
    part[end - at] = '\0';
    return true;
}

/* "#交易合计：2笔，商家实收共400.00元，商家优惠共0.00元": the first number and the first sum. */
static bool check_side(struct alipay_bill *bill, const struct csv_row *row, struct side *side)
{
    const char *text = row->cells[0];
    char number[16], sum[32];
    struct fen amount;
    int64_t announced;

    side->was_announced = true;
    /* A total of refunds comes with a sign and without. */
    if (!cut(text, "：", "笔", number, sizeof(number)) ||
        !cut(text, "共", "元", sum, sizeof(sum)) || !bill_count(number, &announced) ||
        !fen_from_yuan(sum + (sum[0] == '-'), &amount))
        return refuse(bill, row, "a total is malformed");
    if (announced != side->count || amount.fen != side->sum.fen)
        return refuse(bill, row, "it announces other numbers or sums than it has");
    return true;
}

static bool take_trailer(struct alipay_bill *bill, const struct csv_row *row)
{
    const char *text = row->cells[0];

    if (strstr(text, "导出时间") != NULL) {
        bill->phase = OVER;
        return true;
    }
    if (strstr(text, "合计") == NULL)
        return refuse(bill, row, "an unknown remark");
    if (bill->file == SUMMARY)
        return true;
    if (strstr(text, is_fund(bill) ? "收入合计" : "交易合计") != NULL)
        return check_side(bill, row, &bill->in);
    if (strstr(text, is_fund(bill) ? "支出合计" : "退款合计") != NULL)
        return check_side(bill, row, &bill->out);
    return refuse(bill, row, "an unknown total");
}

static bool take_row(void *context, const struct csv_row *row)
{
    struct alipay_bill *bill = context;

    if (bill->phase == TITLE)
        return take_title(bill, row);
    if (bill->phase == REMARKS && row->is_comment)
        return take_remark(bill, row);
    if (bill->phase == HEADING && !row->is_comment)
        return take_heading(bill, row);
    if (bill->phase == LINES && !row->is_comment)
        return take_line(bill, row);
    if (bill->phase == LINES && strstr(row->cells[0], "列表结束") != NULL) {
        bill->phase = TRAILER;
        return true;
    }
    if (bill->phase == TRAILER && row->is_comment)
        return take_trailer(bill, row);
    return refuse(bill, row, "a line where none belongs");
}

static void begin(struct alipay_bill *bill)
{
    bill->phase = TITLE;
    bill->is_dated = bill->is_named = false;
    csv_begin(&bill->csv);
}

static void *open_bill(struct arena *arena, struct bill_reading *reading)
{
    struct alipay_bill *bill = arena_alloc(arena, sizeof(*bill));

    bill->reading = reading;
    bill->csv.reading = reading;
    bill->csv.take = take_row;
    bill->csv.context = bill;
    begin(bill);
    return bill;
}

static bool end_file(struct alipay_bill *bill)
{
    return !bill->has_file || (csv_end(&bill->csv) &&
                               (bill->phase == OVER || bill_refuse(bill->reading, bill->csv.number,
                                                                   "a file ends before its end")));
}

static bool begin_file(void *reader, const char *name)
{
    struct alipay_bill *bill = reader;
    size_t size = strlen(name);

    if (size < 4 || strcmp(name + size - 4, ".csv") != 0)
        return bill_refuse(bill->reading, 0, "the bill holds a file that is no CSV");
    if (!end_file(bill))
        return false;
    bill->has_file = true;
    begin(bill);
    return true;
}

static bool take_text(void *reader, struct bytes text)
{
    struct alipay_bill *bill = reader;

    return csv_text(&bill->csv, text);
}

static bool end_bill(void *reader)
{
    struct alipay_bill *bill = reader;

    if (!end_file(bill))
        return false;
    if (!bill->seen[DETAIL] || !bill->seen[SUMMARY])
        return bill_refuse(bill->reading, 0, "lines or summary are missing");
    if (!bill->in.was_announced || !bill->out.was_announced)
        return bill_refuse(bill->reading, 0, "the totals are missing");
    if (!is_fund(bill) &&
        (bill->summary_in != bill->in.count || bill->summary_out != bill->out.count))
        return bill_refuse(bill->reading, 0, "lines and summary differ");
    return true;
}

const struct bill_format bill_alipay = {
    .charset = "GBK", .open = open_bill, .file = begin_file, .text = take_text, .end = end_bill};
