#include "casework/term.h"

#include <assert.h>

#include "core/clock.h"

enum { BOOK_LIMIT = 1024 * 1024 };

static struct day last_of_month(int64_t year, int64_t month)
{
    struct day next = month == 12 ? day_of(year + 1, 1, 1) : day_of(year, month + 1, 1);

    return (struct day){next.number - 1};
}

struct day months_later(struct day start, int64_t months)
{
    int64_t year, month, day_of_month;
    struct day last;

    day_parts(start, &year, &month, &day_of_month);
    assert(months >= 0 && months < 9999 * 12);
    month += months;
    year += (month - 1) / 12;
    month = (month - 1) % 12 + 1;
    last = last_of_month(year, month);
    start.number = day_of(year, month, 1).number + day_of_month - 1;
    return start.number > last.number ? last : start;
}

static struct day working_days_later(const struct calendar *calendar, struct day day, int64_t n)
{
    while (n > 0) {
        day.number++;
        if (is_working_day(calendar, day))
            n--;
    }
    return day;
}

struct day term_end(const struct calendar *calendar, struct day start, int64_t n,
                    enum term_unit unit, bool roll)
{
    struct day end = start;

    assert(n > 0 && unit != HOURS);
    switch (unit) {
    case WORKING_DAYS:
        return working_days_later(calendar, start, n);
    case NATURAL_DAYS:
        end.number += n;
        break;
    case MONTHS:
        end = months_later(start, n);
        break;
    case YEARS:
        end = months_later(start, 12 * n);
        break;
    case HOURS:
        break;
    }
    while (roll && !is_working_day(calendar, end))
        end.number++;
    return end;
}

struct term_book {
    struct arena *arena;
    struct term_version *versions;
    size_t count;
};

struct term_book *term_book_of(const struct term_version *versions, size_t count)
{
    struct arena *arena = arena_open(BOOK_LIMIT);
    struct term_book *book = arena_alloc(arena, sizeof(*book));

    *book = (struct term_book){arena, arena_alloc(arena, (count + 1) * sizeof(*versions)), count};
    for (size_t i = 0; i < count; i++) {
        book->versions[i] = versions[i];
        book->versions[i].term.code = arena_text(arena, versions[i].term.code);
        book->versions[i].term.source = arena_text(arena, versions[i].term.source);
    }
    return book;
}

void term_book_close(struct term_book *book)
{
    if (book != NULL)
        arena_close(book->arena);
}

const struct term *term_in_force(const struct term_book *book, const char *code, struct day on)
{
    for (size_t i = 0; i < book->count; i++) {
        const struct term_version *version = &book->versions[i];

        if (strcmp(version->term.code, code) == 0 &&
            is_in_force(version->valid_from, version->valid_to, on))
            return &version->term;
    }
    return NULL;
}

struct term_row {
    const char *code;
    struct day valid_from;
    struct day valid_to;
    int64_t n;
    const char *unit;
    bool roll;
    const char *source;
};

static const struct field term_row_fields[] = {
    FIELD(struct term_row, code),
    FIELD(struct term_row, valid_from),
    FIELD_OR_NULL(struct term_row, valid_to),
    FIELD(struct term_row, n),
    FIELD(struct term_row, unit),
    FIELD(struct term_row, roll),
    FIELD(struct term_row, source),
    FIELD_END,
};

enum { FIND_TERMS, STATEMENTS_END };

const struct statement term_sql[] = {
    [FIND_TERMS] = {.sql = "SELECT code, valid_from, valid_to, n, unit, roll, source"
                           "  FROM term_rule ORDER BY code, valid_from LIMIT 1000",
                    ROWS(struct term_row, term_row_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static bool read_unit(const char *name, enum term_unit *unit)
{
    static const char *const names[] = {
        [WORKING_DAYS] = "working_days",
        [NATURAL_DAYS] = "natural_days",
        [MONTHS] = "months",
        [YEARS] = "years",
        [HOURS] = "hours",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            *unit = (enum term_unit)i;
            return true;
        }
    }
    return false;
}

/* Two versions in force on one day would leave the choice to chance. */
static bool follows(const struct term_version *before, const struct term_version *version)
{
    return strcmp(before->term.code, version->term.code) != 0 ||
           (before->valid_to.number != NONE &&
            before->valid_to.number < version->valid_from.number);
}

enum error term_book_load(struct request *r, struct term_book **book)
{
    struct records rows;
    const struct term_row *row;
    struct term_version *versions;

    TRY(db_many(r, &term_sql[FIND_TERMS], &rows, NO_VALUES));
    row = rows.items;
    versions = arena_alloc(r->arena, (rows.count + 1) * sizeof(*versions));
    for (size_t i = 0; i < rows.count; i++, row++) {
        versions[i] = (struct term_version){
            .term = {row->code, row->n, NATURAL_DAYS, row->roll, row->source},
            .valid_from = row->valid_from,
            .valid_to = row->valid_to,
        };
        if (!read_unit(row->unit, &versions[i].term.unit))
            return failed(r, E_INTERNAL, "term_rule %s: unknown unit", row->code);
        if (i > 0 && !follows(&versions[i - 1], &versions[i]))
            return failed(r, E_INTERNAL, "term_rule %s: versions overlap", row->code);
    }
    *book = term_book_of(versions, rows.count);
    return E_OK;
}
