/* What others tell: facts from exchange, settlements from payment. Each may come twice. */

#include <inttypes.h>

#include "casework/fee.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/ulid.h"
#include "violation/decide.h"
#include "violation/release.h"
#include "violation/rules.h"
#include "violation/state.h"
#include "violation/store.h"
#include "violation/tell.h"

/* A case is numbered by the moment of its act, so that a list by number is newest first however
   late and in what order the agencies told. */
static const char *case_number(struct request *r, const struct violation *act)
{
    char *id = arena_alloc(r->arena, ULID_SIZE + 1);

    ulid_write(id, act->occurred_at);
    return id;
}

static enum error enter_camera(struct request *r, void *product)
{
    const struct task *task = product;
    struct violation act;
    enum error inserted;

    TRY(find_camera_record(r, task->dedupe, &act));
    act.id = case_number(r, &act);
    act.kind = "camera";
    act.state = "open";
    inserted = insert_case(r, &act, task->dedupe);
    if (inserted != E_OK)
        return inserted == E_EXISTS ? E_OK : inserted;
    return tell_of_case(r, &act);
}

enum error take_camera_record(struct request *r, const struct task *task)
{
    return db_transaction(r, enter_camera, (void *)(uintptr_t)task);
}

/* The officer chose fine and points; act and article come from the rule, if there is one. */
static struct decision street_decision_of(struct request *r, const struct violation *act,
                                          const struct street_facts *facts)
{
    const struct code_rule *rule = find_code_rule(r, act->code, act->occurred_at);
    const char *what = rule != NULL ? rule->act : arena_printf(r->arena, "违法代码%s", act->code);

    return (struct decision){
        .decision_no = facts->source_no,
        .case_id = act->id,
        .manner = "street",
        .person_id = facts->person_id,
        .authority = act->agency,
        .facts = facts_text(r->arena, act, what),
        .fact_source = act->agency,
        .fact_observed_at = act->observed_at,
        .title = rule != NULL ? rule->title : "交通违法",
        .basis = rule != NULL ? rule->article : "见处罚决定书",
        .rule_source = rule != NULL ? rule->source : "见处罚决定书",
        .rule_valid_from = {NONE},
        .fine_fen = facts->fine_fen,
        .points = facts->points,
        .decided_at = day_start(facts->decided_on),
        .served_on = facts->served_on,
        .reconsider_until = {NONE},
        .court_until = {NONE},
    };
}

static enum error enter_street(struct request *r, void *product)
{
    const struct task *task = product;
    struct violation act;
    struct street_facts facts;
    struct decision decision;
    enum error inserted;

    TRY(find_street_decision(r, task->dedupe, &act, &facts));
    act.id = case_number(r, &act);
    act.kind = "street";
    act.person_id = facts.person_id;
    act.state = facts.fine_fen.fen > 0 ? "decided" : "warned";
    inserted = insert_case(r, &act, task->dedupe);
    if (inserted != E_OK)
        return inserted == E_EXISTS ? E_OK : inserted;
    decision = street_decision_of(r, &act, &facts);
    TRY(find_points_licence(r, &decision));
    inserted = record_decision(r, &act, &decision, facts.decided_on);
    if (inserted == E_EXISTS)
        return failed(r, E_INTERNAL, "decision number %s is taken", decision.decision_no);
    TRY(inserted);
    audit(r, "record_decision", act.id, "decision=%s fine_fen=%" PRId64 " points=%" PRId64,
          decision.decision_no, decision.fine_fen.fen, decision.points);
    return E_OK;
}

enum error take_street_decision(struct request *r, const struct task *task)
{
    return db_transaction(r, enter_street, (void *)(uintptr_t)task);
}

/* The settlement is the proof; the event only says where to look. Paid and withdrawn stay. */
static enum error close_case(struct request *r, void *product)
{
    const struct task *task = product;
    struct obligation obligation;
    struct violation act;

    TRY(lock_case_of(r, task->dedupe, &act));
    TRY(obligation_find(r, task->dedupe, &obligation));
    if (obligation.settled_at.ms == NONE)
        return failed(r, E_INTERNAL, "obligation %s is told to be settled and is not",
                      task->dedupe);
    if (strcmp(act.state, "decided") != 0)
        return E_OK;
    return move_case(r, act.id, NULL, "decided", "paid");
}

/* A paid storage bill has no case: what it pays for is asked when the item is released. Fees are
   those of applications. */
enum error take_settlement(struct request *r, const struct task *task)
{
    enum error closed = db_transaction(r, close_case, (void *)(uintptr_t)task);

    if (closed == E_OK)
        log_info(r, "violation_paid", "obligation=%s", task->dedupe);
    if (closed == E_NOT_FOUND)
        closed = find_storage_bill(r, task->dedupe, &(struct storage_bill){.item_id = NULL});
    return closed == E_NOT_FOUND ? take_fee(r, task) : closed;
}
