/*
 * The clocks of applications (期限): which runs since when until when, and by which law. They follow the
 * application: application_move() starts and ends them; a pause (Licensing Law 45) adds the days that
 * do not count to their end; the watch carries out what silence means.
 */
#ifndef CASEWORK_DEADLINE_H
#define CASEWORK_DEADLINE_H

#include "casework/application.h"

struct clock_row {
    const char *application_id, *code;
    int64_t turn, n;
    const char *unit, *source;
    struct day started_on, due_on;
    bool is_provisional;
    struct day paused_on;
    bool is_warned, is_running;
    struct instant ended_at;
};
MUST_CHECK enum error clocks_of(struct request *r, const struct application *application,
                                struct records *clocks);
/* After a move from that state and step: ends what no longer runs, starts what begins. */
MUST_CHECK enum error clocks_follow(struct request *r, const struct application *application,
                                    const char *old_state, const char *old_step);
MUST_CHECK enum error clocks_pause(struct request *r, const struct application *application,
                                   const char *code);
MUST_CHECK enum error clocks_resume(struct request *r, const struct application *application);
/* The last day when the days from..to - 1 do not count. */
struct day due_after_pause(const struct calendar *calendar, const struct clock_row *clock,
                           struct day from, struct day to);
/* The job: carries out what silence means, and warns before. */
enum error watch_clocks(struct request *r, const struct task *task);

#endif
