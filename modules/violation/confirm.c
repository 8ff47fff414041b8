/* Announcement, confirmation and the decision by the simple procedure. */

#include <inttypes.h>

#include "casework/papers.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/ulid.h"
#include "violation/decide.h"
#include "violation/desk.h"
#include "violation/licensed.h"
#include "violation/rules.h"
#include "violation/state.h"
#include "violation/store.h"
#include "violation/withdraw.h"

/* Penalty Law (2021) article 36: what was not discovered within two years of the act. */
static enum error check_limitation(struct request *r, const struct violation *act)
{
    struct day acted = civil_day(act->occurred_at);
    struct day last;

    TRY(find_term_end(r, "penalty.limitation", acted, acted, &last, NULL));
    if (civil_day(act->observed_at).number > last.number)
        reason(r, LIMITATION_PASSED, VALUES(act->id, last));
    return E_OK;
}

static const struct code_rule *check_rule(struct request *r, const struct violation *act)
{
    const struct code_rule *rule = find_code_rule(r, act->code, act->occurred_at);

    if (rule == NULL)
        reason(r, RULE_MISSING, VALUES(act->code, civil_day(act->occurred_at)));
    return rule;
}

enum error announce(struct request *r, void *product)
{
    const struct case_input *in = r->input;
    struct announcing *announcing = product;
    struct violation *act = &announcing->act;
    const struct code_rule *rule;
    enum error found;

    TRY(lock_own_case(r, in->id, act));
    found = find_announcement(r, in->id, &announcing->announcement);
    if (found == E_OK)
        return find_waiver(r, act, find_code_rule(r, act->code, act->occurred_at),
                           &announcing->waiver);
    if (found != E_NOT_FOUND)
        return found;
    check_undecided(r, act);
    TRY(check_undisputed(r, act->id));
    rule = check_rule(r, act);
    TRY(find_waiver(r, act, rule, &announcing->waiver));
    TRY(check_limitation(r, act));
    TRY(refused(r));
    announcing->announcement = (struct announcement){
        .case_id = act->id,
        .person_id = r->person_id,
        .facts = facts_text(r->arena, act, rule->act),
        .basis = rule->article,
        .penalty = penalty_text(r->arena, rule->fine_fen, rule->points),
        .fine_fen = rule->fine_fen,
        .points = rule->points,
        .rule_valid_from = rule->valid_from,
        .announced_at = r->now,
    };
    TRY(insert_announcement(r, &announcing->announcement));
    if (strcmp(act->state, "open") != 0) /* the owner before read his own */
        return E_OK;
    return move_case(r, act->id, NULL, "open", "announced");
}

/* A step of an officer decides later, and looks at the licence then. */
static enum error check_simple(struct request *r, struct confirming *confirming,
                               const struct code_rule *rule)
{
    struct confirmation *confirmation = &confirming->confirmation;
    const struct procedure_rule *procedure = find_procedure_rule(r, civil_day(r->now));
    struct licensed licensed;

    if (procedure == NULL)
        return failed(r, E_INTERNAL, "procedure_rule: no version in force");
    TRY(take_waiver(r, &confirming->act, rule, &confirming->waiver));
    confirmation->officer_step =
        officer_step(confirming->waiver.applies ? (struct fen){0} : rule->fine_fen,
                     procedure->simple_max_fen, confirmation->statement);
    /* Terms run from the service, and what is decided here is served here. */
    if (confirmation->officer_step == NULL && !confirmation->electronic_service)
        reason(r, SERVICE_CONSENT, VALUES("electronic_service"));
    if (confirmation->officer_step != NULL || confirming->waiver.applies || rule->points == 0)
        return E_OK;
    TRY(check_licensed(r, &confirming->act, r->person_id, &licensed));
    confirming->decision.licence_id = licensed.driver.licence.id;
    return E_OK;
}

static enum error check_confirmable(struct request *r, struct confirming *confirming,
                                    const struct code_rule **rule)
{
    const struct violation *act = &confirming->act;
    const struct announcement *told = &confirming->announcement;
    enum error found = find_announcement(r, act->id, &confirming->announcement);

    check_undecided(r, act);
    TRY(check_undisputed(r, act->id));
    if (found == E_NOT_FOUND)
        reason(r, NOT_ANNOUNCED, VALUES(act->id));
    else if (found != E_OK)
        return found;
    *rule = check_rule(r, act);
    TRY(check_limitation(r, act));
    if (*rule != NULL)
        TRY(check_simple(r, confirming, *rule));
    TRY(refused(r));
    /* Nothing but a rule table changed backwards in time can do this. */
    if ((*rule)->fine_fen.fen > told->fine_fen.fen || (*rule)->points > told->points)
        return failed(r, E_INTERNAL, "%s: the penalty grew since it was announced", act->id);
    return E_OK;
}

/* A warning instead of the fine, and so without points. */
static void spare(struct request *r, const struct waiver *waiver, struct decision *decision)
{
    decision->fine_fen = (struct fen){0};
    decision->points = 0;
    decision->rule_source = arena_printf(r->arena, "首违免罚：%s", waiver->rule->source);
}

static enum error decide(struct request *r, struct confirming *confirming,
                         const struct code_rule *rule)
{
    const struct casework_settings *settings = r->settings;
    const struct violation *act = &confirming->act;
    struct decision *decision = &confirming->decision;

    *decision = (struct decision){
        .case_id = act->id,
        .manner = "simple",
        .person_id = r->person_id,
        .authority = settings->authority,
        .facts = facts_text(r->arena, act, rule->act),
        .fact_source = act->agency,
        .fact_observed_at = act->observed_at,
        .title = rule->title,
        .basis = rule->article,
        .rule_source = rule->source,
        .rule_valid_from = rule->valid_from,
        .fine_fen = rule->fine_fen,
        .points = rule->points,
        .licence_id = confirming->decision.licence_id,
        .decided_at = r->now,
        .served_on = civil_day(r->now), /* shown in the app that confirms: served at once */
    };
    if (confirming->waiver.applies)
        spare(r, &confirming->waiver, decision);
    TRY(number_decision(r, act, decision));
    if (confirming->waiver.applies)
        TRY(insert_waiver(r, act, rule, decision, &confirming->waiver));
    TRY(move_case(r, act->id, r->person_id, act->state,
                  decision->fine_fen.fen > 0 ? "decided" : "warned"));
    audit(r, "decide", act->id, "decision=%s fine_fen=%" PRId64 " points=%" PRId64,
          decision->decision_no, decision->fine_fen.fen, decision->points);
    return E_OK;
}

/* Said after a confirmation without a word: heard until a penalty is proposed. */
static enum error say_later(struct request *r, const struct confirming *confirming)
{
    const struct confirm_input *in = r->input;
    const struct confirmation *confirmation = &confirming->confirmation;
    struct desk_case one;
    const char *key;
    enum error found;

    if (strcmp(in->statement, "none") == 0 || strcmp(confirmation->request_key, r->key) == 0)
        return E_OK;
    found = find_later_statement(r, in->id, &key);
    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    if (found == E_OK && strcmp(key, r->key) == 0)
        return E_OK;
    if (found == E_OK || confirmation->statement != NULL)
        return refuse(r, STATEMENT_GIVEN, VALUES(in->id));
    TRY(find_desk_case(r, in->id, &one));
    if (one.investigator_id != NULL && one.returned_at.ms == NONE)
        return refuse(r, STATEMENT_TOO_LATE, VALUES(in->id, one.proposed_at));
    audit(r, "statement_made", in->id, "after the confirmation");
    return insert_later_statement(r, in->id, in->statement);
}

/* The same tap again finds what it made; another one is told that it is too late. */
static enum error confirmed_before(struct request *r, struct confirming *confirming)
{
    enum error found;

    if (confirming->confirmation.officer_step == NULL &&
        strcmp(confirming->confirmation.request_key, r->key) == 0) {
        found = find_decision(r, confirming->act.id, &confirming->decision);
        if (found == E_OK)
            return find_taken_waiver(
                r, &confirming->act,
                find_code_rule(r, confirming->act.code, confirming->act.occurred_at),
                &confirming->decision, &confirming->waiver);
        if (found != E_NOT_FOUND)
            return found;
    }
    check_undecided(r, &confirming->act);
    TRY(refused(r));
    return confirming->confirmation.officer_step != NULL
               ? say_later(r, confirming)
               : failed(r, E_INTERNAL, "%s: confirmed and not decided", confirming->act.id);
}

enum error confirm(struct request *r, void *product)
{
    const struct confirm_input *in = r->input;
    struct confirming *confirming = product;
    struct confirmation *confirmation = &confirming->confirmation;
    const struct code_rule *rule;
    enum error found;

    TRY(lock_own_case(r, in->id, &confirming->act));
    found = find_confirmation(r, in->id, confirmation);
    if (found == E_OK)
        return confirmed_before(r, confirming);
    if (found != E_NOT_FOUND)
        return found;
    confirming->decision.licence_id = NULL;
    *confirmation = (struct confirmation){
        .request_key = r->key,
        .statement = strcmp(in->statement, "none") == 0 ? NULL : in->statement,
        .electronic_service = in->electronic_service,
        .confirmed_at = r->now,
    };
    TRY(check_confirmable(r, confirming, &rule));
    TRY(insert_confirmation(r, in->id, confirmation));
    if (confirmation->officer_step != NULL)
        return move_case(r, in->id, r->person_id, confirming->act.state, "confirmed");
    return decide(r, confirming, rule);
}
