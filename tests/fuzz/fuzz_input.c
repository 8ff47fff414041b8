/*
 * Strangers' JSON and forms by a params table with every kind.
 *   byte 1: bit 0 form instead of JSON, bit 1 lenient
 *   rest:   the body
 */

#include "fuzz/fuzz.h"

#include "core/input.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/process.h"

struct everything {
    bool boolean;
    int64_t number;
    const char *text;
    const char *digits;
    struct instant at;
    struct day day;
    struct fen fen;
    struct bytes bytes;
    struct texts texts;
    struct numbers numbers;
    struct phone phone;
    struct id_no id_no;
};

static bool is_digits(const char *text)
{
    return strspn(text, "0123456789") == strlen(text);
}

static const struct param params[] = {
    PARAM(struct everything, boolean, .source = BODY),
    PARAM(struct everything, number, .source = BODY, .min = -5, .max = 1000),
    PARAM(struct everything, text, .source = BODY, .min = 1, .max = 20),
    PARAM(struct everything, digits, .source = BODY, .name = "deep.digits", .check = is_digits,
          .optional = true),
    PARAM(struct everything, at, .source = BODY, .optional = true),
    PARAM(struct everything, day, .source = BODY, .optional = true),
    PARAM(struct everything, fen, .source = BODY, .name = "deep.amount", .optional = true),
    PARAM(struct everything, bytes, .source = BODY, .max = 64, .optional = true),
    PARAM(struct everything, texts, .source = BODY, .min = 1, .max = 5, .check = is_digits,
          .optional = true),
    PARAM(struct everything, numbers, .source = BODY, .max = 5, .optional = true),
    PARAM(struct everything, phone, .source = BODY, .max = 20, .optional = true),
    PARAM(struct everything, id_no, .source = BODY, .max = 20, .optional = true),
    PARAM_END,
};

/* What a form can carry: lists have no form. */
static const struct param form_params[] = {
    PARAM(struct everything, boolean, .source = BODY),
    PARAM(struct everything, number, .source = BODY, .min = -5, .max = 1000),
    PARAM(struct everything, text, .source = BODY, .min = 1, .max = 20),
    PARAM(struct everything, at, .source = BODY, .optional = true),
    PARAM(struct everything, day, .source = BODY, .optional = true),
    PARAM(struct everything, fen, .source = BODY, .optional = true),
    PARAM(struct everything, phone, .source = BODY, .max = 20, .optional = true),
    PARAM_END,
};

/* The names as params read them where they are not deep. */
static const struct field fields[] = {
    FIELD(struct everything, boolean),
    FIELD(struct everything, number),
    FIELD(struct everything, text),
    FIELD_OR_NULL(struct everything, at),
    FIELD_OR_NULL(struct everything, day),
    FIELD_OR_NULL(struct everything, bytes),
    FIELD_OR_NULL(struct everything, texts),
    FIELD_OR_NULL(struct everything, numbers),
    FIELD_OR_NULL(struct everything, phone),
    FIELD_OR_NULL(struct everything, id_no),
    FIELD_END,
};

static const struct route route = {.path = "/", .answer = fields};
static const struct service shop = {.name = "shop", .no_database = true};
static struct process process = {.service = &shop};
static struct request *r;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    process.metrics = metrics_open();
    process.config.request_ms = 10000;
    r = request_open(&process);
    return 0;
}

/* Whatever was let in keeps what the table promised. */
static void check_promises(const struct everything *in)
{
    assert(in->number >= -5 && in->number <= 1000);
    assert(in->text != NULL && strlen(in->text) >= 1 && strlen(in->text) <= 20);
    assert(in->digits == NULL || is_digits(in->digits));
    assert(in->bytes.data == NULL || in->bytes.size <= 64);
    assert(in->texts.items == NULL || (in->texts.count >= 1 && in->texts.count <= 5));
    for (size_t i = 0; i < in->texts.count; i++)
        assert(is_digits(in->texts.items[i]));
    assert(in->numbers.items == NULL || in->numbers.count <= 5);
}

/* What was read can be written, and what was written reads as the same. */
static void check_round_trip(const struct everything *in)
{
    struct everything again = {.number = 0};
    const char *first;

    r->route = &route;
    assert(reply_record(r, 200, fields, in) == E_OK);
    first = r->answer;
    assert(input_from_json(r, bytes_of(first), params, LENIENT, &again) == E_OK);
    assert(reply_record(r, 200, fields, &again) == E_OK);
    assert(strcmp(first, r->answer) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    unsigned way = fuzz_byte(&input);
    enum strictness strictness = way & 2 ? LENIENT : STRICT;
    struct everything in = {.number = 0};
    enum error error;

    request_reset(r);
    if (way & 1)
        error = input_from_form(r, fuzz_rest(&input), form_params, strictness, &in);
    else
        error = input_from_json(r, fuzz_rest(&input), params, strictness, &in);
    assert(error == E_OK || error == E_REFUSED);
    if (error == E_OK) {
        check_promises(&in);
        check_round_trip(&in);
    }
    return 0;
}
