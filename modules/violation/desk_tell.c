/* What the desk tells the person: terms begin with it. An officer's own words stand in the case and
   are not sent around. */

#include <inttypes.h>

#include "casework/tell.h"
#include "violation/desk.h"
#include "violation/rules.h"
#include "violation/state.h"

static const char *title_of(struct request *r, const struct desk_case *one)
{
    const struct code_rule *rule = find_code_rule(r, one->code, one->occurred_at);

    return rule == NULL ? "交通违法" : rule->title;
}

enum error tell_of_review(struct request *r, const struct desk_case *one, bool is_accepted)
{
    return tell_person(
        r, &(struct telling){
               .kind = "statement_answered",
               .subject = one->id,
               .person_id = one->person_id,
               .about = one->id,
               .values = TOLD("what", title_of(r, one), "result",
                              is_accepted ? "成立，该违法记录已撤销" : "不成立，案件继续办理"),
           });
}

enum error tell_of_proposal(struct request *r, const struct desk_case *one)
{
    const char *next = "将由另一名民警审批";

    if (one->answer_until.number != NONE)
        next = arena_printf(r->arena, "您可以在%s前（含当日）要求听证",
                            day_words(r->arena, one->answer_until));
    return tell_person(
        r, &(struct telling){
               .kind = "penalty_proposed",
               .subject = arena_printf(r->arena, "%s:%" PRId64, one->id, one->proposal_number),
               .person_id = one->person_id,
               .about = one->id,
               .values = TOLD("what", title_of(r, one), "penalty",
                              penalty_text(r->arena, one->proposed_fen, one->proposed_points),
                              "next", next),
           });
}

enum error tell_of_hearing(struct request *r, const struct desk_case *one)
{
    return tell_person(
        r, &(struct telling){
               .kind = "hearing_set",
               .subject = arena_printf(r->arena, "%s:%" PRId64 ":%" PRId64, one->id,
                                       one->hearing_of, one->hearing_turn),
               .person_id = one->person_id,
               .about = one->id,
               .values = TOLD("what", title_of(r, one), "day", day_words(r->arena, one->hearing_on),
                              "place", one->hearing_place),
           });
}
