/* The one function that applies a payment. Locks: attempt and order, then obligations by id. */

#include "core/audit.h"
#include "core/job.h"
#include "core/money.h"
#include "core/ulid.h"
#include "casework/event.h"
#include "payment/callback.h"
#include "payment/fact.h"
#include "payment/order.h"
#include "payment/recovery.h"
#include "payment/refund_transfer.h"

enum { OBLIGATIONS_MAX = 20 };

struct application {
    const struct payment_proof *proof;
    const struct callback *callback; /* NULL unless one brought it */
    /* found and decided by the body */
    struct pursuit pursuit;
    bool has_attempt;
    struct obligation owed[OBLIGATIONS_MAX];
    size_t owed_count;
    const char *disposition;
    const char *fact_id;
};

static enum error lock_owed(struct request *r, struct application *application)
{
    const char *ids[OBLIGATIONS_MAX];
    const char *rest = application->pursuit.obligation_ids, *id;
    size_t count = 0;

    while (count < OBLIGATIONS_MAX && (id = next_part(r, &rest)) != NULL)
        ids[count++] = id;
    application->owed_count = count;
    return obligation_lock(r, ids, count, application->owed);
}

static bool is_still_owed(const struct application *application)
{
    for (size_t i = 0; i < application->owed_count; i++)
        if (application->owed[i].settled_at.ms != NONE ||
            application->owed[i].withdrawn_at.ms != NONE)
            return false;
    return true;
}

/* A closed order holds no price: what was paid is what was owed at the moment of paying, or not. */
static bool is_still_the_price(const struct application *application)
{
    struct fen owed = {0};

    if (strcmp(application->pursuit.order_state, "closed") != 0)
        return true;
    for (size_t i = 0; i < application->owed_count; i++)
        owed = fen_add(
            owed, amount_due(&application->owed[i], application->proof->happened_at).total_fen);
    return owed.fen == application->proof->amount_fen.fen;
}

/* A number we never issued is an orphan; what is owed no longer, or paid already, is excess;
   another amount is a mismatch; everything else settles. */
static const char *decide(const struct application *application)
{
    if (!application->has_attempt)
        return "orphan";
    if (application->proof->amount_fen.fen != application->pursuit.amount_fen.fen)
        return "mismatch";
    if (!IS_ONE_OF(application->pursuit.order_state, "paying", "closing", "closed") ||
        !is_still_owed(application))
        return "excess";
    return is_still_the_price(application) ? "applied" : "mismatch";
}

static enum error look(struct request *r, struct application *application)
{
    const struct payment_proof *proof = application->proof;
    enum error error =
        lock_pursuit(r, proof->gateway, proof->merchant, proof->our_no, &application->pursuit);

    application->has_attempt = error == E_OK;
    application->owed_count = 0;
    if (error != E_OK)
        return error == E_NOT_FOUND ? E_OK : error;
    return lock_owed(r, application);
}

static enum error tell_issuers(struct request *r, const struct application *application)
{
    for (size_t i = 0; i < application->owed_count; i++) {
        const struct obligation *one = &application->owed[i];
        const char *arg =
            arena_printf(r->arena, "{\"order_no\":\"%s\",\"ref_no\":\"%s\",\"settled_at_ms\":%lld}",
                         application->pursuit.order_id, one->ref_no,
                         (long long)application->proof->happened_at.ms);

        TRY(event_publish(r, one->module, "obligation_settled", one->id, arg));
    }
    return E_OK;
}

/* What else of the order is open could be paid as well. */
static enum error close_rivals(struct request *r, const struct application *application)
{
    const char *rest = application->pursuit.rival_ids, *id;

    while ((id = next_part(r, &rest)) != NULL)
        TRY(job_add(r, "close_attempt", id, NULL, r->now));
    return E_OK;
}

/* An order keeps its price; what was lowered since comes back like what was paid before. */
static enum error return_lowered(struct request *r, const struct application *application)
{
    for (size_t i = 0; i < application->owed_count; i++)
        if (application->owed[i].lowered_at.ms != NONE)
            TRY(job_add(r, "return_excess", application->owed[i].id, NULL, r->now));
    return E_OK;
}

static enum error settle(struct request *r, const struct application *application)
{
    const struct payment_proof *proof = application->proof;
    const char *order_id = application->pursuit.order_id;
    const char *payable = arena_printf(r->arena, "payable:%s", application->owed[0].kind);

    TRY(book_receipt_and_apply(r, application->fact_id, proof->gateway, payable,
                               proof->amount_fen));
    TRY(insert_settlements(r, application->fact_id, proof, order_id));
    TRY(mark_order_paid(r, proof, &application->pursuit));
    TRY(close_rivals(r, application));
    TRY(return_lowered(r, application));
    return tell_issuers(r, application);
}

/* All of it goes back by the way it came. The refund's own number is made here, once. */
static enum error send_back(struct request *r, const struct application *application)
{
    const struct payment_proof *proof = application->proof;
    struct refund refund = {.id = ulid_new(r),
                            .fact_id = application->fact_id,
                            .order_id =
                                application->has_attempt ? application->pursuit.order_id : NULL,
                            .gateway = proof->gateway,
                            .merchant = proof->merchant,
                            .gateway_no = proof->gateway_no,
                            .reason = application->disposition,
                            .state = "approved",
                            .amount_fen = proof->amount_fen,
                            .total_fen = proof->amount_fen};

    TRY(book_receipt(r, application->fact_id, proof->gateway, proof->amount_fen));
    if (application->has_attempt)
        TRY(mark_attempt_paid(r, application->pursuit.attempt_id));
    if (application->has_attempt && strcmp(application->pursuit.order_state, "paying") == 0)
        TRY(move_order(r, application->pursuit.order_id, "paying", "closed"));
    TRY(insert_refund(r, &refund, application->fact_id));
    TRY(job_add(r, "follow_refund", refund.id, NULL, r->now));
    if (strcmp(application->disposition, "excess") == 0)
        return E_OK;
    return open_case(r, application->disposition, application->fact_id,
                     arena_printf(r->arena, "%s %s: %s of %lld fen, refund %s", proof->gateway,
                                  proof->gateway_no, proof->our_no,
                                  (long long)proof->amount_fen.fen, refund.id));
}

/* A fact that is known was proven in another way before. */
static enum error remember_callback(struct request *r, const struct callback *callback,
                                    const char *disposition, const char *fact_id)
{
    enum error error;

    if (callback == NULL)
        return E_OK;
    error = insert_callback(r, callback, &(struct outcome){disposition, fact_id});
    return error == E_EXISTS ? E_OK : error;
}

static enum error apply(struct request *r, void *product)
{
    struct application *application = product;
    enum error error;

    TRY(look(r, application));
    application->disposition = decide(application);
    application->fact_id = ulid_new(r);
    error = insert_fact(r, application->proof, "in",
                        application->has_attempt ? application->pursuit.order_id : NULL,
                        application->disposition, application->fact_id);
    if (error == E_EXISTS)
        return remember_callback(r, application->callback, "duplicate", NULL);
    TRY(error);
    audit(r, "payment_recorded", application->proof->our_no, "%s %s %s %lld fen by %s",
          application->proof->gateway, application->proof->gateway_no, application->disposition,
          (long long)application->proof->amount_fen.fen, application->proof->proof);
    if (strcmp(application->disposition, "applied") == 0)
        TRY(settle(r, application));
    else
        TRY(send_back(r, application));
    return remember_callback(r, application->callback, application->disposition,
                             application->fact_id);
}

enum error apply_payment(struct request *r, const struct payment_proof *proof,
                         const struct callback *callback)
{
    struct application application = {.proof = proof, .callback = callback};

    return db_transaction(r, apply, &application);
}

struct refund_application {
    const struct payment_proof *proof;
    const struct callback *callback; /* NULL unless one brought it */
};

static bool is_awaited(const struct payment_proof *proof, const struct refund *refund)
{
    return refund != NULL && refund->amount_fen.fen == proof->amount_fen.fen &&
           !IS_ONE_OF(refund->state, "requested", "closed", "success", "transferred");
}

static enum error end_outflow(struct request *r, const struct payment_proof *proof,
                              const struct refund *refund, const struct recovery *recovery)
{
    if (recovery->is_possible)
        return recover_refund(r, proof, recovery);
    if (!is_awaited(proof, refund))
        return open_case(r, "refund_unexpected", proof->gateway_no, proof->our_no);
    if (strcmp(refund->state, "transfer") == 0)
        TRY(drop_transfer(r, refund));
    TRY(move_refund(r, refund->id, refund->state, "success", proof->gateway_no));
    return end_refund(r, refund, true);
}

static enum error book_outflow(struct request *r, const struct refund_application *application,
                               const struct refund *refund)
{
    const struct payment_proof *proof = application->proof;
    const char *fact_id = ulid_new(r), *disposition = "refund";
    struct recovery recovery = {.is_possible = false};
    enum error error;

    if (!is_awaited(proof, refund))
        TRY(find_recovery(r, proof, refund, &recovery));
    if (!is_awaited(proof, refund) && !recovery.is_possible)
        disposition = "orphan";
    error = insert_fact(r, proof, "out", refund == NULL ? recovery.order_id : refund->order_id,
                        disposition, fact_id);
    if (error == E_EXISTS)
        return remember_callback(r, application->callback, "duplicate", NULL);
    TRY(error);
    audit(r, "refund_recorded", proof->our_no, "%s %s %lld fen by %s", proof->gateway,
          proof->gateway_no, (long long)proof->amount_fen.fen, proof->proof);
    TRY(book_refund(r, fact_id, proof->gateway, proof->amount_fen));
    TRY(end_outflow(r, proof, refund, &recovery));
    return remember_callback(r, application->callback, disposition, fact_id);
}

/* A number of ours that another merchant's money went back by is none of that refund's. */
static bool is_home(const struct refund *refund, const struct payment_proof *proof)
{
    return strcmp(refund->gateway, proof->gateway) == 0 &&
           strcmp(refund->merchant, proof->merchant) == 0;
}

static enum error apply_outflow(struct request *r, void *product)
{
    const struct refund_application *application = product;
    struct refund refund;
    enum error error = lock_refund(r, application->proof->our_no, &refund);
    bool is_known;

    if (error != E_OK && error != E_NOT_FOUND)
        return error;
    is_known = error == E_OK && is_home(&refund, application->proof);
    return book_outflow(r, application, is_known ? &refund : NULL);
}

enum error apply_refund(struct request *r, const struct payment_proof *proof,
                        const struct callback *callback)
{
    struct refund_application application = {proof, callback};

    return db_transaction(r, apply_outflow, &application);
}
