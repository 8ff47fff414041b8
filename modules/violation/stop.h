/*
 * Licences stopped by public notice (公告停止使用, T4). Full points ask for a study; who has not begun it
 * by the last day of the term study.begin has the licence stopped, until the points are cleared: Points
 * Measures (2021) article 29. Who is stopped is told, and anybody may read the public notice, which names
 * a licence by the number of the decision that made its points full.
 */
#ifndef VIOLATION_STOP_H
#define VIOLATION_STOP_H

#include "violation/study.h"

struct licence_stop {
    const char *id, *decision_no;
    struct day begin_by, stopped_on;
    const char *source;
};

struct stops_input {
    const char *after;
    int64_t limit;
};

extern const struct param stops_params[];
extern const struct field licence_stop_fields[];
extern const struct statement stop_sql[];

/* A job of each day: stops those whose term is over, each study being looked at once, and takes out of
   the notice whose points are cleared. */
enum error stop_licences(struct request *r, const struct task *task);

/* E_NOT_FOUND when the driver's licence is not stopped. */
MUST_CHECK enum error find_stop(struct request *r, const char *person_id,
                                struct licence_stop *stop);
/* The last day to begin the study that the driver was told of last; NONE when there was none. */
MUST_CHECK enum error find_begin_by(struct request *r, const char *person_id,
                                    struct day *begin_by);

MUST_CHECK enum error list_stops(struct request *r);

#endif
