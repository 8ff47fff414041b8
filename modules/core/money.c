#include "core/money.h"

#include <inttypes.h>

/* 10^13 yuan in fen: as far as amounts are read from text. */
enum { YUAN_DIGITS_MAX = 13 };

/* An absent amount (NONE) in a sum is a bug like an overflow. */
static int64_t present(struct fen amount)
{
    if (amount.fen == NONE)
        abort();
    return amount.fen;
}

struct fen fen_add(struct fen a, struct fen b)
{
    int64_t sum;

    if (__builtin_add_overflow(present(a), present(b), &sum) || sum == NONE)
        abort();
    return (struct fen){sum};
}

struct fen fen_subtract(struct fen a, struct fen b)
{
    int64_t difference;

    if (__builtin_sub_overflow(present(a), present(b), &difference) || difference == NONE)
        abort();
    return (struct fen){difference};
}

struct fen fen_percent(struct fen amount, int64_t percent)
{
    int64_t product;

    if (__builtin_mul_overflow(present(amount), percent, &product))
        abort();
    return (struct fen){product / 100};
}

const char *fen_to_yuan(struct arena *arena, struct fen amount)
{
    int64_t fen = present(amount);
    int64_t size = fen < 0 ? -fen : fen;

    return arena_printf(arena, "%s%" PRId64 ".%02" PRId64, fen < 0 ? "-" : "", size / 100,
                        size % 100);
}

static size_t count_digits(const char *text)
{
    return strspn(text, "0123456789");
}

static int64_t read_digits(const char *text, size_t count)
{
    int64_t number = 0;

    for (size_t i = 0; i < count; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

bool fen_from_yuan(const char *text, struct fen *amount)
{
    size_t whole = count_digits(text);
    size_t decimals = 0;
    int64_t fen;

    if (whole == 0 || whole > YUAN_DIGITS_MAX || (whole > 1 && text[0] == '0'))
        return false;
    if (text[whole] == '.') {
        decimals = count_digits(text + whole + 1);
        if (decimals == 0 || decimals > 2 || text[whole + 1 + decimals] != '\0')
            return false;
    } else if (text[whole] != '\0') {
        return false;
    }
    fen = read_digits(text, whole) * 100;
    if (decimals > 0)
        fen += read_digits(text + whole + 1, decimals) * (decimals == 1 ? 10 : 1);
    amount->fen = fen;
    return true;
}
