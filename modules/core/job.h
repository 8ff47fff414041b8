/*
 * Jobs are rows of NAME_job, written in the caller's transaction and leased by the background
 * worker of any host: taken with FOR UPDATE SKIP LOCKED, lease and random token written, committed,
 * then worked on; finished only where id and token still match. Every outside effect of a job
 * carries its own unique number, so a repetition is harmless. Back-off doubles from 5 s to 30 min
 * with jitter; after failing for a day without a break the job is dead, which is an error in the
 * log and a metric. What was due first comes first; of a backlog every other batch is of what was
 * asked for last, so that fresh jobs do not wait behind it. A lease is taken anew before a task whose
 * batch has used up half of it.
 */
#ifndef CORE_JOB_H
#define CORE_JOB_H

#include "core/db.h"

extern const struct statement job_sql[];

/* Inside a transaction. Unique by (kind, dedupe): a second one while the first lives is no error
   and changes nothing; once that is done or dead, it lives again. `arg` is JSON or NULL. */
MUST_CHECK enum error job_add(struct request *r, const char *kind, const char *dedupe,
                              const char *arg, struct instant run_at);
/* Outside a transaction, before something is done that a crash would leave undone by half: somebody
   looks after it then, whatever becomes of the request. */
MUST_CHECK enum error job_promise(struct request *r, const char *kind, const char *dedupe,
                                  struct instant run_at);
/* From within a job: not done yet, come back then. Return what this returns. */
MUST_CHECK enum error job_again_at(struct request *r, struct instant at);

/* A step of a long job: a transaction whose memory is given back after it, for all steps share the
   arena of one request. What is to last stands in `product` itself. */
MUST_CHECK enum error job_step(struct request *r, transaction_body *body, void *product);
/* From within a long job, between two steps: lease and deadline begin anew, and what was leased
   together with it goes back to the queue. False: the process stops, somebody else has the job by
   now, or it runs without a lease. Then come back later. */
bool job_keep(struct request *r);

/* For the background worker and for tests: enters the periodic jobs; takes and runs one batch of
   what is due (false: nothing was); frees lapsed leases and measures the backlog. */
MUST_CHECK enum error jobs_begin(struct process *process);
bool jobs_run_due(struct process *process);
void jobs_tidy(struct process *process);

#endif
