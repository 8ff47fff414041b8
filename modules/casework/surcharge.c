#include "casework/obligation.h"
#include "core/clock.h"
#include "core/money.h"

/* Per cent for each civil day late, never more than the cap; rounding favours the citizen. A number
   of days too great to multiply is past any cap. */
struct amount_due amount_due(const struct obligation *obligation, struct instant paid_at)
{
    struct amount_due due = {.base_fen = obligation->base_fen};
    int64_t days = civil_day(paid_at).number - obligation->due_on.number - obligation->frozen_days;

    due.late_days = days > 0 ? days : 0;
    due.is_capped =
        __builtin_mul_overflow(due.late_days, obligation->late_percent_a_day, &due.percent) ||
        due.percent > obligation->late_percent_max;
    if (due.is_capped)
        due.percent = obligation->late_percent_max;
    due.surcharge_fen = fen_percent(due.base_fen, due.percent);
    due.total_fen = fen_add(due.base_fen, due.surcharge_fen);
    return due;
}
