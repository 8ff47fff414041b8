#include "violation/desk.h"

#include <inttypes.h>

#include "core/audit.h"
#include "core/clock.h"
#include "core/idempotency.h"
#include "core/ulid.h"
#include "violation/procedure.h"
#include "violation/rules.h"
#include "violation/state.h"
#include "violation/withdraw.h"

#define ID_PARAM PARAM(struct desk_input, id, .source = PATH, .check = is_ulid)

static bool is_choice(const char *text)
{
    return IS_ONE_OF(text, "waived", "asked");
}

const struct param desk_list_params[] = {
    PARAM(struct desk_list_input, after, .source = QUERY, .max = ULID_SIZE, .check = is_ulid,
          .optional = true),
    PARAM(struct desk_list_input, limit, .source = QUERY, .min = 1, .max = 100, .optional = true),
    PARAM_END,
};

const struct param review_params[] = {
    ID_PARAM,
    PARAM(struct desk_input, is_accepted, .source = BODY),
    PARAM(struct desk_input, reasons, .min = 4, .max = 500),
    PARAM_END,
};

const struct param proposal_params[] = {
    ID_PARAM,
    PARAM(struct desk_input, findings, .min = 4, .max = 1000),
    PARAM(struct desk_input, fine_fen, .min = 1, .max = 100000000),
    PARAM(struct desk_input, points, .min = 0, .max = 12),
    PARAM_END,
};

const struct param return_params[] = {
    ID_PARAM,
    PARAM(struct desk_input, reasons, .min = 4, .max = 500),
    PARAM_END,
};

const struct param choice_params[] = {
    ID_PARAM,
    PARAM(struct desk_input, choice, .max = 8, .check = is_choice),
    PARAM_END,
};

const struct param hearing_params[] = {
    ID_PARAM,
    PARAM(struct desk_input, held_on, .source = BODY),
    PARAM(struct desk_input, place, .min = 4, .max = 120),
    PARAM_END,
};

const struct param hearing_change_params[] = {
    ID_PARAM,
    PARAM(struct desk_input, held_on, .source = BODY),
    PARAM(struct desk_input, place, .min = 4, .max = 120),
    PARAM(struct desk_input, reasons, .min = 4, .max = 500),
    PARAM_END,
};

const struct param minutes_params[] = {
    ID_PARAM,
    PARAM(struct desk_input, minutes, .min = 4, .max = 2000),
    PARAM_END,
};

const struct param approval_params[] = {ID_PARAM, PARAM_END};

/* --- Steps ----------------------------------------------------------------------------------- */

/* What the decision waited for: the hearing, the choice, or the proposal. */
static struct instant last_step_at(const struct desk_case *one)
{
    if (one->hearing_closed_at.ms != NONE)
        return one->hearing_closed_at;
    return one->chosen_at.ms != NONE ? one->chosen_at : one->proposed_at;
}

static void add_step(struct request *r, struct desk_case *one)
{
    const struct term *term =
        term_in_force(violation_state(r)->casework.terms, "decision.general", civil_day(r->now));

    one->step = desk_step(one, civil_day(r->now));
    one->decide_by = (struct instant){NONE};
    one->licence_state = one->licence_classes = NULL;
    one->licence_until = (struct day){NONE};
    one->points_total = NONE;
    if (strcmp(one->step, "approve") == 0 && term != NULL)
        one->decide_by = instant_add(last_step_at(one), term->n * HOUR_MS);
}

static enum error find(struct request *r, const char *id, struct desk_case *one)
{
    TRY(find_desk_case(r, id, one));
    add_step(r, one);
    return E_OK;
}

/* --- What is there --------------------------------------------------------------------------- */

/* By the moment of the act, the oldest first. */
enum error list_desk(struct request *r)
{
    const struct desk_list_input *in = r->input;
    int64_t limit = page_limit(in->limit);
    struct records rows;
    struct desk_case *items;
    bool is_more;

    TRY(list_desk_cases(r, in->after, limit, &rows));
    is_more = page_cut(&rows, limit);
    items = arena_alloc(r->arena, (rows.count + 1) * sizeof(*items));
    for (size_t i = 0; i < rows.count; i++) {
        items[i] = ((const struct desk_case *)rows.items)[i];
        add_step(r, &items[i]);
    }
    audit(r, "desk_listed", "confirmed", "count=%zu", rows.count);
    return reply_page(r, desk_item_fields, sizeof(*items), (struct records){items, rows.count},
                      is_more ? items[rows.count - 1].id : NULL);
}

enum error show_desk(struct request *r)
{
    const struct case_input *in = r->input;
    struct desk_case one;

    TRY(find(r, in->id, &one));
    check_not_own(r, one.id, one.person_id, &OWN_CASE);
    TRY(refused(r));
    TRY(add_licence_of(r, &one));
    audit(r, "desk_read", one.id, "step=%s", one.step);
    return reply_record(r, 200, desk_case_fields, &one);
}

/* The person's own, while there is one that stands. */
static enum error find_own_proposal(struct request *r, const char *id, struct desk_case *one)
{
    struct case_row row;

    TRY(find_own_case(r, id, &row));
    TRY(find(r, id, one));
    return strcmp(one->person_id, r->person_id) == 0 && one->investigator_id != NULL &&
                   one->returned_at.ms == NONE
               ? E_OK
               : E_NOT_FOUND;
}

enum error show_proposal(struct request *r)
{
    const struct case_input *in = r->input;
    struct desk_case one;

    TRY(find_own_proposal(r, in->id, &one));
    return reply_record(r, 200, proposal_view_fields, &one);
}

/* --- Acts ------------------------------------------------------------------------------------ */

/* Locks it; what stands against this officer doing this step now becomes reasons. */
static enum error begin_act(struct request *r, const char *step, struct desk_case *one)
{
    const struct desk_input *in = r->input;
    struct violation act;

    TRY(lock_case(r, in->id, &act));
    TRY(find(r, in->id, one));
    if (!idempotency_is_new(r))
        return E_OK;
    if (strcmp(one->step, step) != 0)
        reason(r, NOT_THIS_STEP_NOW, VALUES(one->id, one->step, step));
    TRY(check_undisputed(r, one->id));
    check_not_own(r, one->id, one->person_id, &OWN_CASE);
    return E_OK;
}

static bool is_actor(const struct request *r, const char *officer_id)
{
    return officer_id != NULL && strcmp(officer_id, r->actor_id) == 0;
}

static void check_other_than(struct request *r, const struct desk_case *one, const char *officer_id)
{
    if (!is_actor(r, officer_id))
        return;
    audit_refusal(r, one->id, "the same officer again");
    reason(r, SAME_OFFICER, VALUES(one->id));
}

/* Three do it: who investigates, who presides at a hearing, and who approves. */
static void check_other_officer(struct request *r, const struct desk_case *one)
{
    check_other_than(r, one, one->investigator_id);
    check_other_than(r, one, one->host_id);
}

static enum error end_act(struct request *r, const char *what, struct desk_case *one)
{
    audit(r, what, one->id, "step=%s", one->step);
    return find(r, one->id, one);
}

/* Nothing was refused so far. */
static enum error may_record(struct request *r, const struct desk_case *one, int64_t points,
                             bool *may)
{
    TRY(check_points(r, one, points));
    *may = refused(r) == E_OK;
    reasons_forget(r);
    return E_OK;
}

/* What the simple procedure allows is decided at once. What is above it is proposed, and so is what
   has points that the licence can not take: two officers may decide without them. */
static enum error go_on(struct request *r, const struct desk_case *one)
{
    const struct procedure_rule *procedure = find_procedure_rule(r, civil_day(r->now));
    struct penalty penalty = {"simple", one->announced_fen, one->announced_points, {.rule = NULL}};
    bool may;

    if (procedure == NULL)
        return failed(r, E_INTERNAL, "procedure_rule: no version in force");
    TRY(take_mildest(r, one, &penalty));
    TRY(may_record(r, one, penalty.points, &may));
    return may && penalty.fine_fen.fen <= procedure->simple_max_fen.fen
               ? decide_case(r, one, &penalty)
               : E_OK;
}

/* Accepted, the record is withdrawn; else it goes on, by the simple procedure at once. */
static enum error review(struct request *r, void *product)
{
    const struct desk_input *in = r->input;
    struct desk_case *one = product;

    TRY(begin_act(r, "answer_statement", one));
    if (!idempotency_is_new(r))
        return E_OK;
    TRY(refused(r));
    TRY(insert_review(r, one, in->is_accepted, in->reasons));
    TRY(tell_of_review(r, one, in->is_accepted));
    if (in->is_accepted)
        TRY(withdraw_violation(r, one->id, NULL, "陈述和申辩成立"));
    else
        TRY(go_on(r, one));
    return end_act(r, in->is_accepted ? "statement_accepted" : "statement_answered", one);
}

/* The same penalty by the same officer goes on where the one before was given back; any other is
   told anew, with its own days to ask for a hearing. */
static enum error number_proposal(struct request *r, const struct desk_input *in,
                                  struct desk_case *one)
{
    bool is_again = one->investigator_id != NULL, has_right;

    if (is_again && strcmp(one->investigator_id, r->actor_id) == 0 &&
        in->fine_fen.fen == one->proposed_fen.fen && in->points == one->proposed_points) {
        one->proposal_number++;
        return E_OK;
    }
    one->proposal_number = is_again ? one->proposal_number + 1 : 1;
    one->hearing_of = one->proposal_number;
    one->answer_until = (struct day){NONE};
    TRY(has_hearing_right(r, in->fine_fen, &has_right));
    if (!has_right)
        return E_OK;
    return find_term_end(r, "appeal.hearing", civil_day(r->now), civil_day(r->now),
                         &one->answer_until, NULL);
}

static enum error propose(struct request *r, void *product)
{
    const struct desk_input *in = r->input;
    struct desk_case *one = product;
    struct fen fine_max;
    int64_t points_max;

    TRY(begin_act(r, "propose", one));
    if (!idempotency_is_new(r))
        return E_OK;
    find_most(r, one, &fine_max, &points_max);
    if (in->fine_fen.fen > fine_max.fen)
        reason(r, PROPOSAL_WORSE, VALUES("fine_fen", in->fine_fen, fine_max));
    if (in->points > points_max)
        reason(r, PROPOSAL_WORSE, VALUES("points", in->points, points_max));
    TRY(check_points(r, one, in->points));
    TRY(refused(r));
    TRY(number_proposal(r, in, one));
    one->findings = in->findings;
    one->proposed_fen = in->fine_fen;
    one->proposed_points = in->points;
    TRY(insert_proposal(r, one));
    TRY(tell_of_proposal(r, one));
    return end_act(r, "penalty_proposed", one);
}

/* In dispute too: the days to ask for a hearing are counted all the same. */
static enum error choose(struct request *r, void *product)
{
    const struct desk_input *in = r->input;
    struct desk_case *one = product;
    struct violation act;

    TRY(lock_own_case(r, in->id, &act));
    TRY(find_own_proposal(r, in->id, one));
    if (!idempotency_is_new(r))
        return E_OK;
    if (one->answer_until.number != NONE && one->choice == NULL &&
        civil_day(r->now).number > one->answer_until.number)
        reason(r, CHOICE_TOO_LATE, VALUES(one->id, one->answer_until));
    else if (strcmp(one->step, "await_choice") != 0)
        reason(r, NOT_THIS_STEP_NOW, VALUES(one->id, one->step, "await_choice"));
    TRY(refused(r));
    TRY(insert_choice(r, one, in->choice));
    return end_act(r, "hearing_choice", one);
}

/* In time to come. */
static enum error check_hearing_day(struct request *r, struct day held_on)
{
    struct day today = civil_day(r->now), first, last;

    TRY(find_term_end(r, "hearing.notice", today, today, &first, NULL));
    if (held_on.number < first.number)
        reason(r, HEARING_TOO_SOON, VALUES("held_on", held_on, first));
    TRY(find_term_end(r, "hearing.within", today, today, &last, NULL));
    if (held_on.number > last.number)
        reason(r, HEARING_TOO_LATE, VALUES("held_on", held_on, last));
    return E_OK;
}

static enum error set(struct request *r, void *product)
{
    const struct desk_input *in = r->input;
    struct desk_case *one = product;

    TRY(begin_act(r, "set_hearing", one));
    if (!idempotency_is_new(r))
        return E_OK;
    check_other_officer(r, one);
    TRY(check_hearing_day(r, in->held_on));
    TRY(refused(r));
    one->hearing_on = in->held_on;
    one->hearing_place = in->place;
    TRY(insert_hearing(r, one));
    TRY(tell_of_hearing(r, one));
    return end_act(r, "hearing_set", one);
}

/* Whoever changes it presides from then on, as its host is ill, say. The day of before was told. */
static enum error change(struct request *r, void *product)
{
    const struct desk_input *in = r->input;
    struct desk_case *one = product;

    TRY(begin_act(r, "hold_hearing", one));
    if (!idempotency_is_new(r))
        return E_OK;
    check_other_than(r, one, one->investigator_id);
    if (in->held_on.number != one->hearing_on.number ||
        in->held_on.number < civil_day(r->now).number)
        TRY(check_hearing_day(r, in->held_on));
    TRY(refused(r));
    one->hearing_turn++;
    one->hearing_on = in->held_on;
    one->hearing_place = in->place;
    TRY(insert_hearing_change(r, one, in->reasons));
    TRY(tell_of_hearing(r, one));
    return end_act(r, "hearing_changed", one);
}

static enum error hold(struct request *r, void *product)
{
    const struct desk_input *in = r->input;
    struct desk_case *one = product;

    TRY(begin_act(r, "hold_hearing", one));
    if (!idempotency_is_new(r))
        return E_OK;
    if (one->host_id != NULL && !is_actor(r, one->host_id)) {
        audit_refusal(r, one->id, "not the host");
        reason(r, NOT_THE_HOST, VALUES(one->id));
    }
    if (one->hearing_on.number != NONE && one->hearing_on.number > civil_day(r->now).number)
        reason(r, HEARING_NOT_OVER, VALUES(one->id, one->hearing_on));
    TRY(refused(r));
    TRY(close_hearing(r, one, in->minutes));
    return end_act(r, "hearing_held", one);
}

static enum error approve(struct request *r, void *product)
{
    struct desk_case *one = product;
    struct penalty penalty = {.manner = "general", .waiver = {.rule = NULL}};

    TRY(begin_act(r, "approve", one));
    if (!idempotency_is_new(r))
        return E_OK;
    check_other_officer(r, one);
    penalty.fine_fen = one->proposed_fen;
    penalty.points = one->proposed_points;
    TRY(take_mildest(r, one, &penalty));
    TRY(check_points(r, one, penalty.points));
    TRY(refused(r));
    TRY(insert_approval(r, one));
    TRY(decide_case(r, one, &penalty));
    return end_act(r, "penalty_approved", one);
}

/* Not approved: its investigator proposes again. */
static enum error give_back(struct request *r, void *product)
{
    const struct desk_input *in = r->input;
    struct desk_case *one = product;

    TRY(begin_act(r, "approve", one));
    if (!idempotency_is_new(r))
        return E_OK;
    check_other_officer(r, one);
    TRY(refused(r));
    TRY(insert_return(r, one, in->reasons));
    return end_act(r, "proposal_returned", one);
}

static enum error act_and_reply(struct request *r, transaction_body *body)
{
    struct desk_case one;

    TRY(db_transaction(r, body, &one));
    TRY(add_licence_of(r, &one));
    return reply_record(r, 200, desk_case_fields, &one);
}

enum error review_statement(struct request *r)
{
    return act_and_reply(r, review);
}

enum error propose_penalty(struct request *r)
{
    return act_and_reply(r, propose);
}

enum error return_proposal(struct request *r)
{
    return act_and_reply(r, give_back);
}

enum error choose_hearing(struct request *r)
{
    struct desk_case one;

    TRY(db_transaction(r, choose, &one));
    return reply_record(r, 200, proposal_view_fields, &one);
}

enum error set_hearing(struct request *r)
{
    return act_and_reply(r, set);
}

enum error change_hearing(struct request *r)
{
    return act_and_reply(r, change);
}

enum error hold_hearing(struct request *r)
{
    return act_and_reply(r, hold);
}

enum error approve_penalty(struct request *r)
{
    return act_and_reply(r, approve);
}
