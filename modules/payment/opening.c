/* From a tap to an order that can be paid, whichever way the payer chooses. */

#include "core/audit.h"
#include "core/clock.h"
#include "core/idempotency.h"
#include "core/job.h"
#include "core/log.h"
#include "core/money.h"
#include "core/ulid.h"
#include "payment/gateway.h"
#include "payment/opening.h"
#include "payment/state.h"

enum { OBLIGATIONS_MAX = 20 };

enum error load_opening(struct request *r, struct opening *opening)
{
    struct attempt attempt;

    TRY(find_attempt(r, opening->order.id, &attempt));
    TRY(list_items(r, opening->order.id, &opening->items));
    return find_pursuit(r, attempt.id, &opening->pursuit);
}

static void refuse_foreign(struct request *r, const char *obligation_id)
{
    reason(r, OBLIGATION_UNKNOWN, VALUES(obligation_id));
    audit_refusal(r, obligation_id, "obligation of another person");
}

/* What others owe looks absent; the owner of the vehicle may pay for the driver. */
static void check_own(struct request *r, const struct obligation *owed, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(owed[i].person_id, r->person_id) != 0 &&
            (owed[i].owner_id == NULL || strcmp(owed[i].owner_id, r->person_id) != 0))
            refuse_foreign(r, owed[i].id);
}

static enum error lock_owed(struct request *r, struct obligation *owed)
{
    const struct create_order_input *in = r->input;
    enum error error = obligation_lock(r, in->obligation_ids.items, in->obligation_ids.count, owed);

    if (error == E_NOT_FOUND)
        return refuse(r, OBLIGATION_UNKNOWN, NO_VALUES);
    TRY(error);
    check_own(r, owed, in->obligation_ids.count);
    TRY(refused(r));
    check_payable(r, owed, in->obligation_ids.count);
    return refused(r);
}

static void price(struct request *r, const struct obligation *owed, size_t count,
                  struct order_item *items, struct order *order)
{
    order->amount_fen = (struct fen){0};
    for (size_t i = 0; i < count; i++) {
        struct amount_due due = amount_due(&owed[i], r->now);

        items[i] = (struct order_item){owed[i].id, owed[i].title, due.total_fen, due.base_fen,
                                       due.surcharge_fen};
        order->amount_fen = fen_add(order->amount_fen, due.total_fen);
    }
    order->id = ulid_new(r);
    order->payer_id = r->actor_id;
    order->account = owed[0].account;
    order->description = count == 1 ? owed[0].title : "交通违法罚款（合并缴款）";
    order->state = "paying";
    order->created_at = r->now;
    order->paid_at = (struct instant){NONE};
    order->expire_at = order_expiry(r->now, payment_settings(r)->order_minutes);
}

static bool is_for(const struct opening *found, const struct order_item *wanted, size_t count)
{
    const struct order_item *items = found->items.items;
    size_t same = 0;

    for (size_t i = 0; i < found->items.count && i < count; i++)
        same += strcmp(items[i].obligation_id, wanted[i].obligation_id) == 0;
    return found->items.count == count && same == count;
}

/* One that is for other things or at another price is closed beside. Another way to pay the same is
   for change_way(). */
static enum error take_or_close(struct request *r, const struct order *live,
                                const struct order_item *wanted, size_t count,
                                const struct order *priced, struct opening *opening)
{
    struct opening found = {.order = *live};

    TRY(load_opening(r, &found));
    if (!is_for(&found, wanted, count) || live->amount_fen.fen != priced->amount_fen.fen) {
        TRY(job_add(r, "close_attempt", found.pursuit.attempt_id, NULL, r->now));
        return E_NOT_FOUND;
    }
    *opening = found;
    return E_OK;
}

/* The payer's open order for exactly this, at this price. What else of it is open could be paid as
   well. */
static enum error find_same(struct request *r, const struct order_item *wanted, size_t count,
                            const struct order *priced, struct opening *opening)
{
    enum error found = E_NOT_FOUND;

    for (size_t i = 0; i < count && found == E_NOT_FOUND; i++) {
        const struct order *live;
        struct records orders;

        TRY(list_live_orders(r, wanted[i].obligation_id, &orders));
        live = orders.items;
        for (size_t o = 0; o < orders.count && found == E_NOT_FOUND; o++)
            found = take_or_close(r, &live[o], wanted, count, priced, opening);
    }
    return found;
}

/* A try to have the order paid in the way that was asked for: the row, and the job that follows it.
 */
static enum error insert_try(struct request *r, struct opening *opening)
{
    const struct create_order_input *in = r->input;
    const struct way *way = way_of(in->channel);
    const struct order *order = &opening->order;
    const struct merchant *merchant =
        merchant_for(&payment_state(r)->merchants, way->gateway->name, order->account);
    struct attempt attempt = {.id = ulid_new(r),
                              .order_id = order->id,
                              .channel = way->channel,
                              .gateway = way->gateway->name,
                              .merchant = merchant == NULL ? NULL : merchant->id,
                              .open_id = way->session == NULL ? "" : r->open_id,
                              .amount_fen = order->amount_fen};

    if (merchant == NULL)
        return refuse(r, ACCOUNT_UNPAYABLE, VALUES(order->account, in->channel));
    TRY(insert_attempt(r, &attempt));
    TRY(job_add(r, "follow_attempt", attempt.id, NULL, next_query(r->now, 0, order->expire_at)));
    opening->is_new = true;
    opening->pursuit = (struct pursuit){.attempt_id = attempt.id,
                                        .order_id = order->id,
                                        .channel = attempt.channel,
                                        .gateway = attempt.gateway,
                                        .merchant = attempt.merchant,
                                        .open_id = attempt.open_id,
                                        .attempt_state = "init",
                                        .order_state = "paying",
                                        .description = order->description,
                                        .amount_fen = order->amount_fen,
                                        .created_at = r->now,
                                        .expire_at = order->expire_at,
                                        .order_created_at = order->created_at};
    return E_OK;
}

static enum error insert_opening(struct request *r, struct opening *opening)
{
    enum error error = insert_order(r, &opening->order, opening->items.items, opening->items.count);

    if (error == E_EXISTS) /* by a key that was forgotten since */
        return refuse(r, KEY_REUSED, VALUES(r->key));
    TRY(error);
    return insert_try(r, opening);
}

enum error begin_order(struct request *r, void *product)
{
    const struct create_order_input *in = r->input;
    size_t count = in->obligation_ids.count;
    struct obligation owed[OBLIGATIONS_MAX];
    struct order_item *items = arena_alloc(r->arena, count * sizeof(*items));
    struct opening *opening = product;
    struct order priced;
    enum error found;

    opening->is_new = false;
    /* A second tap, or run again after a COMMIT whose answer was lost: the order is there. */
    found = idempotency_is_new(r) ? E_NOT_FOUND : find_own_order(r, &opening->order);
    if (found == E_OK)
        return load_opening(r, opening);
    if (found != E_NOT_FOUND)
        return found;
    TRY(lock_owed(r, owed));
    price(r, owed, count, items, &priced);
    found = find_same(r, items, count, &priced, opening);
    if (found != E_NOT_FOUND)
        return found;
    opening->order = priced;
    opening->items = (struct records){items, count};
    return insert_opening(r, opening);
}

struct opened {
    const struct pursuit *pursuit;
    bool is_refused; /* otherwise the outcome is unknown */
};

/* A payment that was proven meanwhile stays paid: each step moves from the states before it only.
 */
static enum error record_unopened(struct request *r, void *product)
{
    const struct opened *opened = product;
    const struct pursuit *pursuit = opened->pursuit;
    enum error error;

    error = move_attempt(r, pursuit->attempt_id, pursuit->attempt_state,
                         opened->is_refused ? "failed" : "unknown");
    if (error == E_NOT_FOUND || !opened->is_refused)
        return error == E_NOT_FOUND ? E_OK : error;
    TRY(error);
    error = move_order(r, pursuit->order_id, "paying", "closed");
    return error == E_NOT_FOUND ? E_OK : error;
}

static bool is_in_state(const char *state, const char *wanted)
{
    return strcmp(state, wanted) == 0;
}

static enum error close_stray(struct request *r, void *product)
{
    const struct opening *opening = product;

    return job_add(r, "close_stray", opening->pursuit.attempt_id, NULL, r->now);
}

/* Others were faster: a callback, a second tap, or the payer who chose another way. Only in the
   last case it is over. */
static enum error look_again(struct request *r, struct opening *opening)
{
    TRY(find_order(r, opening->order.id, &opening->order));
    TRY(load_opening(r, opening));
    if (is_in_state(opening->order.state, "paid") ||
        (is_in_state(opening->order.state, "paying") && opening->pursuit.prepay_id != NULL))
        return E_OK;
    return refuse(r, ORDER_OVER, VALUES(opening->order.id));
}

/* What is over here, and open there now, is closed there again. */
static enum error record_opened(struct request *r, struct opening *opening, const char *prepay_id)
{
    enum error error = open_attempt(r, opening->pursuit.attempt_id, prepay_id);

    if (error == E_NOT_FOUND) {
        error = look_again(r, opening);
        if (error == E_REFUSED)
            TRY(db_transaction(r, close_stray, opening));
        return error;
    }
    TRY(error);
    opening->pursuit.prepay_id = prepay_id;
    log_info(r, "order_opened", "order=%s gateway=%s fen=%lld", opening->pursuit.order_id,
             opening->pursuit.gateway, (long long)opening->pursuit.amount_fen.fen);
    return E_OK;
}

/* Asks the gateway for what the client needs to pay; the same number on every repetition. */
static enum error open_at_gateway(struct request *r, struct opening *opening)
{
    struct pursuit *pursuit = &opening->pursuit;
    struct answer answer = {.verdict = VERDICT_PENDING};
    struct opened opened = {.pursuit = pursuit};
    enum error called = gateway_open(r, pursuit, &answer);

    if (called == E_AGAIN) /* nothing was sent: the attempt stays as it was */
        return E_AGAIN;
    if (called == E_OK && answer.verdict == VERDICT_PENDING && answer.prepay_id != NULL)
        return record_opened(r, opening, answer.prepay_id);
    opened.is_refused = called == E_OK && answer.verdict == VERDICT_REFUSED;
    if (opened.is_refused || is_in_state(pursuit->attempt_state, "init"))
        TRY(db_transaction(r, record_unopened, &opened));
    if (opened.is_refused)
        return refuse(r, GATEWAY_REFUSED, VALUES(answer.code));
    return called == E_OK ? E_UPSTREAM : called;
}

/* Whoever opens it once more says so first. */
enum error open_there(struct request *r, struct opening *opening)
{
    enum error error = opening->is_new ? E_OK : touch_attempt(r, opening->pursuit.attempt_id);

    if (error == E_NOT_FOUND)
        return look_again(r, opening);
    TRY(error);
    return open_at_gateway(r, opening);
}

/* --- Another way to pay the same order ----------------------------------------------------------
 */

static bool is_payable(const char *attempt_state)
{
    return is_in_state(attempt_state, "init") || is_in_state(attempt_state, "unknown") ||
           is_in_state(attempt_state, "open");
}

bool is_another_way(const struct request *r, const struct opening *opening)
{
    const struct create_order_input *in = r->input;

    return is_in_state(opening->order.state, "paying") && !opening->is_new &&
           strcmp(opening->pursuit.channel, in->channel) != 0;
}

struct change {
    const struct opening *before;
    struct opening after;
};

/* One that nothing closes is still open from before: it is taken up again. */
static enum error take_up_or_insert(struct request *r, struct opening *opening)
{
    const struct create_order_input *in = r->input;
    struct pursuit pursuit;
    enum error found = find_payable(r, opening->order.id, in->channel, &pursuit);

    if (found == E_NOT_FOUND)
        return insert_try(r, opening);
    TRY(found);
    opening->pursuit = pursuit;
    return E_OK;
}

/* The way before is closed there: now here, and the next begins. Whoever was quicker with the same
   way is joined; with yet another one, the payer has to try again. */
static enum error insert_next_try(struct request *r, void *product)
{
    const struct create_order_input *in = r->input;
    struct change *change = product;
    const struct pursuit *before = &change->before->pursuit;
    struct pursuit former;
    struct attempt newest;

    change->after = *change->before;
    TRY(lock_pursuit(r, before->gateway, before->merchant, before->attempt_id, &former));
    TRY(find_attempt(r, former.order_id, &newest));
    if (!is_in_state(former.order_state, "paying") || strcmp(newest.channel, in->channel) == 0)
        return E_OK;
    if (strcmp(newest.id, former.attempt_id) != 0)
        return refuse(r, WAY_STILL_OPEN, VALUES(newest.channel));
    if (is_payable(former.attempt_state) && !gateway_runs_out(&former))
        TRY(move_attempt(r, former.attempt_id, former.attempt_state, "closed"));
    return take_up_or_insert(r, &change->after);
}

/* What they do not know cannot be paid there: unless it is being opened at this moment. */
static bool is_closed_there(const struct request *r, const struct pursuit *pursuit,
                            const struct answer *answer)
{
    bool may_be_opening = !is_in_state(pursuit->attempt_state, "open") &&
                          r->now.ms < pursuit->updated_at.ms + MINUTE_MS;

    return answer->verdict == VERDICT_CLOSED ||
           (answer->verdict == VERDICT_UNKNOWN && !may_be_opening);
}

static enum error take_payment_of(struct request *r, struct opening *opening)
{
    struct answer answer;

    TRY(gateway_query(r, &opening->pursuit, &answer));
    if (answer.verdict == VERDICT_PAID)
        TRY(apply_payment(r, &answer.proof, NULL));
    return look_again(r, opening);
}

/* E_OK: it can no longer be paid there, or nobody can prevent it and it is not paid so far. */
static enum error end_way(struct request *r, const struct pursuit *former, struct answer *answer)
{
    *answer = (struct answer){.verdict = VERDICT_CLOSED};
    if (!is_payable(former->attempt_state))
        return E_OK;
    if (gateway_runs_out(former)) {
        TRY(gateway_query(r, former, answer));
        return E_OK;
    }
    TRY(gateway_close(r, former, answer));
    return answer->verdict == VERDICT_PAID || is_closed_there(r, former, answer) ? E_OK : E_AGAIN;
}

/* The verdict on the way before is waited for: both open at once might both be paid. */
enum error change_way(struct request *r, struct opening *opening)
{
    const struct opening before = *opening;
    struct change change = {.before = &before};
    struct answer answer;

    if (end_way(r, &before.pursuit, &answer) != E_OK)
        return refuse(r, WAY_STILL_OPEN, VALUES(before.pursuit.channel));
    if (answer.verdict == VERDICT_PAID)
        return take_payment_of(r, opening);
    TRY(db_transaction(r, insert_next_try, &change));
    *opening = change.after;
    if (opening->is_new)
        return E_OK;
    TRY(find_order(r, opening->order.id, &opening->order));
    return load_opening(r, opening);
}
