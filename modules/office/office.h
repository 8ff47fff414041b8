/*
 * The officers' desk (办件台): the list of a brigade's work by its deadline, search by number, and what
 * measure V8 counts. What is done with an application is done in the process of its domain, whose name
 * each item has: /api/MODULE/office/applications/ID.
 */
#ifndef OFFICE_OFFICE_H
#define OFFICE_OFFICE_H

#include "core/db.h"

#define OFFICE_REASONS(X)                                                                          \
    X(PERIOD_ODD, 422, "period_odd", "统计区间不正确，最长为366天")                                \
    X(NO_BRIGADE, 403, "no_brigade", "您不属于任何大队")

OFFICE_REASONS(REASON_DECLARE)

#define DESKS (INTAKE | REVIEWER | MAKER | LEAD)

struct work_query {
    bool mine;             /* those that the caller took */
    const char *module, *step;
    const char *after;     /* "2018-10-08.01JD..." */
    int64_t limit;
};
struct work_by_no {
    const char *application_no;
};
struct period {
    struct day from, to; /* by the day of the decision, UTC+8 */
};

extern const struct param work_query_params[], work_by_no_params[], period_params[];
extern const struct field work_fields[], statistics_fields[], share_fields[];
extern const struct statement work_sql[], statistics_sql[];

enum error list_work(struct request *r);
enum error find_work(struct request *r);
enum error show_statistics(struct request *r);
enum error show_share(struct request *r);

#endif
