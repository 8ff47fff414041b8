/* Asking and closing: what finds a payment whose callback never came, and ends what nobody pays. */

#include "core/clock.h"
#include "core/job.h"
#include "core/log.h"
#include "payment/gateway.h"
#include "payment/recovery.h"
#include "payment/state.h"

static bool is_over(const struct pursuit *pursuit)
{
    return IS_ONE_OF(pursuit->attempt_state, "paid", "closed", "failed");
}

static enum error close_here(struct request *r, void *product)
{
    const struct pursuit *found = product;
    struct pursuit pursuit;
    enum error error;

    TRY(lock_pursuit(r, found->gateway, found->merchant, found->attempt_id, &pursuit));
    if (is_over(&pursuit))
        return E_OK;
    TRY(move_attempt(r, pursuit.attempt_id, pursuit.attempt_state, "closed"));
    if (pursuit.rival_ids != NULL)
        return E_OK; /* the order can still be paid in another way */
    error = move_order(r, pursuit.order_id, "paying", "closed");
    return error == E_NOT_FOUND ? E_OK : error;
}

/* Whoever was opening it is gone: nobody knows whether the gateway heard of it. */
static enum error doubt(struct request *r, void *product)
{
    const struct pursuit *pursuit = product;
    enum error error = move_attempt(r, pursuit->attempt_id, "init", "unknown");

    return error == E_NOT_FOUND ? E_OK : error;
}

/* Its turn to call; otherwise it comes back at its appointment. */
static enum error wait_for_turn(struct request *r, const struct pursuit *pursuit,
                                enum errand errand)
{
    struct pace *pace = pace_of(r, pursuit->gateway, pursuit->merchant, errand);
    int64_t wait_ms = pace == NULL ? 0 : pace_wait(pace, monotonic_ms());

    return wait_ms == 0 ? E_OK : job_again_at(r, instant_add(r->now, wait_ms));
}

/* A call that was one too many gets another appointment. */
static void tell_pace(struct request *r, const struct pursuit *pursuit, enum errand errand,
                      const struct answer *answer, struct instant *again_at)
{
    struct pace *pace = pace_of(r, pursuit->gateway, pursuit->merchant, errand);
    int64_t now_ms = monotonic_ms();

    if (pace == NULL)
        return;
    if (answer->verdict != VERDICT_BUSY) {
        pace_taken(pace);
        return;
    }
    pace_refused(pace, now_ms);
    *again_at = instant_add(r->now, SECOND_MS + pace_wait(pace, now_ms));
}

/* What a verified answer says of the attempt. */
static enum error conclude(struct request *r, struct pursuit *pursuit, const struct answer *answer,
                           struct instant again_at)
{
    switch (answer->verdict) {
    case VERDICT_PAID:
        return apply_payment(r, &answer->proof, NULL);
    case VERDICT_CLOSED:
        return db_transaction(r, close_here, pursuit);
    case VERDICT_UNKNOWN:
        if (strcmp(pursuit->attempt_state, "init") == 0)
            TRY(db_transaction(r, doubt, pursuit));
        return job_again_at(r, again_at);
    default:
        return job_again_at(r, again_at);
    }
}

static enum error ask(struct request *r, struct pursuit *pursuit, struct instant again_at)
{
    struct answer answer = {.verdict = VERDICT_UNKNOWN};

    TRY(wait_for_turn(r, pursuit, ERRAND_QUERY));
    if (gateway_query(r, pursuit, &answer) != E_OK && answer.verdict != VERDICT_BUSY)
        answer.verdict = VERDICT_UNKNOWN;
    tell_pace(r, pursuit, ERRAND_QUERY, &answer, &again_at);
    return conclude(r, pursuit, &answer, again_at);
}

/* Whoever opens it may still be on the way, with us or with them. */
static bool may_be_opening(const struct request *r, const struct pursuit *pursuit)
{
    return r->now.ms < pursuit->updated_at.ms + MINUTE_MS;
}

/* Closed there first, then here. "Paid" at closing is asked for once more, for its proof; a number
   that they still do not know after a while cannot be paid either. */
static enum error close_there(struct request *r, struct pursuit *pursuit, struct instant again_at)
{
    struct answer answer = {.verdict = VERDICT_UNKNOWN};

    TRY(wait_for_turn(r, pursuit, ERRAND_CLOSE));
    if (gateway_close(r, pursuit, &answer) != E_OK) {
        answer.verdict = VERDICT_UNKNOWN;
        return conclude(r, pursuit, &answer, again_at);
    }
    tell_pace(r, pursuit, ERRAND_CLOSE, &answer, &again_at);
    if (answer.verdict == VERDICT_PAID)
        return ask(r, pursuit, again_at);
    if (answer.verdict == VERDICT_UNKNOWN && !may_be_opening(r, pursuit))
        answer.verdict = VERDICT_CLOSED;
    return conclude(r, pursuit, &answer, again_at);
}

enum error follow_attempt(struct request *r, const struct task *task)
{
    struct pursuit pursuit;
    struct instant again_at;

    TRY(find_pursuit(r, task->dedupe, &pursuit));
    if (is_over(&pursuit))
        return E_OK;
    again_at = next_query(r->now, task->attempts + 1, pursuit.expire_at);
    if (r->now.ms < pursuit.expire_at.ms)
        return ask(r, &pursuit, again_at);
    return close_there(r, &pursuit, instant_add(r->now, 30 * SECOND_MS));
}

/* The payer chose another way: this one is closed now. Also there when it is over here only. */
enum error close_attempt(struct request *r, const struct task *task)
{
    struct pursuit pursuit;

    TRY(find_pursuit(r, task->dedupe, &pursuit));
    if (strcmp(pursuit.attempt_state, "paid") == 0)
        return E_OK;
    if (gateway_runs_out(&pursuit)) /* follow_attempt asks until then, and closes it here */
        return E_OK;
    return close_there(r, &pursuit, instant_add(r->now, 10 * SECOND_MS));
}

struct refund_step {
    const struct refund *refund;
    const char *to;
    const char *case_kind; /* NULL: no person is needed */
    const char *code;
};

static enum error take_step(struct request *r, void *product)
{
    const struct refund_step *step = product;
    struct refund refund;

    TRY(lock_refund(r, step->refund->id, &refund));
    if (strcmp(refund.state, step->to) == 0)
        return E_OK; /* run again after a lost COMMIT */
    if (strcmp(refund.state, step->refund->state) != 0)
        return E_AGAIN; /* a callback was faster: look again */
    TRY(move_refund(r, refund.id, refund.state, step->to, NULL));
    if (strcmp(step->to, "submitting") == 0)
        TRY(fix_way(r, refund.id, gateway_refund_way(&refund, r->now)));
    if (strcmp(step->to, "closed") == 0)
        TRY(end_refund(r, &refund, false));
    if (strcmp(step->to, "closed") == 0 && is_revoked(&refund))
        TRY(request_revoked(r, refund.obligation_id, refund.id)); /* it is due all the same */
    if (step->case_kind == NULL)
        return E_OK;
    return open_case(r, step->case_kind, refund.id, step->code == NULL ? "" : step->code);
}

static enum error step_to(struct request *r, struct refund *refund, const char *to,
                          const char *case_kind, const char *code)
{
    struct refund_step step = {refund, to, case_kind, code};

    if (strcmp(refund->state, to) == 0)
        return E_OK;
    TRY(db_transaction(r, take_step, &step));
    log_info(r, "refund_moved", "refund=%s %s -> %s %s", refund->id, refund->state, to,
             code == NULL ? "" : code);
    refund->state = to;
    return E_OK;
}

static enum error replace_in(struct request *r, void *product)
{
    const struct refund *refused = product;
    struct refund refund;

    TRY(lock_refund(r, refused->id, &refund));
    if (strcmp(refund.state, "closed") == 0)
        return E_OK; /* run again after a lost COMMIT */
    if (strcmp(refund.state, refused->state) != 0)
        return E_AGAIN;
    return replace_refund(r, &refund);
}

/* What will not go back by the way it came is transferred, if somebody is known who paid it. */
static enum error leave_gateway(struct request *r, struct refund *refund, const char *why)
{
    return step_to(r, refund, "transfer", "refund_transfer",
                   arena_printf(r->arena, "%s %s", refund->id, why == NULL ? "" : why));
}

static enum error conclude_refund(struct request *r, struct refund *refund,
                                  const struct answer *answer, struct instant again_at)
{
    switch (answer->verdict) {
    case VERDICT_REFUNDED:
        return apply_refund(r, &answer->proof, NULL);
    case VERDICT_ACCEPTED:
        TRY(step_to(r, refund, "accepted", NULL, NULL));
        return job_again_at(r, again_at);
    case VERDICT_ABNORMAL:
        if (refund->order_id != NULL)
            return leave_gateway(r, refund, answer->code);
        return step_to(r, refund, "abnormal", "refund_abnormal", answer->code);
    case VERDICT_CLOSED:
    case VERDICT_REFUSED:
        if (is_cancel(refund))
            return db_transaction(r, replace_in, refund);
        if (refund->order_id != NULL)
            return leave_gateway(r, refund, answer->code);
        return step_to(r, refund, "closed", "refund_closed", answer->code);
    default:
        if (strcmp(refund->state, "submitting") == 0)
            TRY(step_to(r, refund, "unknown", NULL, NULL));
        return job_again_at(r, again_at);
    }
}

/* A cancellation may be refused because an earlier try was done: a refusal counts if they do not
   know it as done. */
static void make_sure(struct request *r, const struct refund *refund, struct answer *answer)
{
    struct answer known;

    if (gateway_refund_query(r, refund, &known) != E_OK)
        answer->verdict = VERDICT_UNKNOWN;
    else if (known.verdict != VERDICT_UNKNOWN)
        *answer = known;
}

/* Also what was accepted before, when they know nothing of it: by its number it moves money once.
 */
static enum error submit(struct request *r, struct refund *refund, struct instant again_at)
{
    struct answer answer = {.verdict = VERDICT_UNKNOWN};

    if (strcmp(refund->state, "accepted") != 0)
        TRY(step_to(r, refund, "submitting", NULL, NULL));
    TRY(mark_submitted(r, refund->id));
    TRY(find_refund(r, refund->id, refund)); /* the way that was fixed, here or before */
    if (gateway_refund(r, refund, &answer) != E_OK)
        answer.verdict = VERDICT_UNKNOWN;
    if (answer.verdict == VERDICT_REFUSED && is_cancel(refund))
        make_sure(r, refund, &answer);
    return conclude_refund(r, refund, &answer, again_at);
}

/* Asked every few seconds at first, then every minute, then slower. */
static struct instant refund_again_at(struct request *r, int64_t asked)
{
    int64_t wait = asked < 4 ? 5 * SECOND_MS : asked < 30 ? MINUTE_MS : 30 * MINUTE_MS;

    return instant_add(r->now, wait);
}

/* The two who decided must still be entitled. */
static enum error check_entitled(struct request *r, struct refund *refund, bool *is_entitled)
{
    int64_t entitled;

    TRY(count_entitled(r, refund, &entitled));
    *is_entitled = entitled == 2;
    return *is_entitled ? E_OK : step_to(r, refund, "closed", "refund_rights_lost", refund->note);
}

/* For the first time; gateways want parts of one payment apart. */
static enum error execute(struct request *r, struct refund *refund, struct instant again_at)
{
    struct refund_history history;
    struct instant free_at = r->now;
    const char *why;
    bool is_entitled = true;

    if (is_of_applied(refund))
        TRY(check_entitled(r, refund, &is_entitled));
    if (!is_entitled)
        return E_OK;
    TRY(find_history(r, refund, &history));
    why = out_of_reach(refund, &history, r->now);
    if (why != NULL && refund->order_id != NULL)
        return leave_gateway(r, refund, why);
    if (is_of_applied(refund) && history.last_at.ms != NONE)
        free_at = instant_add(history.last_at, refund_limits(refund->gateway).apart_ms);
    return free_at.ms > r->now.ms ? job_again_at(r, free_at) : submit(r, refund, again_at);
}

/* Ended, or a matter of people. */
static bool is_out_of_its_hands(const struct refund *refund)
{
    return IS_ONE_OF(refund->state, "success", "closed", "abnormal", "transfer", "transferred");
}

enum error follow_refund(struct request *r, const struct task *task)
{
    struct refund refund;
    struct answer answer;
    struct instant again_at = refund_again_at(r, task->attempts);
    bool must_wait;

    TRY(find_refund(r, task->dedupe, &refund));
    if (is_out_of_its_hands(&refund))
        return E_OK;
    TRY(is_awaiting_bills(r, &refund, &must_wait));
    if (must_wait)
        return job_again_at(r, instant_add(r->now, 5 * MINUTE_MS));
    if (strcmp(refund.state, "approved") == 0)
        return execute(r, &refund, again_at);
    if (gateway_refund_query(r, &refund, &answer) != E_OK)
        return job_again_at(r, again_at);
    if (answer.verdict == VERDICT_UNKNOWN)
        return submit(r, &refund, again_at);
    return conclude_refund(r, &refund, &answer, again_at);
}
