#include "payment/bill_unionpay.h"

#include "payment/bill_unpack.h"

enum { ZIP_MAX = 48 * 1024 * 1024 };

static const size_t widths[UP_COLUMNS] = {3,  11, 11, 6,  10, 19, 12, 4,  2,  21, 2,  32, 2,  6,
                                          10, 13, 13, 4,  15, 2,  2,  6,  2,  4,  32, 1,  21, 15,
                                          1,  15, 32, 13, 13, 8,  32, 13, 13, 12, 2,  1,  131};

struct unionpay_bill {
    struct bill_reading *reading;
    bool is_statement; /* the file at hand; the report beside it is for people */
    bool has_statement;
    int64_t number;
    size_t size;
    char line[UNIONPAY_LINE_SIZE + 2];
};

bool unionpay_split(char *line, size_t size, const char *columns[UP_COLUMNS])
{
    char *at = line;

    if (size != UNIONPAY_LINE_SIZE)
        return false;
    for (int i = 0; i < UP_COLUMNS; i++) {
        char *end = at + widths[i];

        if (i + 1 < UP_COLUMNS && *end != ' ')
            return false;
        columns[i] = at;
        at = end + 1;
        while (end > columns[i] && end[-1] == ' ')
            end--;
        *end = '\0';
    }
    return true;
}

struct bytes unionpay_file(struct arena *arena, const char *content)
{
    return unpack_zlib(arena, base64_decode(arena, content), ZIP_MAX);
}

/* "0102110405" of the year that makes it the bill's day, or the evening before: their day ends at
   23:00. */
static bool read_time(const struct unionpay_bill *bill, const char *text, struct instant *at)
{
    int64_t year, month, day;
    char full[32];

    if (strlen(text) != 10 || strspn(text, "0123456789") != 10)
        return false;
    day_parts(bill->reading->wanted.day, &year, &month, &day);
    if (month == 1 && day == 1 && strncmp(text, "1231", 4) == 0)
        year--;
    snprintf(full, sizeof(full), "%04d-%.2s-%.2s %.2s:%.2s:%.2s", (int)year, text, text + 2,
             text + 4, text + 6, text + 8);
    return bill_time(full, at);
}

static bool read_fen(const char *text, struct fen *amount)
{
    if (strlen(text) != 12 || strspn(text, "0123456789") != 12)
        return false;
    amount->fen = strtoll(text, NULL, 10);
    return true;
}

static bool take_columns(struct unionpay_bill *bill, const char *const columns[UP_COLUMNS])
{
    const struct bill_wanted *wanted = &bill->reading->wanted;
    struct bill_line line = {
        .number = bill->number, .gateway_no = columns[UP_QUERY_ID], .our_no = columns[UP_ORDER_ID]};
    const char *type = columns[UP_TYPE];
    bool is_payment = strcmp(type, "01") == 0;

    if (!is_payment && strcmp(type, "04") != 0 && strcmp(type, "31") != 0)
        return bill_refuse(bill->reading, bill->number, "neither payment nor refund");
    if (wanted->merchant != NULL && strcmp(columns[UP_MERCHANT], wanted->merchant) != 0)
        return bill_refuse(bill->reading, bill->number, "a line of another merchant");
    if (!read_fen(columns[UP_AMOUNT], &line.amount_fen))
        return bill_refuse(bill->reading, bill->number, "the amount is malformed");
    if (!read_time(bill, columns[UP_TIME], &line.happened_at))
        return bill_refuse(bill->reading, bill->number, "the time is malformed");
    line.direction = is_payment ? "in" : "out";
    if (!is_payment && *columns[UP_ORIGINAL] != '\0')
        line.paid_no = columns[UP_ORIGINAL];
    return bill_hand_on(bill->reading, &line);
}

static bool take_line(struct unionpay_bill *bill)
{
    const char *columns[UP_COLUMNS];
    size_t size = bill->size;

    bill->number++;
    bill->size = 0;
    if (size > 0 && bill->line[size - 1] == '\r')
        size--;
    bill->line[size] = '\0';
    if (strlen(bill->line) != size || !unionpay_split(bill->line, size, columns))
        return bill_refuse(bill->reading, bill->number, "the line has not the columns of a line");
    return take_columns(bill, columns);
}

static void *open_bill(struct arena *arena, struct bill_reading *reading)
{
    struct unionpay_bill *bill = arena_alloc(arena, sizeof(*bill));

    bill->reading = reading;
    return bill;
}

static bool end_file(struct unionpay_bill *bill)
{
    return !bill->is_statement || bill->size == 0 || take_line(bill);
}

/* "INN26010288ZM_777290058110048"; beside it may lie a report, RD... */
static bool begin_file(void *reader, const char *name)
{
    struct unionpay_bill *bill = reader;

    if (!end_file(bill))
        return false;
    bill->is_statement = strncmp(name, "INN", 3) == 0 && strstr(name, "ZM_") != NULL;
    if (!bill->is_statement && strncmp(name, "RD", 2) != 0)
        return bill_refuse(bill->reading, 0, "the bill holds a file that is none of its own");
    if (bill->is_statement && bill->has_statement)
        return bill_refuse(bill->reading, 0, "two files of transactions");
    bill->has_statement = bill->has_statement || bill->is_statement;
    return true;
}

static bool take_text(void *reader, struct bytes text)
{
    struct unionpay_bill *bill = reader;

    for (size_t i = 0; bill->is_statement && i < text.size; i++) {
        if (text.data[i] == '\n') {
            if (!take_line(bill))
                return false;
        } else if (bill->size > UNIONPAY_LINE_SIZE) {
            return bill_refuse(bill->reading, bill->number + 1, "the line is too long");
        } else {
            bill->line[bill->size++] = (char)text.data[i];
        }
    }
    return true;
}

static bool end_bill(void *reader)
{
    struct unionpay_bill *bill = reader;

    return end_file(bill) &&
           (bill->has_statement || bill_refuse(bill->reading, 0, "no file of transactions"));
}

const struct bill_format bill_unionpay = {
    .open = open_bill, .file = begin_file, .text = take_text, .end = end_bill};
