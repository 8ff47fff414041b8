/*
 * WeChat Pay's bills: headings, lines with back-quotes, headings of the totals, their values.
 * A trade bill of type ALL holds payments and refunds, each with the columns of both.
 */

#include "core/money.h"
#include "payment/bill_csv.h"

enum phase { HEADING, LINES, TOTALS, OVER };

enum { COLUMNS_MAX = 16 };

struct wechatpay_bill {
    struct bill_reading *reading;
    struct csv csv;
    enum phase phase;
    bool has_file;
    size_t columns; /* of the heading */
    int places[COLUMNS_MAX];
    int total_places[8];
    size_t total_columns;
    int64_t lines;
    /* of a trade bill: settled and ordered, refunded and asked back, vouchers back */
    struct fen settled, ordered, refunded, asked, vouchers;
    int64_t in_count, out_count; /* of a fund bill ... */
    struct fen in, out;          /* ... all its lines */
};

enum trade_column {
    TIME,
    MERCHANT,
    TRANSACTION_ID,
    OUT_TRADE_NO,
    STATE,
    CURRENCY,
    SETTLED,
    ORDERED,
    REFUND_ID,
    OUT_REFUND_NO,
    REFUNDED,
    ASKED,
    VOUCHERS,
    REFUND_STATE,
    TRADE_COLUMNS
};

/* The old names stand last. */
static const struct csv_column trade_columns[TRADE_COLUMNS] = {
    [TIME] = {{"交易时间"}, false},
    [MERCHANT] = {{"商户号"}, false},
    [TRANSACTION_ID] = {{"微信订单号"}, false},
    [OUT_TRADE_NO] = {{"商户订单号"}, false},
    [STATE] = {{"交易状态"}, false},
    [CURRENCY] = {{"货币种类"}, false},
    [SETTLED] = {{"应结订单金额", "总金额"}, false},
    [ORDERED] = {{"订单金额"}, true},
    [REFUND_ID] = {{"微信退款单号"}, false},
    [OUT_REFUND_NO] = {{"商户退款单号"}, false},
    [REFUNDED] = {{"退款金额"}, false},
    [ASKED] = {{"申请退款金额"}, true},
    [VOUCHERS] = {{"充值券退款金额", "企业红包退款金额"}, true},
    [REFUND_STATE] = {{"退款状态"}, false},
};

enum trade_total { T_LINES, T_SETTLED, T_REFUNDED, T_VOUCHERS, T_ORDERED, T_ASKED, TRADE_TOTALS };

/* The sum of the fees is not among them: it has five decimals and is an estimate. */
static const struct csv_column trade_totals[TRADE_TOTALS] = {
    [T_LINES] = {{"总交易单数"}, false},
    [T_SETTLED] = {{"应结订单总金额", "总交易额"}, false},
    [T_REFUNDED] = {{"退款总金额", "总退款金额"}, false},
    [T_VOUCHERS] = {{"充值券退款总金额", "总企业红包退款金额"}, true},
    [T_ORDERED] = {{"订单总金额"}, true},
    [T_ASKED] = {{"申请退款总金额"}, true},
};

enum fund_column {
    BOOKED_AT,
    BUSINESS_NO,
    FLOW_NO,
    BUSINESS,
    SIDE,
    AMOUNT,
    VOUCHER_NO,
    FUND_COLUMNS
};

static const struct csv_column fund_columns[FUND_COLUMNS] = {
    [BOOKED_AT] = {{"记账时间"}, false},    [BUSINESS_NO] = {{"微信支付业务单号"}, false},
    [FLOW_NO] = {{"资金流水单号"}, false},  [BUSINESS] = {{"业务类型"}, false},
    [SIDE] = {{"收支类型"}, false},         [AMOUNT] = {{"收支金额(元)", "收支金额（元）"}, false},
    [VOUCHER_NO] = {{"业务凭证号"}, false},
};

enum fund_total { F_LINES, F_IN_COUNT, F_IN, F_OUT_COUNT, F_OUT, FUND_TOTALS };

static const struct csv_column fund_totals[FUND_TOTALS] = {
    [F_LINES] = {{"资金流水总笔数"}, false}, [F_IN_COUNT] = {{"收入笔数"}, false},
    [F_IN] = {{"收入金额"}, false},          [F_OUT_COUNT] = {{"支出笔数"}, false},
    [F_OUT] = {{"支出金额"}, false},
};

static bool is_fund(const struct wechatpay_bill *bill)
{
    return bill->reading->wanted.kind == BILL_FUND;
}

/* The value of a column; NULL when the bill has no such column. */
static const char *value(const struct wechatpay_bill *bill, const struct csv_row *row, int column)
{
    return bill->places[column] < 0 ? NULL : row->cells[bill->places[column]];
}

static bool read_amount(struct wechatpay_bill *bill, const struct csv_row *row, int column,
                        struct fen *amount)
{
    const char *text = value(bill, row, column);

    amount->fen = 0;
    return text == NULL || bill_amount(text, amount) ||
           bill_refuse(bill->reading, row->number, "an amount is malformed");
}

struct trade_amounts {
    struct fen settled, ordered, refunded, asked, vouchers;
};

static bool read_amounts(struct wechatpay_bill *bill, const struct csv_row *row,
                         struct trade_amounts *amounts)
{
    return read_amount(bill, row, SETTLED, &amounts->settled) &&
           read_amount(bill, row, ORDERED, &amounts->ordered) &&
           read_amount(bill, row, REFUNDED, &amounts->refunded) &&
           read_amount(bill, row, ASKED, &amounts->asked) &&
           read_amount(bill, row, VOUCHERS, &amounts->vouchers);
}

static bool read_payment(struct wechatpay_bill *bill, const struct csv_row *row,
                         const struct trade_amounts *amounts, struct bill_line *line)
{
    line->direction = "in";
    line->gateway_no = value(bill, row, TRANSACTION_ID);
    line->our_no = value(bill, row, OUT_TRADE_NO);
    line->amount_fen = bill->places[ORDERED] < 0 ? amounts->settled : amounts->ordered;
    bill->settled = fen_add(bill->settled, amounts->settled);
    bill->ordered = fen_add(bill->ordered, amounts->ordered);
    if (civil_day(line->happened_at).number != bill->reading->wanted.day.number)
        return bill_refuse(bill->reading, row->number, "a payment of another day");
    return true;
}

static bool read_refund(struct wechatpay_bill *bill, const struct csv_row *row,
                        const struct trade_amounts *amounts, struct bill_line *line)
{
    const char *state = value(bill, row, REFUND_STATE);

    line->direction = "out";
    line->gateway_no = value(bill, row, REFUND_ID);
    line->our_no = value(bill, row, OUT_REFUND_NO);
    line->paid_no = value(bill, row, TRANSACTION_ID);
    line->amount_fen = bill->places[ASKED] < 0 ? amounts->refunded : amounts->asked;
    line->state = strcmp(state, "SUCCESS") == 0      ? BILL_DONE
                  : strcmp(state, "PROCESSING") == 0 ? BILL_PENDING
                                                     : BILL_FAILED;
    bill->refunded = fen_add(bill->refunded, amounts->refunded);
    bill->asked = fen_add(bill->asked, amounts->asked);
    bill->vouchers = fen_add(bill->vouchers, amounts->vouchers);
    return true;
}

static bool is_ours(struct wechatpay_bill *bill, const struct csv_row *row)
{
    const char *merchant = bill->reading->wanted.merchant;

    if (merchant != NULL && strcmp(value(bill, row, MERCHANT), merchant) != 0)
        return bill_refuse(bill->reading, row->number, "a line of another merchant");
    if (strcmp(value(bill, row, CURRENCY), "CNY") != 0)
        return bill_refuse(bill->reading, row->number, "a line in another currency");
    return true;
}

static bool take_trade(struct wechatpay_bill *bill, const struct csv_row *row)
{
    struct bill_line line = {.number = row->number, .state = BILL_DONE};
    const char *state = value(bill, row, STATE);
    struct trade_amounts amounts;
    bool is_payment = strcmp(state, "SUCCESS") == 0;

    if (!is_ours(bill, row) || !read_amounts(bill, row, &amounts))
        return false;
    if (!bill_time(value(bill, row, TIME), &line.happened_at))
        return bill_refuse(bill->reading, row->number, "the time is malformed");
    if (!is_payment && strcmp(state, "REFUND") != 0 && strcmp(state, "REVOKED") != 0)
        return bill_refuse(bill->reading, row->number, "an unknown state of a trade");
    return (is_payment ? read_payment(bill, row, &amounts, &line)
                       : read_refund(bill, row, &amounts, &line)) &&
           bill_hand_on(bill->reading, &line);
}

/* Payments and refunds go by the numbers that trades have; a fee shares the payment's, so it goes
   by that of the flow. */
static void name_flow(struct wechatpay_bill *bill, const struct csv_row *row,
                      struct bill_line *line)
{
    const char *business = value(bill, row, BUSINESS);
    bool is_in = strcmp(line->direction, "in") == 0;
    bool is_trade =
        (is_in && strcmp(business, "交易") == 0) || (!is_in && strcmp(business, "退款") == 0);

    line->state = is_trade ? BILL_DONE : BILL_OTHER;
    line->gateway_no = value(bill, row, is_trade ? BUSINESS_NO : FLOW_NO);
    line->our_no = is_trade ? value(bill, row, VOUCHER_NO) : "";
}

static bool take_flow(struct wechatpay_bill *bill, const struct csv_row *row)
{
    struct bill_line line = {.number = row->number};
    const char *side = value(bill, row, SIDE);
    bool is_in = strcmp(side, "收入") == 0;

    if (!is_in && strcmp(side, "支出") != 0)
        return bill_refuse(bill->reading, row->number, "neither income nor outgo");
    if (!read_amount(bill, row, AMOUNT, &line.amount_fen))
        return false;
    if (!bill_time(value(bill, row, BOOKED_AT), &line.happened_at) ||
        civil_day(line.happened_at).number != bill->reading->wanted.day.number)
        return bill_refuse(bill->reading, row->number, "the time is malformed or of another day");
    line.direction = is_in ? "in" : "out";
    name_flow(bill, row, &line);
    bill->in_count += is_in;
    bill->out_count += !is_in;
    if (is_in)
        bill->in = fen_add(bill->in, line.amount_fen);
    else
        bill->out = fen_add(bill->out, line.amount_fen);
    return bill_hand_on(bill->reading, &line);
}

static bool take_line(struct wechatpay_bill *bill, const struct csv_row *row)
{
    if (row->count != bill->columns)
        return bill_refuse(bill->reading, row->number, "%zu values below %zu headings", row->count,
                           bill->columns);
    bill->lines++;
    return is_fund(bill) ? take_flow(bill, row) : take_trade(bill, row);
}

static bool check_count(struct wechatpay_bill *bill, const struct csv_row *row, int total,
                        int64_t counted)
{
    int64_t announced;

    if (!bill_count(row->cells[bill->total_places[total]], &announced) || announced != counted)
        return bill_refuse(bill->reading, row->number, "it announces other numbers than it has");
    return true;
}

static bool check_sum(struct wechatpay_bill *bill, const struct csv_row *row, int total,
                      struct fen counted)
{
    struct fen announced;

    if (bill->total_places[total] < 0)
        return true;
    if (!fen_from_yuan(row->cells[bill->total_places[total]], &announced) ||
        announced.fen != counted.fen)
        return bill_refuse(bill->reading, row->number, "it announces other sums than it has");
    return true;
}

static bool take_totals(struct wechatpay_bill *bill, const struct csv_row *row)
{
    if (row->count != bill->total_columns)
        return bill_refuse(bill->reading, row->number, "the totals do not fit their headings");
    bill->phase = OVER;
    if (is_fund(bill))
        return check_count(bill, row, F_LINES, bill->lines) &&
               check_count(bill, row, F_IN_COUNT, bill->in_count) &&
               check_count(bill, row, F_OUT_COUNT, bill->out_count) &&
               check_sum(bill, row, F_IN, bill->in) && check_sum(bill, row, F_OUT, bill->out);
    return check_count(bill, row, T_LINES, bill->lines) &&
           check_sum(bill, row, T_SETTLED, bill->settled) &&
           check_sum(bill, row, T_REFUNDED, bill->refunded) &&
           check_sum(bill, row, T_VOUCHERS, bill->vouchers) &&
           check_sum(bill, row, T_ORDERED, bill->ordered) &&
           check_sum(bill, row, T_ASKED, bill->asked);
}

static bool take_heading(struct wechatpay_bill *bill, const struct csv_row *row)
{
    bill->phase = LINES;
    bill->columns = row->count;
    return is_fund(bill)
               ? csv_layout(bill->reading, row, fund_columns, FUND_COLUMNS, bill->places)
               : csv_layout(bill->reading, row, trade_columns, TRADE_COLUMNS, bill->places);
}

static bool take_total_heading(struct wechatpay_bill *bill, const struct csv_row *row)
{
    bill->phase = TOTALS;
    bill->total_columns = row->count;
    return is_fund(bill)
               ? csv_layout(bill->reading, row, fund_totals, FUND_TOTALS, bill->total_places)
               : csv_layout(bill->reading, row, trade_totals, TRADE_TOTALS, bill->total_places);
}

static bool take_row(void *context, const struct csv_row *row)
{
    struct wechatpay_bill *bill = context;

    if (bill->phase == HEADING && !row->is_quoted && !row->is_comment)
        return take_heading(bill, row);
    if (bill->phase == LINES && row->is_quoted)
        return take_line(bill, row);
    if (bill->phase == LINES && !row->is_comment)
        return take_total_heading(bill, row);
    if (bill->phase == TOTALS && row->is_quoted)
        return take_totals(bill, row);
    return bill_refuse(bill->reading, row->number, "a line where none belongs");
}

static void *open_bill(struct arena *arena, struct bill_reading *reading)
{
    struct wechatpay_bill *bill = arena_alloc(arena, sizeof(*bill));

    bill->reading = reading;
    bill->csv.reading = reading;
    bill->csv.take = take_row;
    bill->csv.context = bill;
    csv_begin(&bill->csv);
    return bill;
}

static bool begin_file(void *reader, const char *name)
{
    struct wechatpay_bill *bill = reader;

    (void)name;
    if (bill->has_file)
        return bill_refuse(bill->reading, 0, "more than one file");
    bill->has_file = true;
    return true;
}

static bool take_text(void *reader, struct bytes text)
{
    struct wechatpay_bill *bill = reader;

    return csv_text(&bill->csv, text);
}

static bool end_bill(void *reader)
{
    struct wechatpay_bill *bill = reader;

    return csv_end(&bill->csv) &&
           (bill->phase == OVER ||
            bill_refuse(bill->reading, bill->csv.number, "the bill ends without its totals"));
}

const struct bill_format bill_wechatpay = {
    .open = open_bill, .file = begin_file, .text = take_text, .end = end_bill};
