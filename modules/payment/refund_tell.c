#include "payment/refund_tell.h"

#include "casework/tell.h"
#include "payment/order.h"
#include "payment/refund.h"

struct payer {
    const char *payer_id;
};

static const struct field payer_fields[] = {FIELD(struct payer, payer_id), FIELD_END};

enum { FIND_PAYER, STATEMENTS_END };

const struct statement refund_tell_sql[] = {
    [FIND_PAYER] = {.sql = "SELECT payer_id FROM pay_order WHERE id = ?",
                    ROWS(struct payer, payer_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* He knows of it from the agreement on. A refund that takes the place of a refused cancellation is
   none to him. */
static bool is_news(const struct refund *refund)
{
    if (strcmp(refund->state, "approved") == 0)
        return refund->way == NULL;
    if (strcmp(refund->state, "closed") == 0)
        return !is_replaced(refund);
    return IS_ONE_OF(refund->state, "success", "transfer", "transferred");
}

static enum error tell_payer(struct request *r, const struct refund *refund, const char *subject)
{
    struct payer payer;

    TRY(db_one(r, &refund_tell_sql[FIND_PAYER], &payer, VALUES(refund->order_id)));
    return tell_person(r, &(struct telling){
                              .kind = "refund_step",
                              .subject = subject,
                              .account_id = payer.payer_id,
                              .about = refund->order_id,
                              .values = TOLD("amount", fen_words(r->arena, refund->amount_fen),
                                             "step", refund_step(refund)),
                          });
}

enum error tell_refund(struct request *r, const char *id)
{
    struct refund refund;

    TRY(find_refund(r, id, &refund));
    if (refund.order_id == NULL || !is_news(&refund))
        return E_OK;
    return tell_payer(r, &refund, arena_printf(r->arena, "%s:%s", refund.id, refund.state));
}

enum error tell_bounce(struct request *r, const char *id, const char *transfer_id)
{
    struct refund refund;

    TRY(find_refund(r, id, &refund));
    return tell_payer(r, &refund, arena_printf(r->arena, "%s:bounced", transfer_id));
}
