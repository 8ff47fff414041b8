/*
 * A day of bills on the stage of payment: it begins with empty books and without any bill, and its
 * jobs are run one step after the other.
 */
#ifndef SERVICE_PAYMENT_STAGE_BILLS_H
#define SERVICE_PAYMENT_STAGE_BILLS_H

#include "core/job.h"
#include "core/work.h"
#include "service/payment_stage.h"

/* A setup: 10:00 of 2026-11-22 in China, and nothing happened so far. */
int begin_day(void **state);
/* Half past ten of the next day. Answers are signed then, and not before. */
void next_morning(void);

/* One run of a job's body; whether it is to go on at once. */
enum error run_step(enum error (*run)(struct request *, const struct task *), const char *what,
                    bool *is_due);
/* Plans what is due, and takes each bill as far as it goes now; the second alone goes on. */
void run_planning(void);
void run_bills(void);

/* Open cases of this kind. */
int64_t cases(const char *kind);
/* All invariants, but for those of jobs. */
void assert_day_is_right(void);

#endif
