#include "payment/bill_unpack.h"

#include <stdarg.h>

#include "core/crypto_gateway.h"
#include "core/money.h"
#include "casework/alipay_gateway.h"

bool bill_refuse(struct bill_reading *reading, int64_t line, const char *format, ...)
{
    struct bill_fault *fault = &reading->fault;
    va_list arguments;

    if (fault->reason[0] != '\0')
        return false;
    va_start(arguments, format);
    vsnprintf(fault->reason, sizeof(fault->reason), format, arguments);
    va_end(arguments);
    fault->line = line;
    return false;
}

/* Numbers are letters, digits and a few signs: all else, a blank too, is odd. */
static bool is_number(const char *text)
{
    size_t size = strlen(text);

    return size > 0 && size <= BILL_NO_MAX &&
           strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_|*@") ==
               size;
}

bool bill_hand_on(struct bill_reading *reading, const struct bill_line *line)
{
    struct bill_sums *sums = &reading->sums;
    struct fen *sum = strcmp(line->direction, "in") == 0 ? &sums->in_fen : &sums->out_fen;

    if (!is_number(line->gateway_no))
        return bill_refuse(reading, line->number, "the gateway's number is malformed");
    if (line->state != BILL_OTHER && !is_number(line->our_no))
        return bill_refuse(reading, line->number, "our number is malformed");
    if (line->paid_no != NULL && !is_number(line->paid_no))
        return bill_refuse(reading, line->number, "the payment's number is malformed");
    if (line->amount_fen.fen <= 0)
        return bill_refuse(reading, line->number, "the amount is not above zero");
    if (++sums->lines > BILL_LINES_MAX)
        return bill_refuse(reading, line->number, "more than %d lines", BILL_LINES_MAX);
    if (line->state == BILL_DONE)
        *sum = fen_add(*sum, line->amount_fen);
    return reading->take == NULL || reading->take(reading->context, line);
}

bool bill_time(const char *text, struct instant *at)
{
    return alipay_time_read(text, at);
}

bool bill_count(const char *text, int64_t *count)
{
    size_t size = strspn(text, "0123456789");

    if (size == 0 || size > 12 || text[size] != '\0' || (size > 1 && text[0] == '0'))
        return false;
    *count = strtoll(text, NULL, 10);
    return true;
}

bool bill_amount(const char *text, struct fen *amount)
{
    return fen_from_yuan(text, amount) && amount->fen <= BILL_FEN_MAX;
}

/* One reading on its way: from the archive, through the digests and the charset, to the reader. */
struct passage {
    struct bill_reading *reading;
    void *reader;
    struct recoding *recoding; /* NULL: none is needed */
    struct digest_stream *sha1, *sha256;
    bool is_first;
};

static bool hand_text(void *context, struct bytes text)
{
    struct passage *passage = context;

    return passage->reading->format->text(passage->reader, text);
}

static bool end_file(struct passage *passage)
{
    if (passage->recoding != NULL && !recoding_end(passage->recoding))
        return bill_refuse(passage->reading, 0, "the last character is cut");
    return true;
}

/* Names are in the charset of the text; whoever reads them only looks for what is no name. */
static bool begin_file(void *context, const char *name)
{
    struct passage *passage = context;

    if (!passage->is_first && !end_file(passage))
        return false;
    passage->is_first = false;
    return passage->reading->format->file(passage->reader, name);
}

static bool take_bytes(void *context, struct bytes piece)
{
    struct passage *passage = context;

    digest_add(passage->sha1, piece);
    digest_add(passage->sha256, piece);
    if (passage->recoding == NULL)
        return hand_text(passage, piece);
    if (!recoding_bytes(passage->recoding, piece, hand_text, passage))
        return bill_refuse(passage->reading, 0, "the text is not in %s",
                           passage->reading->format->charset);
    return true;
}

bool bill_read(struct arena *arena, struct bill_reading *reading)
{
    const struct bill_format *format = reading->format;
    struct passage passage = {.reading = reading, .is_first = true};
    struct unpack_sink sink = {begin_file, take_bytes, &passage};
    bool done;

    reading->sums = (struct bill_sums){.lines = 0};
    reading->fault.reason[0] = '\0';
    reading->fault.line = 0;
    passage.reader = format->open(arena, reading);
    if (format->charset != NULL)
        passage.recoding = recoding_open(arena, format->charset);
    passage.sha1 = digest_begin(DIGEST_SHA1);
    passage.sha256 = digest_begin(DIGEST_SHA256);
    done = unpack(reading, &sink) && end_file(&passage) && format->end(passage.reader);
    reading->sha1 = digest_end_hex(arena, passage.sha1);
    reading->sha256 = digest_end_hex(arena, passage.sha256);
    return done;
}
