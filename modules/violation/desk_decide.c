/* What the desk decides: never more than was announced, than today's law has, or than was proposed.
 */

#include <inttypes.h>

#include "casework/papers.h"
#include "core/audit.h"
#include "core/clock.h"
#include "violation/decide.h"
#include "violation/desk.h"
#include "violation/licensed.h"
#include "violation/state.h"

static void lower(const struct code_rule *rule, struct fen *fine, int64_t *points)
{
    if (rule->fine_fen.fen < fine->fen)
        *fine = rule->fine_fen;
    if (rule->points < *points)
        *points = rule->points;
}

static const struct code_rule *rule_of(const struct request *r, const struct desk_case *one)
{
    return find_code_rule(r, one->code, one->occurred_at);
}

void find_most(struct request *r, const struct desk_case *one, struct fen *fine, int64_t *points)
{
    const struct code_rule *rule = rule_of(r, one);

    *fine = one->announced_fen;
    *points = one->announced_points;
    if (rule != NULL)
        lower(rule, fine, points);
}

static enum error find_rule(struct request *r, const struct desk_case *one,
                            const struct code_rule **rule)
{
    *rule = rule_of(r, one);
    return *rule == NULL ? refuse(r, RULE_MISSING, VALUES(one->code, civil_day(one->occurred_at)))
                         : E_OK;
}

static enum error lock_act(struct request *r, const struct desk_case *one, struct violation *act,
                           const struct code_rule **rule)
{
    TRY(find_rule(r, one, rule));
    TRY(lock_case(r, one->id, act));
    act->person_id = one->person_id;
    return E_OK;
}

enum error take_mildest(struct request *r, const struct desk_case *one, struct penalty *penalty)
{
    const struct code_rule *rule;
    struct violation act;

    TRY(lock_act(r, one, &act, &rule));
    TRY(take_waiver(r, &act, rule, &penalty->waiver));
    lower(rule, &penalty->fine_fen, &penalty->points);
    if (penalty->waiver.applies) {
        penalty->fine_fen = (struct fen){0};
        penalty->points = 0;
    }
    return E_OK;
}

/* What a licence is judged by: which vehicle, and when. */
static struct violation vehicle_of(const struct desk_case *one)
{
    return (struct violation){
        .plate_type = one->plate_type, .plate = one->plate, .occurred_at = one->occurred_at};
}

enum error check_points(struct request *r, const struct desk_case *one, int64_t points)
{
    const struct violation act = vehicle_of(one);
    const struct code_rule *rule;
    struct licensed licensed;

    if (points == 0)
        return E_OK;
    TRY(find_rule(r, one, &rule));
    return check_licensed(r, &act, one->person_id, &licensed);
}

enum error add_licence_of(struct request *r, struct desk_case *one)
{
    const struct violation act = vehicle_of(one);
    struct licensed licensed;

    TRY(find_licensed(r, &act, one->person_id, &licensed));
    if (licensed.check.licence == NULL)
        return E_OK;
    one->licence_state = licensed.check.licence->state;
    one->licence_classes = licensed.check.licence->classes;
    one->licence_until = licensed.check.licence->valid_until;
    one->points_total = licensed.check.points_total;
    return E_OK;
}

/* Served on the day on which it stands in the account where the person agreed to read it. */
enum error decide_case(struct request *r, const struct desk_case *one,
                       const struct penalty *penalty)
{
    const struct casework_settings *settings = r->settings;
    bool is_waived = penalty->waiver.applies;
    const struct code_rule *rule;
    struct violation act;
    struct decision decision;

    TRY(lock_act(r, one, &act, &rule));
    decision = (struct decision){
        .case_id = one->id,
        .manner = penalty->manner,
        .person_id = one->person_id,
        .authority = settings->authority,
        .facts = one->facts,
        .fact_source = act.agency,
        .fact_observed_at = act.observed_at,
        .title = rule->title,
        .basis = one->basis,
        .rule_source = is_waived
                           ? arena_printf(r->arena, "首违免罚：%s", penalty->waiver.rule->source)
                           : rule->source,
        .rule_valid_from = rule->valid_from,
        .fine_fen = penalty->fine_fen,
        .points = penalty->points,
        .decided_at = r->now,
        .served_on = civil_day(r->now),
    };
    TRY(find_points_licence(r, &decision));
    TRY(number_decision(r, &act, &decision));
    if (is_waived)
        TRY(insert_waiver(r, &act, rule, &decision, &penalty->waiver));
    audit(r, "decide", one->id, "decision=%s fine_fen=%" PRId64 " points=%" PRId64,
          decision.decision_no, decision.fine_fen.fen, decision.points);
    return move_case(r, one->id, one->person_id, act.state,
                     decision.fine_fen.fen > 0 ? "decided" : "warned");
}
