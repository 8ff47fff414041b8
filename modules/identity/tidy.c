#include "identity/account.h"
#include "identity/face_check.h"
#include "identity/link.h"
#include "identity/recipient.h"

enum { BATCH = 1000, BATCHES_MAX = 100 };

static enum error delete_batch(struct request *r, void *product)
{
    int64_t *deleted = product;

    TRY(delete_expired_sessions(r));
    *deleted = db_changed(r);
    return E_OK;
}

static enum error tidy_rest(struct request *r, void *product)
{
    (void)product;
    TRY(tidy_checks(r));
    TRY(delete_old_attempts(r));
    return delete_expired_link_codes(r);
}

/* In short transactions, so that nobody who signs in waits for it. */
enum error tidy(struct request *r, const struct task *task)
{
    int64_t deleted = BATCH;

    (void)task;
    for (int i = 0; deleted == BATCH && i < BATCHES_MAX; i++)
        TRY(db_transaction(r, delete_batch, &deleted));
    return db_transaction(r, tidy_rest, NULL);
}
