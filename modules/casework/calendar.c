/* Which days are working days, by the State Council's arrangement. */

#include "casework/term.h"

#include <inttypes.h>

#include "core/clock.h"
#include "core/log.h"

enum { PAGE = 1000, CALENDAR_LIMIT = 4 * 1024 * 1024, WARN_DAYS = 30 };

/* Days in ascending order. */
struct days {
    struct day *items;
    size_t count;
};

/* Lives in its own arena, because a worker keeps it longer than any request. */
struct calendar {
    struct arena *arena;
    struct days holidays;
    struct days extra_work;
    int64_t first_year;
    int64_t last_year;
};

struct calendar_day {
    struct day day;
    const char *kind;
};

static const struct field calendar_day_fields[] = {
    FIELD(struct calendar_day, day),
    FIELD(struct calendar_day, kind),
    FIELD_END,
};

struct calendar_years {
    int64_t first_year;
    int64_t last_year;
    int64_t years;
};

static const struct field calendar_years_fields[] = {
    FIELD_OR_NULL(struct calendar_years, first_year),
    FIELD_OR_NULL(struct calendar_years, last_year),
    FIELD(struct calendar_years, years),
    FIELD_END,
};

enum { FIND_YEARS, FIND_DAYS, STATEMENTS_END };

const struct statement calendar_sql[] = {
    [FIND_YEARS] = {.sql = "SELECT MIN(year) AS first_year, MAX(year) AS last_year,"
                           "  COUNT(*) AS years FROM calendar_year",
                    ROWS(struct calendar_years, calendar_years_fields)},
    [FIND_DAYS] = {.sql = "SELECT day, kind FROM calendar_day WHERE day > ?"
                          "  ORDER BY day LIMIT 1000",
                   ROWS(struct calendar_day, calendar_day_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static int compare_days(const void *a, const void *b)
{
    int64_t left = ((const struct day *)a)->number;
    int64_t right = ((const struct day *)b)->number;

    return (left > right) - (left < right);
}

static struct days sorted(struct arena *arena, const struct day *items, size_t count)
{
    struct days days = {arena_alloc(arena, (count + 1) * sizeof(struct day)), count};

    if (count > 0)
        memcpy(days.items, items, count * sizeof(struct day));
    qsort(days.items, count, sizeof(struct day), compare_days);
    return days;
}

struct calendar *calendar_of(const struct day *holidays, size_t holiday_count,
                             const struct day *extra_work, size_t extra_work_count,
                             int64_t first_year, int64_t last_year)
{
    struct arena *arena = arena_open(CALENDAR_LIMIT);
    struct calendar *calendar = arena_alloc(arena, sizeof(*calendar));

    *calendar = (struct calendar){
        .arena = arena,
        .holidays = sorted(arena, holidays, holiday_count),
        .extra_work = sorted(arena, extra_work, extra_work_count),
        .first_year = first_year,
        .last_year = last_year,
    };
    return calendar;
}

void calendar_close(struct calendar *calendar)
{
    if (calendar != NULL)
        arena_close(calendar->arena);
}

/* Days of both kinds while they are read, page by page. */
struct reading {
    struct days holidays;
    struct days extra_work;
};

static void add_day(struct request *r, struct days *days, struct day day)
{
    if (days->count % PAGE == 0) {
        struct day *longer = arena_alloc(r->arena, (days->count + PAGE) * sizeof(struct day));

        if (days->count > 0)
            memcpy(longer, days->items, days->count * sizeof(struct day));
        days->items = longer;
    }
    days->items[days->count++] = day;
}

static enum error read_days(struct request *r, struct reading *reading)
{
    struct day last = day_of(1, 1, 1);
    struct records page = {NULL, PAGE};

    while (page.count == PAGE) {
        const struct calendar_day *rows;

        TRY(db_many(r, &calendar_sql[FIND_DAYS], &page, VALUES(last)));
        rows = page.items;
        for (size_t i = 0; i < page.count; i++) {
            bool is_holiday = strcmp(rows[i].kind, "holiday") == 0;

            add_day(r, is_holiday ? &reading->holidays : &reading->extra_work, rows[i].day);
            last = rows[i].day;
        }
    }
    return E_OK;
}

/* The arrangement of a year comes out in the autumn before; without it every term that reaches into
   that year counts weekends only. */
static void warn_of_its_end(struct request *r, const struct calendar *calendar)
{
    struct day soon = {civil_day(r->now).number + WARN_DAYS};

    if (!calendar_knows(calendar, soon))
        log_error(r, "calendar_ends",
                  "no arrangement of holidays after %" PRId64 ": add it to calendar_year and"
                  " calendar_day (schema/21_calendar.sql), terms beyond are provisional",
                  calendar->last_year);
}

enum error calendar_load(struct request *r, struct calendar **calendar)
{
    struct calendar_years known;
    struct reading reading = {{NULL, 0}, {NULL, 0}};

    TRY(db_one(r, &calendar_sql[FIND_YEARS], &known, NO_VALUES));
    if (known.years == 0 || known.last_year - known.first_year + 1 != known.years)
        return failed(r, E_INTERNAL, "calendar_year is empty or has a gap");
    TRY(read_days(r, &reading));
    *calendar =
        calendar_of(reading.holidays.items, reading.holidays.count, reading.extra_work.items,
                    reading.extra_work.count, known.first_year, known.last_year);
    warn_of_its_end(r, *calendar);
    return E_OK;
}

static bool has_day(const struct days *days, struct day day)
{
    return bsearch(&day, days->items, days->count, sizeof(struct day), compare_days) != NULL;
}

/* 1970-01-01 was a Thursday. */
static bool is_weekend(struct day day)
{
    int64_t since_monday = ((day.number + 3) % 7 + 7) % 7;

    return since_monday >= 5;
}

bool is_working_day(const struct calendar *calendar, struct day day)
{
    if (has_day(&calendar->extra_work, day))
        return true;
    return !has_day(&calendar->holidays, day) && !is_weekend(day);
}

bool calendar_knows(const struct calendar *calendar, struct day day)
{
    int64_t year, month, day_of_month;

    day_parts(day, &year, &month, &day_of_month);
    return year >= calendar->first_year && year <= calendar->last_year;
}
