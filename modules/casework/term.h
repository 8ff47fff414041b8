/*
 * Terms (期限): "3 days" is 3 working days in one law and 3 natural days in the next, so a term is
 * always a row (source, n, unit) of the table `term_rule`, and working days come from the State
 * Council's calendar (节假日安排), table `calendar_day`. Both are data with sources; this is the one
 * engine. The start day is never counted; a term is met before 24:00 (UTC+8) of its last day.
 */
#ifndef CASEWORK_TERM_H
#define CASEWORK_TERM_H

#include "core/db.h"
#include "core/value.h"

enum term_unit { WORKING_DAYS, NATURAL_DAYS, MONTHS, YEARS, HOURS };

struct calendar; /* loaded once a worker, read by all threads */

extern const struct statement calendar_sql[];
extern const struct statement term_sql[];

/* Loads `calendar_day` and `calendar_year`; *calendar is closed by the caller. */
MUST_CHECK enum error calendar_load(struct request *r, struct calendar **calendar);
/* For tests and tools: from arrays of days, years with a published arrangement from first to last. */
struct calendar *calendar_of(const struct day *holidays, size_t holiday_count,
                             const struct day *extra_work, size_t extra_work_count,
                             int64_t first_year, int64_t last_year);
void calendar_close(struct calendar *calendar);

bool is_working_day(const struct calendar *calendar, struct day day);
/* Whether the year's arrangement is loaded; a term that runs beyond it is provisional. */
bool calendar_knows(const struct calendar *calendar, struct day day);

/* The same day number so many months later, or the last day of that month. */
struct day months_later(struct day start, int64_t months);

/* The last day of the term. HOURS is not for this function: limits in hours never roll.
   `roll`: a last day on a holiday moves to the next working day. */
struct day term_end(const struct calendar *calendar, struct day start, int64_t n,
                    enum term_unit unit, bool roll);

/* Whether a version of the law is in force on that day: from its first to its last, which is NONE
   while there is no newer one. */
static inline bool is_in_force(struct day valid_from, struct day valid_to, struct day on)
{
    return valid_from.number <= on.number &&
           (valid_to.number == NONE || on.number <= valid_to.number);
}

/* A term by its row: code ("fine.pay"), in the version in force on `on`. */
struct term {
    const char *code;
    int64_t n;
    enum term_unit unit;
    bool roll;
    const char *source; /* law and article, Chinese, for the person who reads it */
};
/* A version of it; valid_to is its last day in force, NONE while there is no newer one. */
struct term_version {
    struct term term;
    struct day valid_from;
    struct day valid_to;
};
struct term_book;
/* From an array, which is copied. */
struct term_book *term_book_of(const struct term_version *versions, size_t count);
/* From `term_rule`; versions of one code that overlap are a failure. */
MUST_CHECK enum error term_book_load(struct request *r, struct term_book **book);
void term_book_close(struct term_book *book);
/* NULL when no version is in force: the caller refuses, it never guesses. */
const struct term *term_in_force(const struct term_book *book, const char *code, struct day on);

#endif
