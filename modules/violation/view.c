#include "violation/view.h"

#include <inttypes.h>

#include "core/clock.h"
#include "core/money.h"
#include "violation/rules.h"
#include "violation/state.h"

#define LISTED                                                                                     \
    FIELD(struct violation_view, id), FIELD(struct violation_view, kind),                          \
        FIELD(struct violation_view, state), FIELD(struct violation_view, plate_type),             \
        FIELD(struct violation_view, plate), FIELD(struct violation_view, occurred_at),            \
        FIELD(struct violation_view, place), FIELD(struct violation_view, code),                   \
        FIELD(struct violation_view, title), FIELD_OR_NULL(struct violation_view, fine_fen),       \
        FIELD_OR_NULL(struct violation_view, points),                                              \
        FIELD_OR_NULL(struct violation_view, decision_no),                                         \
        FIELD_OR_NULL(struct violation_view, obligation_id),                                       \
        FIELD_OR_NULL(struct violation_view, due_on), FIELD(struct violation_view, late_days),     \
        FIELD(struct violation_view, surcharge_fen),                                               \
        FIELD_OR_NULL(struct violation_view, amount_due_fen)

const struct field violation_item_fields[] = {LISTED, FIELD_END};

static const struct field part_fields[] = {
    FIELD(struct amount_part, title),
    FIELD(struct amount_part, amount_fen),
    FIELD(struct amount_part, reason),
    FIELD_END,
};

const struct field violation_view_fields[] = {
    LISTED,
    FIELD(struct violation_view, facts),
    FIELD_OR_NULL(struct violation_view, article),
    FIELD_OR_NULL(struct violation_view, rule_source),
    FIELD_OR_NULL(struct violation_view, rule_valid_from),
    FIELD(struct violation_view, source),
    FIELD(struct violation_view, source_no),
    FIELD(struct violation_view, observed_at),
    FIELD(struct violation_view, arrived_at),
    FIELD_OR_NULL(struct violation_view, measured),
    FIELD_OR_NULL(struct violation_view, allowed),
    FIELD_OR_NULL(struct violation_view, announced_at),
    FIELD_OR_NULL(struct violation_view, confirmed_at),
    FIELD_OR_NULL(struct violation_view, decided_at),
    FIELD_OR_NULL(struct violation_view, served_on),
    FIELD_OR_NULL(struct violation_view, due_source),
    FIELD(struct violation_view, is_due_provisional),
    FIELD_OR_NULL(struct violation_view, reconsider_until),
    FIELD_OR_NULL(struct violation_view, court_until),
    FIELD_OR_NULL(struct violation_view, settled_at),
    FIELD_OR_NULL(struct violation_view, withdrawn_at),
    FIELD_OR_NULL(struct violation_view, withdrawn_because),
    FIELD_OR_NULL(struct violation_view, withdrawn_decision_no),
    FIELD_OR_NULL(struct violation_view, dispute_id),
    FIELD_OR_NULL(struct violation_view, disputed_at),
    FIELD_OR_NULL(struct violation_view, late_percent_a_day),
    FIELD_OR_NULL(struct violation_view, late_percent_max),
    FIELD_OR_NULL(struct violation_view, frozen_days),
    FIELD(struct violation_view, percent),
    FIELD(struct violation_view, is_capped),
    FIELD_OR_NULL(struct violation_view, total_fen),
    FIELD_LIST(struct violation_view, parts, part_fields, struct amount_part),
    DESK_FIELDS(struct violation_view),
    FIELD(struct violation_view, next_step),
    FIELD_OR_NULL(struct violation_view, officer_step),
    FIELD(struct violation_view, next_step_text),
    FIELD_END,
};

const struct field announcement_view_fields[] = {
    FIELD(struct announcement_view, violation_id),
    FIELD(struct announcement_view, facts),
    FIELD(struct announcement_view, basis),
    FIELD(struct announcement_view, penalty),
    FIELD(struct announcement_view, fine_fen),
    FIELD(struct announcement_view, points),
    FIELD(struct announcement_view, rule_valid_from),
    FIELD(struct announcement_view, rights),
    FIELD(struct announcement_view, service),
    FIELD(struct announcement_view, announced_at),
    FIELD(struct announcement_view, is_waived),
    FIELD_OR_NULL(struct announcement_view, waiver_text),
    FIELD_LIST(struct announcement_view, waiver_conditions, waiver_condition_fields,
               struct waiver_condition),
    FIELD_END,
};

const struct field decision_view_fields[] = {
    FIELD(struct decision_view, violation_id),
    FIELD(struct decision_view, decision_no),
    FIELD(struct decision_view, authority),
    FIELD(struct decision_view, facts),
    FIELD(struct decision_view, basis),
    FIELD(struct decision_view, penalty),
    FIELD(struct decision_view, fine_fen),
    FIELD(struct decision_view, points),
    FIELD(struct decision_view, decided_at),
    FIELD(struct decision_view, served_on),
    FIELD_OR_NULL(struct decision_view, due_on),
    FIELD_OR_NULL(struct decision_view, due_source),
    FIELD_OR_NULL(struct decision_view, surcharge_notice),
    FIELD_OR_NULL(struct decision_view, reconsider_until),
    FIELD_OR_NULL(struct decision_view, court_until),
    FIELD(struct decision_view, appeal),
    FIELD(struct decision_view, electronic_service),
    FIELD(struct decision_view, service),
    FIELD_OR_NULL(struct decision_view, obligation_id),
    FIELD(struct decision_view, is_waived),
    FIELD_LIST(struct decision_view, waiver_conditions, waiver_condition_fields,
               struct waiver_condition),
    FIELD_END,
};

/* Reckoned for this moment, or for the one at which it was paid. */
static struct amount_due due_of(struct request *r, const struct case_row *row)
{
    const struct obligation owed = {.base_fen = row->fine_fen,
                                    .late_percent_a_day = row->late_percent_a_day,
                                    .late_percent_max = row->late_percent_max,
                                    .due_on = row->due_on,
                                    .frozen_days = row->frozen_days};

    return amount_due(&owed, row->settled_at.ms != NONE ? row->settled_at : r->now);
}

/* Before a decision: what the rule says; afterwards: what was decided. */
static void set_penalty(struct request *r, const struct case_row *row, struct violation_view *view)
{
    const struct code_rule *rule;

    view->title = row->title;
    view->fine_fen = row->fine_fen;
    view->points = row->points;
    view->article = row->basis;
    view->rule_source = row->rule_source;
    view->rule_valid_from = row->rule_valid_from;
    view->facts = row->facts;
    if (row->decision_no != NULL)
        return;
    rule = find_code_rule(r, row->code, row->occurred_at);
    view->title = "交通违法";
    if (rule == NULL)
        return;
    view->title = rule->title;
    view->fine_fen = rule->fine_fen;
    view->points = rule->points;
    view->article = rule->article;
    view->rule_source = rule->source;
    view->rule_valid_from = rule->valid_from;
    view->facts = rule->act;
}

struct violation_view list_item(struct request *r, const struct case_row *row)
{
    struct violation_view view = {.id = row->id,
                                  .kind = row->kind,
                                  .state = row->state,
                                  .plate_type = row->plate_type,
                                  .plate = row->plate,
                                  .occurred_at = row->occurred_at,
                                  .place = row->place,
                                  .code = row->code,
                                  .decision_no = row->decision_no,
                                  .obligation_id = row->obligation_id,
                                  .due_on = row->due_on};

    set_penalty(r, row, &view);
    view.amount_due_fen = view.total_fen = view.fine_fen;
    if (row->obligation_id != NULL) {
        struct amount_due due = due_of(r, row);

        view.late_days = due.late_days;
        view.percent = due.percent;
        view.is_capped = due.is_capped;
        view.surcharge_fen = due.surcharge_fen;
        view.amount_due_fen = view.total_fen = due.total_fen;
    }
    if (row->settled_at.ms != NONE || strcmp(row->state, "withdrawn") == 0)
        view.amount_due_fen = (struct fen){0};
    return view;
}

static const char *surcharge_reason(struct request *r, const struct case_row *row,
                                    const struct violation_view *view)
{
    const struct surcharge_rule *rule = find_surcharge_rule(r, civil_day(row->occurred_at));
    const char *frozen = "";

    if (row->frozen_days > 0)
        frozen = arena_printf(r->arena, "（已扣除不计的%" PRId64 "日）", row->frozen_days);
    return arena_printf(r->arena,
                        "缴款期限至%s，逾期%" PRId64 "日%s，每日按罚款数额的百分之%" PRId64
                        "加处，合计百分之%" PRId64 "%s；%s",
                        day_to_text(r->arena, row->due_on), view->late_days, frozen,
                        row->late_percent_a_day, view->percent,
                        view->is_capped ? "（不超过罚款数额）" : "",
                        rule == NULL ? "" : rule->source);
}

static void explain_parts(struct request *r, const struct case_row *row,
                          struct violation_view *view)
{
    struct amount_part *parts = arena_alloc(r->arena, 2 * sizeof(*parts));
    size_t count = 0;

    if (view->fine_fen.fen != NONE)
        parts[count++] = (struct amount_part){
            "罚款", view->fine_fen,
            arena_printf(r->arena, "%s；%s", view->article, view->rule_source)};
    if (view->surcharge_fen.fen > 0)
        parts[count++] =
            (struct amount_part){"加处罚款", view->surcharge_fen, surcharge_reason(r, row, view)};
    view->parts = (struct records){parts, count};
}

/* The term runs, whatever else is going on. */
static bool may_choose_hearing(const struct request *r, const struct case_row *row)
{
    return strcmp(row->state, "confirmed") == 0 && row->desk.hearing_choice == NULL &&
           row->desk.answer_until.number != NONE &&
           civil_day(r->now).number <= row->desk.answer_until.number;
}

/* An officer's step that will be missing is told before the citizen confirms. */
static void explain_step(struct request *r, const struct case_row *row, struct violation_view *view)
{
    const struct procedure_rule *procedure = find_procedure_rule(r, civil_day(r->now));
    bool is_undecided = row->decision_no == NULL && strcmp(row->state, "withdrawn") != 0;
    bool is_owed = row->obligation_id != NULL && row->settled_at.ms == NONE;

    view->next_step =
        next_step(row->state, row->announced_at.ms != NONE, is_owed, view->fine_fen.fen != NONE);
    if (row->dispute_id != NULL)
        view->next_step = "rest";
    if (is_undecided && row->officer_step != NULL)
        view->officer_step = row->officer_step;
    else if (is_undecided && procedure != NULL && view->fine_fen.fen != NONE)
        view->officer_step = officer_step(view->fine_fen, procedure->simple_max_fen, NULL);
    view->next_step_text = step_text(view->next_step, view->officer_step);
    if (may_choose_hearing(r, row)) {
        view->next_step = "choose_hearing";
        view->next_step_text = step_text(view->next_step, NULL);
    }
}

static void explain_facts(struct request *r, const struct case_row *row,
                          struct violation_view *view)
{
    const struct violation act = {.occurred_at = row->occurred_at,
                                  .place = row->place,
                                  .plate = row->plate,
                                  .measured = row->measured,
                                  .allowed = row->allowed};

    if (row->decision_no == NULL)
        view->facts = facts_text(r->arena, &act, view->facts == NULL ? "待核实" : view->facts);
    view->source = row->agency;
    view->source_no = row->source_no;
    view->observed_at = row->observed_at;
    view->arrived_at = row->arrived_at;
    view->measured = row->measured;
    view->allowed = row->allowed;
}

struct violation_view view_violation(struct request *r, const struct case_row *row)
{
    struct violation_view view = list_item(r, row);

    explain_facts(r, row, &view);
    view.announced_at = row->announced_at;
    view.confirmed_at = row->confirmed_at;
    view.decided_at = row->decided_at;
    view.served_on = row->served_on;
    view.due_source = row->due_source;
    view.is_due_provisional = row->due_on.number != NONE &&
                              !calendar_knows(violation_state(r)->casework.calendar, row->due_on);
    view.reconsider_until = row->reconsider_until;
    view.court_until = row->court_until;
    view.settled_at = row->settled_at;
    view.withdrawn_at = row->withdrawn_at;
    view.withdrawn_because = row->withdrawn_because;
    view.withdrawn_decision_no = row->withdrawn_decision_no;
    view.dispute_id = row->dispute_id;
    view.disputed_at = row->disputed_at;
    view.late_percent_a_day = row->late_percent_a_day;
    view.late_percent_max = row->late_percent_max;
    view.frozen_days = row->frozen_days;
    if (row->paid_fen.fen != NONE)
        view.total_fen = row->paid_fen;
    view.desk = row->desk;
    explain_parts(r, row, &view);
    explain_step(r, row, &view);
    return view;
}

struct announcement_view view_announcement(const struct announcing *announcing)
{
    const struct announcement *announcement = &announcing->announcement;
    const char *text = "不符合首违免罚的全部条件，将按上述处罚决定";

    if (announcing->waiver.applies)
        text = "符合首违免罚条件：确认时仍然符合的，给予警告，不罚款、不记分";
    return (struct announcement_view){
        .violation_id = announcement->case_id,
        .facts = announcement->facts,
        .basis = announcement->basis,
        .penalty = announcement->penalty,
        .fine_fen = announcement->fine_fen,
        .points = announcement->points,
        .rule_valid_from = announcement->rule_valid_from,
        .rights = "您有权进行陈述和申辩，不会因此加重处罚",
        .service = "网上办理需同意电子送达：处罚决定书送达至您的本人账户，缴款和救济期限从送达之日"
                   "起算。不同意的，请到窗口办理",
        .announced_at = announcement->announced_at,
        .is_waived = announcing->waiver.applies,
        .waiver_text = announcing->waiver.rule == NULL ? NULL : text,
        .waiver_conditions = announcing->waiver.conditions,
    };
}

const char *surcharge_notice(struct arena *arena, const struct decision *decision)
{
    if (decision->due_on.number == NONE)
        return NULL;
    return arena_printf(arena,
                        "逾期不缴纳的，每日按罚款数额的百分之%" PRId64
                        "加处罚款，加处总额不超过罚款数额的百分之%" PRId64,
                        decision->late_percent_a_day, decision->late_percent_max);
}

struct decision_view view_decision(struct request *r, const struct confirming *confirming)
{
    const struct decision *decision = &confirming->decision;
    bool is_electronic = confirming->confirmation.electronic_service;

    return (struct decision_view){
        .violation_id = decision->case_id,
        .decision_no = decision->decision_no,
        .authority = decision->authority,
        .facts = decision->facts,
        .basis = decision->basis,
        .penalty = penalty_text(r->arena, decision->fine_fen, decision->points),
        .fine_fen = decision->fine_fen,
        .points = decision->points,
        .decided_at = decision->decided_at,
        .served_on = decision->served_on,
        .due_on = decision->due_on,
        .due_source = decision->due_source,
        .surcharge_notice = surcharge_notice(r->arena, decision),
        .reconsider_until = decision->reconsider_until,
        .court_until = decision->court_until,
        .appeal = "不服本决定的，可以在期限内申请行政复议或者提起行政诉讼",
        .electronic_service = is_electronic,
        .service = is_electronic
                       ? "您已同意电子送达：请在本人账户查看处罚决定书"
                       : "您未同意电子送达：处罚决定书当面交付或者邮寄送达，也可以在线签收",
        .obligation_id = decision->obligation_id,
        .is_waived = confirming->waiver.applies,
        .waiver_conditions = confirming->waiver.conditions,
    };
}
