#include "violation/storage.h"

#include "core/money.h"

struct day storage_from(const struct storage *storage)
{
    if (storage->noticed_on.number == NONE || storage->fen_a_day.fen == NONE)
        return (struct day){NONE};
    return (struct day){storage->noticed_on.number + storage->free_days + 1};
}

int64_t storage_days(const struct storage *storage, struct day on)
{
    struct day from = storage_from(storage);

    return from.number == NONE || on.number < from.number ? 0 : on.number - from.number + 1;
}

static struct fen cost_of(const struct storage *storage, int64_t days)
{
    return days == 0 ? (struct fen){0} : fen_percent(storage->fen_a_day, 100 * days);
}

struct fen storage_cost(const struct storage *storage, struct day on)
{
    return cost_of(storage, storage_days(storage, on));
}

struct day storage_paid_until(const struct storage *storage, struct fen paid)
{
    struct day from = storage_from(storage);
    int64_t days = 0;

    if (from.number == NONE)
        return from;
    while (cost_of(storage, days + 1).fen <= paid.fen)
        days++;
    return (struct day){from.number + days - 1};
}
