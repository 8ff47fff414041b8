/* The job that makes a permit's paper: drawn and signed outside of any transaction, kept, then
   issued. Running again makes the same file. */

#include "casework/papers.h"
#include "casework/store.h"
#include "core/crypto.h"
#include "core/job.h"

enum { ARENA_MAX = 16 * 1024 * 1024 };

struct issuing {
    const char *id;
    struct permit permit; /* its number is NULL for a service that gives none */
    struct bytes sha256;
    const char *statement;
};

static void close_arena(void *arena)
{
    arena_close(arena);
}

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

static enum error make_paper(struct request *r, const struct application *application,
                             struct issuing *issuing)
{
    const struct casework_settings *settings = r->settings;
    struct arena *arena = arena_open(ARENA_MAX);
    unsigned char *digest = arena_alloc(r->arena, SHA256_SIZE);
    struct bytes file;

    arena_defer(r->arena, close_arena, arena);
    TRY(permit_paper(r, application, &issuing->permit, arena, &file, &issuing->statement));
    sha256(file, digest);
    issuing->sha256 = (struct bytes){digest, SHA256_SIZE};
    return store_put(r, settings->uploads.store_dir, issuing->sha256, arena, file);
}

enum error issue_permit(struct request *r, const struct task *task)
{
    struct issuing issuing = {.id = arena_text(r->arena, task->dedupe)};
    struct application application;

    TRY(application_find_office(r, issuing.id, &application));
    if (application.definition->permit != NULL) {
        TRY(permit_of(r, issuing.id, &issuing.permit));
        TRY(make_paper(r, &application, &issuing));
    }
    return db_transaction(r, issue, &issuing);
}
