/* The calendar and the limits, read once before traffic. */

#include "booking/booking.h"
#include "core/clock.h"
#include "core/process.h"

static const struct field rule_fields[] = {
    FIELD(struct booking_rule, code),
    FIELD(struct booking_rule, valid_from),
    FIELD_OR_NULL(struct booking_rule, valid_to),
    FIELD(struct booking_rule, n),
    FIELD_END,
};

const struct statement rule_sql[] = {
    {.sql = "SELECT code, valid_from, valid_to, n FROM booking_rule"
            "  ORDER BY code, valid_from LIMIT 1000",
     ROWS(struct booking_rule, rule_fields)},
    {.sql = NULL},
};

#define LIMIT(member)                                                                              \
    {                                                                                              \
        .name = #member, .offset = offsetof(struct limits, member)                                 \
    }

static const struct {
    const char *name;
    size_t offset;
} limit_names[] = {
    LIMIT(distance_m),   LIMIT(online_a_day),   LIMIT(no_shows),   LIMIT(no_show_days),
    LIMIT(bar_days),     LIMIT(recalls),        LIMIT(returns),    LIMIT(recalls_before_missed),
    LIMIT(return_after), LIMIT(priority_after), LIMIT(near_ahead), LIMIT(idle_minutes),
    LIMIT(keep_days),
};

static int64_t limit_of(const struct booking *booking, const char *code, struct day on)
{
    const struct booking_rule *rule = booking->rules.items;
    int64_t n = NONE;

    for (size_t i = 0; i < booking->rules.count; i++, rule++)
        if (strcmp(rule->code, code) == 0 && is_in_force(rule->valid_from, rule->valid_to, on))
            n = rule->n;
    return n;
}

enum error find_limits(struct request *r, struct limits *limits)
{
    for (size_t i = 0; i < sizeof(limit_names) / sizeof(*limit_names); i++) {
        int64_t n = limit_of(r->state, limit_names[i].name, civil_day(r->now));

        if (n == NONE)
            return failed(r, E_INTERNAL, "booking_rule: no %s in force", limit_names[i].name);
        memcpy((char *)limits + limit_names[i].offset, &n, sizeof(n));
    }
    return E_OK;
}

enum error find_presence(struct request *r, struct instant *since)
{
    struct limits limits;

    TRY(find_limits(r, &limits));
    *since = instant_add(r->now, -limits.idle_minutes * MINUTE_MS);
    return E_OK;
}

bool works_today(const struct request *r)
{
    const struct booking *booking = r->state;

    return is_working_day(booking->calendar, civil_day(r->now));
}

enum error booking_open(struct process *process, const void *settings, void **state)
{
    struct request *r = request_open(process);
    struct booking *booking = arena_alloc(r->arena, sizeof(*booking));

    (void)settings;
    booking->loading = r;
    if (db_many(r, &rule_sql[0], &booking->rules, NO_VALUES) != E_OK ||
        calendar_load(r, &booking->calendar) != E_OK) {
        enum error error = process_failed(process, "booking_rule or calendar: %s", failure_text(r));

        request_close(r);
        return error;
    }
    *state = booking;
    return E_OK;
}

void booking_close(void *state)
{
    struct booking *booking = state;

    calendar_close(booking->calendar);
    request_close(booking->loading);
}
