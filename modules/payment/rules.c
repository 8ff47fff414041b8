#include "core/clock.h"
#include "payment/order.h"
#include "payment/payment.h"

void check_payable(struct request *r, const struct obligation *owed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct obligation *one = &owed[i];

        if (one->settled_at.ms != NONE)
            reason(r, SETTLED_ALREADY, VALUES(one->id, one->settled_at));
        if (one->withdrawn_at.ms != NONE)
            reason(r, WITHDRAWN, VALUES(one->id, one->withdrawn_at));
        if (strcmp(one->account, owed[0].account) != 0)
            reason(r, ACCOUNTS_DIFFER, VALUES(one->id, one->account, owed[0].account));
    }
}

struct instant order_expiry(struct instant now, int64_t minutes)
{
    struct instant midnight = day_start((struct day){civil_day(now).number + 1});
    struct instant expiry = instant_add(now, minutes * MINUTE_MS);

    return expiry.ms < midnight.ms ? expiry : midnight;
}

struct instant next_query(struct instant now, int64_t asked, struct instant expire_at)
{
    static const int64_t gaps[] = {5 * SECOND_MS, 5 * SECOND_MS, 10 * SECOND_MS, 20 * SECOND_MS,
                                   2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS};
    enum { GAPS = sizeof(gaps) / sizeof(*gaps) };
    struct instant next = instant_add(now, asked < GAPS ? gaps[asked] : HOUR_MS);

    return next.ms < expire_at.ms || now.ms >= expire_at.ms ? next : expire_at;
}
