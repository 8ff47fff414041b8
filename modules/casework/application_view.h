/* What an applicant and an officer read of an application. */
#ifndef CASEWORK_APPLICATION_VIEW_H
#define CASEWORK_APPLICATION_VIEW_H

#include "casework/application.h"

/* Answers with the whole of it, as it stands now. */
MUST_CHECK enum error reply_application(struct request *r, int status,
                                        const struct application *application);
/* For who handed it over and may ask again whether that is done: no more than number and state. */
MUST_CHECK enum error reply_application_gone(struct request *r, const struct application *a);
/* "待受理" and the like. */
const char *state_text(const char *state);

/* What happened. */
struct act_row {
    const char *act, *step, *state, *actor_kind, *mandate_id, *reason;
    struct instant at;
    int64_t ver;
    bool has_paper;
};
MUST_CHECK enum error acts_of(struct request *r, const struct application *application,
                              struct records *acts);
/* Who last decided against the applicant, as an officer; NULL: nobody. */
MUST_CHECK enum error decided_by(struct request *r, const struct application *application,
                                 const char **officer_id);
/* Whether the caller ever acted in it as a citizen; not by an institution's report, which resumes it. */
MUST_CHECK enum error citizen_acted(struct request *r, const struct application *application,
                                    bool *has_acted);
/* Who last approved this step; NULL: nobody. */
MUST_CHECK enum error step_done_by(struct request *r, const struct application *application,
                                   const char *step, const char **officer_id);

#endif
