/* The job that makes a permit's paper: drawn and signed outside of any transaction, kept, then
   issued. Running again makes the same file. */

#include "casework/papers.h"
#include "core/job.h"

struct issuing {
    const char *id;
    struct permit permit; /* its number is NULL for a service that gives none */
    struct bytes sha256;
    const char *statement;
};

static enum error issue(struct request *r, void *product)
{
    const struct issuing *issuing = product;
    struct move move = {.act = "issue"};
    struct application application;

    TRY(application_lock_office(r, issuing->id, &application));
    if (issuing->permit.permit_no != NULL)
        TRY(permit_set_paper(r, &issuing->permit, issuing->sha256, issuing->statement));
    if (strcmp(application.state, "granted") != 0) /* revoked meanwhile, or done before */
        return E_OK;
    move.step = application.step; /* what was approved first is reviewed still */
    return application_move(r, &application, &move);
}

enum error issue_permit(struct request *r, const struct task *task)
{
    struct issuing issuing = {.id = arena_text(r->arena, task->dedupe)};
    struct application application;

    TRY(application_find_office(r, issuing.id, &application));
    if (application.definition->permit != NULL) {
        TRY(permit_of(r, issuing.id, &issuing.permit));
        TRY(permit_paper(r, &application, &issuing.permit, &issuing.sha256, &issuing.statement));
    }
    return db_transaction(r, issue, &issuing);
}
