/*
 * What claims to be a bill. byte 1 chooses:
 *   0  the rest is WeChat Pay's trade bill, plain or packed   1  its fund bill
 *   2  Alipay's trade bill, as it came                        3  its fund bill
 *   4  UnionPay's zip                                         5  UnionPay's base64
 */

#include "fuzz/fuzz.h"

#include "payment/bill_unionpay.h"

static struct bytes next_piece(void *context)
{
    struct bytes *left = context, piece = *left;

    if (piece.size == 0)
        return (struct bytes){NULL, 0};
    piece.size = piece.size < 97 ? piece.size : 97;
    *left = (struct bytes){left->data + piece.size, left->size - piece.size};
    return piece;
}

static bool take(void *context, const struct bill_line *line)
{
    int64_t *lines = context;

    assert(line->amount_fen.fen > 0 && line->amount_fen.fen <= BILL_FEN_MAX);
    assert(strlen(line->gateway_no) > 0 && strlen(line->gateway_no) <= BILL_NO_MAX);
    ++*lines;
    return true;
}

static void read_bill(struct arena *arena, const struct bill_format *format, enum bill_kind kind,
                      struct bytes packed)
{
    int64_t lines = 0;
    struct bill_reading reading = {.format = format,
                                   .wanted = {.day = day_of(2026, 11, 21), .kind = kind},
                                   .source = {next_piece, &packed},
                                   .take = take,
                                   .context = &lines};

    if (bill_read(arena, &reading))
        assert(reading.sums.lines == lines && reading.fault.reason[0] == '\0');
    else
        assert(reading.fault.reason[0] != '\0');
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct arena *arena = arena_open((size_t)64 << 20);
    unsigned way = fuzz_byte(&input) % 6;
    struct bytes rest = fuzz_rest(&input);

    if (way < 2)
        read_bill(arena, &bill_wechatpay, way == 0 ? BILL_TRADE : BILL_FUND, rest);
    else if (way < 4)
        read_bill(arena, &bill_alipay, way == 2 ? BILL_TRADE : BILL_FUND, rest);
    else if (way == 4)
        read_bill(arena, &bill_unionpay, BILL_TRADE, rest);
    else
        read_bill(arena, &bill_unionpay, BILL_TRADE,
                  unionpay_file(arena, arena_text_of(arena, rest.data, rest.size)));
    arena_close(arena);
    return 0;
}
