/*
 * An application (申请) from its draft to its decision. Every change goes through
 * application_move(): it counts the version, so that who saw an older one changes nothing; it
 * writes who did what and why; it starts and ends the clocks; and it keeps the officers' list of
 * work. Which act leads from which state where stands in the table application_edge, which a
 * trigger enforces.
 */
#ifndef CASEWORK_APPLICATION_H
#define CASEWORK_APPLICATION_H

#include "casework/casework.h"
#include "casework/form.h"
#include "core/db.h"

#define APPEAL_STEP "appeal" /* the step of what is appealed against, a brigade lead's */
#define INTAKE_STEP "intake" /* the step of what is submitted: accept, reject or ask for more */

struct application {
    const char *id, *application_no, *service;
    int64_t version;
    const char *state, *step;
    const char *filed_by, *applicant_kind, *applicant_id, *mandate_id, *channel;
    struct bytes sealed_form;
    const char *brigade, *officer_id;
    int64_t corrections;
    const char *gaps;
    struct instant created_at, submitted_at, accepted_at, decided_at;
    bool is_deemed;
    struct instant updated_at;
    int64_t ver;
    /* Found with it. */
    const char *acting_by; /* the mandate by which this request acts; NULL: for oneself, or an officer */
    const struct definition *definition;
    const struct form *form;
    /* Filled in by the hook on_grant. */
    struct day valid_from, valid_to;
};

/* service.sql lists them as APPLICATION_SQL. */
extern const struct statement application_sql[], clock_sql[], watch_sql[], work_sql[],
    document_sql[], permit_sql[], history_sql[];

/* The applicant's own, or of whom the caller acts for (acting.h); everything else looks absent. The
   lock is kept until the transaction ends. */
MUST_CHECK enum error application_find_own(struct request *r, const char *id,
                                           struct application *application);
MUST_CHECK enum error application_lock_own(struct request *r, const char *id,
                                           struct application *application);
/* Whether the caller applies, ever acted for the applicant, or may now: then he works on it for nobody. */
MUST_CHECK enum error application_is_party(struct request *r, const struct application *application,
                                           bool *is_party);
/* What this Idempotency-Key began. */
MUST_CHECK enum error application_find_begun(struct request *r, struct application *application);
/* Those of the caller that are not submitted. */
MUST_CHECK enum error application_count_drafts(struct request *r, int64_t *drafts);
/* Of the officer's brigade, or of any for the system; submitted ones only. */
MUST_CHECK enum error application_find_office(struct request *r, const char *id,
                                              struct application *application);
MUST_CHECK enum error application_lock_office(struct request *r, const char *id,
                                              struct application *application);
/* Of an applicant, below that id, newest first. */
struct application_line {
    const char *id, *application_no, *service, *state;
    int64_t version;
    struct day due_on;
    struct instant created_at, submitted_at;
};
MUST_CHECK enum error application_list_of(struct request *r, const char *applicant_id,
                                          const char *below, int64_t limit, struct records *lines);
MUST_CHECK enum error application_insert(struct request *r, struct application *application);
/* The applicant's form, while it may still be changed. */
MUST_CHECK enum error application_seal_form(struct request *r, struct application *application);

struct move {
    const char *act;    /* of application_edge; or one that keeps the state */
    const char *step;   /* afterwards; attach, take, release, hand_over, pause, resume, warn and
                           overdue keep the one that is */
    const char *done_step; /* the step that an officer finished by it; NULL */
    const char *reason;    /* what the applicant is told; NULL */
    bool by_silence;    /* nobody did it in time */
    bool by_rule;       /* the program decided it, as the definition says */
};
/* Writes the application as it now stands in *application, with the state that the act leads to;
   NOT_IN_THIS_STATE when it leads nowhere. Acts that keep the state are those that keep the step,
   and approve, which goes on to another step, and pass, by which what was approved first is left. */
MUST_CHECK enum error application_move(struct request *r, struct application *application,
                                       const struct move *move);

/* --- Acts ---------------------------------------------------------------------------------- */

/* As db_transaction; run again when a number that was drawn is taken. Hooks turn E_EXISTS of their own
   into reasons. */
MUST_CHECK enum error application_transaction(struct request *r, transaction_body *body,
                                              void *product);
/* By a name of the definition; nothing for NULL. */
MUST_CHECK enum error application_hook(struct request *r, struct application *application,
                                       const char *name);
/* Whether `ver`, which the client saw, is the one that stands; else VERSION_CHANGED. */
MUST_CHECK enum error application_check_version(struct request *r,
                                                const struct application *application, int64_t ver);
/* With all checks; goes on to the permit where nobody reviews first. */
MUST_CHECK enum error application_submit(struct request *r, struct application *application);
MUST_CHECK enum error application_accept(struct request *r, struct application *application,
                                         const struct move *move);
/* The permit comes into being; the paper is made by a job. */
MUST_CHECK enum error application_grant(struct request *r, struct application *application,
                                        const struct move *move);
/* Refused, rejected, withdrawn or revoked; whatever it held is let go by the hooks. */
MUST_CHECK enum error application_end(struct request *r, struct application *application,
                                      const struct move *move);
/* What was revoked stands again after an appeal. */
MUST_CHECK enum error application_restore(struct request *r, struct application *application,
                                          const struct move *move);

/* Nothing is decided while the clock stands: PAUSED_NOW. */
MUST_CHECK enum error application_check_running(struct request *r,
                                                const struct application *application);
/* For a reason of the definition; told to the applicant. */
MUST_CHECK enum error application_pause(struct request *r, struct application *application,
                                        const char *code);
MUST_CHECK enum error application_resume(struct request *r, struct application *application);

/* --- Documents ----------------------------------------------------------------------------- */

struct document_entry {
    const char *code;
    int64_t place;
    const char *upload_id, *fact;
    struct instant observed_at, added_at;
};
MUST_CHECK enum error documents_of(struct request *r, const struct application *application,
                                   struct records *entries);
/* Whether a fact stands in for this document now. */
MUST_CHECK enum error document_fact(struct request *r, const struct application *application,
                                    const struct document_rule *rule, struct fact_found *found);
/* One more file of a document; all files of one are taken away, and free for another. */
MUST_CHECK enum error document_add(struct request *r, const struct application *application,
                                   const char *code, const char *upload_id);
MUST_CHECK enum error document_remove(struct request *r, const struct application *application,
                                      const char *code);
/* In the transaction that submits: records which facts stand in for documents; what is required and
   neither there nor found becomes reasons. */
MUST_CHECK enum error documents_check(struct request *r, const struct application *application);

/* --- The officers' list ----------------------------------------------------------------------- */

MUST_CHECK enum error work_begin(struct request *r, const struct application *application);
MUST_CHECK enum error work_change(struct request *r, const struct application *application);

#endif
