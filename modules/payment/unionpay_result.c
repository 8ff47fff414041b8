/* Verified fields of UnionPay's as typed values. */

#include "core/clock.h"
#include "payment/unionpay_answer.h"

static bool is_in(const char *const *list, const char *text)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, text) == 0)
            return true;
    return false;
}

enum unionpay_outcome unionpay_outcome_of(const char *code)
{
    static const char *const done[] = {"00", "A6", NULL};
    static const char *const unknown[] = {"03", "04", "05", "12", NULL};
    static const char *const later[] = {"02", "06", "11", "37", "39", NULL};

    if (is_in(done, code))
        return UNIONPAY_DONE;
    if (is_in(unknown, code))
        return UNIONPAY_UNKNOWN;
    if (strcmp(code, "34") == 0)
        return UNIONPAY_NO_ORDER;
    return is_in(later, code) ? UNIONPAY_LATER : UNIONPAY_REFUSED;
}

static bool is_of(const char *text, const char *letters, size_t min, size_t max)
{
    size_t size = strlen(text);

    return size >= min && size <= max && strspn(text, letters) == size;
}

#define DIGITS "0123456789"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LETTERS CAPITALS "abcdefghijklmnopqrstuvwxyz"
#define BASE64 DIGITS LETTERS "+/="

bool unionpay_fen_read(const char *text, struct fen *amount)
{
    int64_t number = 0;

    if (!is_of(text, DIGITS, 1, 12) || text[0] == '0')
        return false;
    for (; *text != '\0'; text++)
        number = number * 10 + (*text - '0');
    *amount = (struct fen){number};
    return true;
}

/* A text of so many such letters into *value; NULL if absent and that is allowed. */
static bool take(struct unionpay_fields fields, const char *name, const char *letters, size_t min,
                 size_t max, const char **value)
{
    const char *text = unionpay_value(fields, name);

    *value = text != NULL && text[0] != '\0' ? text : NULL;
    return *value == NULL || is_of(*value, letters, min, max);
}

/* "MMDD" or "MMDDhhmmss" with the year that brings it closest to the order. */
static bool read_without_year(const char *text, struct instant near, struct instant *at)
{
    const char *clock = strlen(text) == 10 ? text + 4 : "000000";
    int64_t near_year, month, day, best = NONE;

    day_parts(civil_day(near), &near_year, &month, &day);
    for (int64_t year = near_year - 1; year <= near_year + 1; year++) {
        char full[32];
        struct instant one;

        snprintf(full, sizeof(full), "%04lld%.4s%s", (long long)year, text, clock);
        if (unionpay_time_read(full, &one) &&
            (best == NONE || llabs(one.ms - near.ms) < llabs(best - near.ms)))
            best = one.ms;
    }
    *at = (struct instant){best};
    return best != NONE;
}

static bool take_times(struct unionpay_fields fields, struct unionpay_result *result)
{
    const char *made = unionpay_value(fields, "txnTime"), *trace, *settle;
    struct instant settle_at;

    if (made == NULL || !unionpay_time_read(made, &result->made_at) ||
        !take(fields, "traceTime", DIGITS, 10, 10, &trace) ||
        !take(fields, "settleDate", DIGITS, 4, 4, &settle))
        return false;
    result->done_at = result->made_at;
    result->settle_day = (struct day){NONE};
    if (trace != NULL && !read_without_year(trace, result->made_at, &result->done_at))
        return false;
    if (settle != NULL) {
        if (!read_without_year(settle, result->made_at, &settle_at))
            return false;
        result->settle_day = civil_day(settle_at);
    }
    return true;
}

static bool take_amount(struct unionpay_fields fields, struct unionpay_result *result)
{
    const char *amount = unionpay_value(fields, "txnAmt");

    result->amount = (struct fen){NONE};
    return take(fields, "currencyCode", DIGITS, 3, 3, &result->currency) &&
           (amount == NULL || amount[0] == '\0' || unionpay_fen_read(amount, &result->amount));
}

static bool take_codes(struct unionpay_fields fields, struct unionpay_result *result)
{
    if (!take(fields, "respCode", DIGITS CAPITALS, 2, 2, &result->code) || result->code == NULL ||
        !take(fields, "origRespCode", DIGITS CAPITALS, 2, 2, &result->orig_code))
        return false;
    result->outcome = unionpay_outcome_of(result->code);
    result->orig_outcome =
        result->orig_code != NULL ? unionpay_outcome_of(result->orig_code) : UNIONPAY_UNKNOWN;
    return true;
}

bool unionpay_read_result(struct unionpay_fields fields, struct unionpay_result *result)
{
    static const char letters[] = DIGITS LETTERS;

    return take_codes(fields, result) && take_times(fields, result) &&
           take_amount(fields, result) && take(fields, "merId", letters, 15, 15, &result->mer_id) &&
           result->mer_id != NULL && take(fields, "orderId", letters, 8, 40, &result->order_id) &&
           result->order_id != NULL && take(fields, "txnType", DIGITS, 2, 2, &result->txn_type) &&
           result->txn_type != NULL && take(fields, "queryId", letters, 1, 32, &result->query_id);
}

/* A date without a year is of this one when the answer is of this day. */
static bool is_of_now(struct unionpay_fields fields, const struct unionpay_asked *asked)
{
    const char *time = unionpay_value(fields, "txnTime");
    struct instant at;

    return time != NULL && unionpay_time_read(time, &at) &&
           llabs(at.ms - asked->made_at.ms) < DAY_MS;
}

bool unionpay_read_file(struct arena *arena, struct unionpay_fields fields,
                        const struct unionpay_asked *asked, struct unionpay_statement *file)
{
    return unionpay_has(fields, "txnType", "76") && unionpay_has(fields, "merId", asked->mer_id) &&
           unionpay_has(fields, "settleDate", unionpay_day(arena, asked->day)) &&
           is_of_now(fields, asked) &&
           take(fields, "respCode", DIGITS CAPITALS, 2, 2, &file->code) && file->code != NULL &&
           take(fields, "fileContent", BASE64, 1, SIZE_MAX, &file->content);
}

bool unionpay_is_about(const struct unionpay_result *result, const char *mer_id,
                       const char *order_id, struct instant made_at)
{
    return strcmp(result->mer_id, mer_id) == 0 && strcmp(result->order_id, order_id) == 0 &&
           result->made_at.ms / SECOND_MS == made_at.ms / SECOND_MS;
}
