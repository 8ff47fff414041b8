#include "violation/desk.h"

static bool may_choose(const struct desk_case *one, struct day today)
{
    return one->answer_until.number != NONE && one->choice == NULL &&
           today.number <= one->answer_until.number;
}

const char *desk_step(const struct desk_case *one, struct day today)
{
    if (strcmp(one->state, "confirmed") != 0)
        return "none";
    if (one->statement != NULL && one->review_officer_id == NULL)
        return "answer_statement";
    if (one->investigator_id == NULL || one->returned_at.ms != NONE)
        return "propose";
    if (may_choose(one, today))
        return "await_choice";
    if (one->choice == NULL || strcmp(one->choice, "waived") == 0)
        return "approve";
    if (one->host_id == NULL)
        return "set_hearing";
    return one->hearing_closed_at.ms == NONE ? "hold_hearing" : "approve";
}
