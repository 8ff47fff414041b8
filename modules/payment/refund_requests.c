/* Refunds with two people: one of the finance role asks, another one agrees or declines. */

#include <inttypes.h>

#include "core/audit.h"
#include "core/crypto.h"
#include "core/job.h"
#include "core/ulid.h"
#include "payment/fact.h"
#include "payment/order.h"
#include "payment/payment.h"
#include "payment/refund_requests.h"

enum { KEY_BYTES = 16 };

const struct field refund_view_fields[] = {
    FIELD(struct refund_view, refund_no),      FIELD_OR_NULL(struct refund_view, order_no),
    FIELD(struct refund_view, reason),         FIELD(struct refund_view, state),
    FIELD(struct refund_view, step),           FIELD(struct refund_view, amount_fen),
    FIELD_OR_NULL(struct refund_view, maker),  FIELD_OR_NULL(struct refund_view, checker),
    FIELD_OR_NULL(struct refund_view, note),   FIELD_OR_NULL(struct refund_view, account),
    FIELD_OR_NULL(struct refund_view, bounce), FIELD(struct refund_view, created_at),
    FIELD(struct refund_view, updated_at),     FIELD_END,
};

const struct field own_refund_fields[] = {
    FIELD(struct refund_view, refund_no),
    FIELD(struct refund_view, state),
    FIELD(struct refund_view, step),
    FIELD(struct refund_view, amount_fen),
    FIELD_OR_NULL(struct refund_view, account),
    FIELD_OR_NULL(struct refund_view, bounce),
    FIELD(struct refund_view, created_at),
    FIELD(struct refund_view, updated_at),
    FIELD_END,
};

struct refund_view refund_view_of(struct request *r, const struct refund *refund)
{
    const char *tail = refund->tail;

    return (struct refund_view){
        .refund_no = refund->id,
        .order_no = refund->order_id,
        .reason = refund->reason,
        .state = refund->state,
        .step = is_replaced(refund) ? "当日撤销未办成，已改按退货办理" : refund_step(refund),
        .amount_fen = refund->amount_fen,
        .maker = refund->maker,
        .checker = refund->checker,
        .note = refund->note,
        .account = tail == NULL ? NULL : arena_printf(r->arena, "****%s", tail),
        .bounce = refund->bounce,
        .created_at = refund->created_at,
        .updated_at = refund->updated_at};
}

/* One tap, one refund: by whom and with which key. */
static const char *dedupe_of(struct request *r)
{
    unsigned char hash[SHA256_SIZE];

    sha256(bytes_of(arena_printf(r->arena, "%s %s", r->actor_id, r->key)), hash);
    return arena_printf(r->arena, "officer:%s",
                        hex_encode(r->arena, (struct bytes){hash, KEY_BYTES}));
}

static enum error ask_for(struct request *r, void *product)
{
    const struct request_refund_input *in = r->input;
    struct refund *refund = product;
    const char *dedupe = dedupe_of(r);
    struct refundable order;
    enum error found = find_refund_for(r, dedupe, refund);

    if (found != E_NOT_FOUND)
        return found;
    TRY(lock_refundable(r, in->order_no, &order));
    check_refundable(r, &order, in->amount_fen);
    TRY(refused(r));
    *refund = (struct refund){.id = ulid_new(r),
                              .fact_id = order.fact_id,
                              .order_id = order.order_id,
                              .gateway = order.gateway,
                              .merchant = order.merchant,
                              .gateway_no = order.gateway_no,
                              .reason = "officer",
                              .state = "requested",
                              .maker = r->actor_id,
                              .note = in->note,
                              .amount_fen = in->amount_fen,
                              .total_fen = order.paid_fen,
                              .created_at = r->now,
                              .updated_at = r->now};
    TRY(insert_refund(r, refund, dedupe));
    TRY(change_reserved(r, order.order_id, in->amount_fen));
    audit(r, "refund_requested", refund->id, "order=%s fen=%" PRId64, order.order_id,
          in->amount_fen.fen);
    return E_OK;
}

enum error request_refund(struct request *r)
{
    struct refund refund;
    struct refund_view view;

    TRY(db_transaction(r, ask_for, &refund));
    view = refund_view_of(r, &refund);
    return reply_record(r, 201, refund_view_fields, &view);
}

/* Who takes back an own request leaves no checker. */
static bool was_decided_by(const struct refund *refund, const char *officer)
{
    const char *by = refund->checker != NULL ? refund->checker : refund->maker;

    return strcmp(by, officer) == 0;
}

/* What a revoked decision asks for has no maker until one of the two takes it up. */
static enum error take_up(struct request *r, void *product)
{
    const struct refund_input *in = r->input;
    struct refund *refund = product;

    TRY(lock_refund(r, in->refund_no, refund));
    if (!is_of_applied(refund))
        return E_NOT_FOUND;
    if (refund->maker != NULL)
        return strcmp(refund->maker, r->actor_id) == 0
                   ? E_OK
                   : refuse(r, REVIEWED_ALREADY, VALUES(refund->id));
    TRY(review_requested(r, refund->id));
    audit(r, "refund_reviewed", refund->id, "fen=%" PRId64, refund->amount_fen.fen);
    refund->maker = r->actor_id;
    refund->updated_at = r->now;
    return E_OK;
}

/* E_OK: it waits for a decision. E_EXISTS: this officer has made this very decision. */
static enum error lock_undecided(struct request *r, const char *decision, struct refund *refund)
{
    const struct refund_input *in = r->input;

    TRY(lock_refund(r, in->refund_no, refund));
    if (!is_of_applied(refund))
        return E_NOT_FOUND;
    if (strcmp(refund->state, "requested") == 0)
        return E_OK;
    if (was_decided_by(refund, r->actor_id) &&
        (strcmp(refund->state, "closed") == 0) == (strcmp(decision, "closed") == 0))
        return E_EXISTS;
    return refuse(r, REFUND_DECIDED, VALUES(refund->id, refund->state));
}

static enum error agree(struct request *r, void *product)
{
    struct refund *refund = product;
    struct refundable order;
    enum error found = lock_undecided(r, "approved", refund);

    if (found != E_OK)
        return found == E_EXISTS ? E_OK : found;
    if (refund->maker == NULL)
        return refuse(r, NOT_REVIEWED, VALUES(refund->id));
    if (strcmp(refund->maker, r->actor_id) == 0) {
        audit_refusal(r, refund->id, "maker and checker are one person");
        return refuse(r, SAME_PERSON, VALUES(refund->id));
    }
    TRY(lock_refundable(r, refund->order_id, &order));
    TRY(decide_refund(r, refund->id, "approved"));
    TRY(book_unapply(r, refund->id, order.kind, refund->amount_fen));
    TRY(move_refundable(r, order.order_id, order.state, "refunding"));
    TRY(job_add(r, "follow_refund", refund->id, NULL, r->now));
    audit(r, "refund_approved", refund->id, "maker=%s fen=%" PRId64, refund->maker,
          refund->amount_fen.fen);
    refund->state = "approved";
    refund->checker = r->actor_id;
    refund->updated_at = r->now;
    return E_OK;
}

/* Who asked may also take it back: nothing moves by that. */
static enum error decline(struct request *r, void *product)
{
    struct refund *refund = product;
    bool is_own;
    enum error found = lock_undecided(r, "closed", refund);

    if (found != E_OK)
        return found == E_EXISTS ? E_OK : found;
    if (is_revoked(refund))
        return refuse(r, REFUND_DUE, VALUES(refund->id));
    is_own = strcmp(refund->maker, r->actor_id) == 0;
    TRY(is_own ? move_refund(r, refund->id, "requested", "closed", NULL)
               : decide_refund(r, refund->id, "closed"));
    TRY(end_refund(r, refund, false));
    audit(r, "refund_declined", refund->id, "maker=%s fen=%" PRId64, refund->maker,
          refund->amount_fen.fen);
    refund->state = "closed";
    refund->checker = is_own ? NULL : r->actor_id;
    refund->updated_at = r->now;
    return E_OK;
}

static enum error decide(struct request *r, transaction_body *body)
{
    struct refund refund;
    struct refund_view view;

    TRY(db_transaction(r, body, &refund));
    view = refund_view_of(r, &refund);
    return reply_record(r, 200, refund_view_fields, &view);
}

enum error review_refund(struct request *r)
{
    return decide(r, take_up);
}

enum error approve_refund(struct request *r)
{
    return decide(r, agree);
}

enum error decline_refund(struct request *r)
{
    return decide(r, decline);
}

static struct records views_of(struct request *r, struct records refunds)
{
    const struct refund *refund = refunds.items;
    struct refund_view *views = arena_alloc(r->arena, (refunds.count + 1) * sizeof(*views));

    for (size_t i = 0; i < refunds.count; i++)
        views[i] = refund_view_of(r, &refund[i]);
    return (struct records){views, refunds.count};
}

/* Newest first; the cursor is the last one shown. */
enum error list_all_refunds(struct request *r)
{
    const struct list_refunds_input *in = r->input;
    int64_t limit = page_limit(in->limit);
    struct records refunds, views;
    const char *next = NULL;

    TRY(list_refunds(r, in->state, page_below(in->after), limit + 1, &refunds));
    if (page_cut(&refunds, limit))
        next = ((const struct refund *)refunds.items)[limit - 1].id;
    views = views_of(r, refunds);
    return reply_page(r, refund_view_fields, sizeof(struct refund_view), views, next);
}

enum error list_own_refunds(struct request *r)
{
    const struct show_order_input *in = r->input;
    struct records refunds;
    struct order order;

    TRY(find_order(r, in->order_no, &order));
    TRY(list_refunds_of(r, order.id, &refunds));
    return reply_page(r, own_refund_fields, sizeof(struct refund_view), views_of(r, refunds), NULL);
}
