#include "violation/tell.h"

#include <inttypes.h>

#include "casework/identifier.h"
#include "casework/tell.h"
#include "core/clock.h"
#include "violation/rules.h"
#include "violation/state.h"

struct owner {
    const char *owner_id, *organisation_id;
};
struct representative {
    const char *agent_id;
};

static const struct field owner_fields[] = {
    FIELD_OR_NULL(struct owner, owner_id),
    FIELD_OR_NULL(struct owner, organisation_id),
    FIELD_END,
};
static const struct field representative_fields[] = {
    FIELD_OR_NULL(struct representative, agent_id),
    FIELD_END,
};

enum { FIND_OWNER, FIND_REPRESENTATIVE, STATEMENTS_END };

const struct statement tell_sql[] = {
    [FIND_OWNER] = {.sql = "SELECT owner_id, organisation_id FROM vehicle"
                           "  WHERE plate_type = ? AND plate = ?",
                    ROWS(struct owner, owner_fields)},
    /* By law, not by a mandate: its mandate is the organisation itself (casework/acting.h). */
    [FIND_REPRESENTATIVE] = {.sql = "SELECT agent_id FROM violation_acting WHERE mandate_id = ?",
                             ROWS(struct representative, representative_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Whether the act is too long ago to be news. */
static enum error is_old(struct request *r, const struct violation *act, bool *is)
{
    struct day today = civil_day(r->now), last;

    TRY(find_term_end(r, "record.tell", today, civil_day(act->occurred_at), &last, NULL));
    *is = last.number < today.number;
    return E_OK;
}

/* The owner of that moment, or the legal representative of the organisation that owns it; NULL for
   a vehicle that is not registered here. */
static enum error find_concerned(struct request *r, const struct violation *act,
                                 const char **person_id)
{
    struct representative representative = {NULL};
    struct owner owner;
    enum error found =
        db_one(r, &tell_sql[FIND_OWNER], &owner, VALUES(act->plate_type, act->plate));

    *person_id = NULL;
    if (found == E_NOT_FOUND)
        return E_OK;
    TRY(found);
    *person_id = owner.owner_id;
    if (owner.owner_id != NULL || owner.organisation_id == NULL)
        return E_OK;
    found =
        db_one(r, &tell_sql[FIND_REPRESENTATIVE], &representative, VALUES(owner.organisation_id));
    *person_id = representative.agent_id;
    return found == E_NOT_FOUND ? E_OK : found;
}

enum error tell_of_case(struct request *r, const struct violation *act)
{
    const struct code_rule *rule = find_code_rule(r, act->code, act->occurred_at);
    const char *person_id;
    bool is;

    TRY(is_old(r, act, &is));
    if (is)
        return E_OK;
    TRY(find_concerned(r, act, &person_id));
    if (person_id == NULL)
        return E_OK;
    return tell_person(r, &(struct telling){
                              .kind = "violation_new",
                              .subject = act->id,
                              .person_id = person_id,
                              .about = act->id,
                              .values = TOLD("plate", mask_plate(r->arena, act->plate), "what",
                                             rule == NULL ? "交通违法" : rule->title, "day",
                                             day_words(r->arena, civil_day(act->occurred_at))),
                          });
}

enum error tell_of_decision(struct request *r, const struct violation *act,
                            const struct decision *decision)
{
    const char *next = "无需缴款";

    if (decision->due_on.number != NONE)
        next = arena_printf(r->arena, "缴款期限%s", day_words(r->arena, decision->due_on));
    return tell_person(
        r, &(struct telling){
               .kind = "decision_made",
               .subject = decision->decision_no,
               .person_id = decision->person_id,
               .about = act->id,
               .values =
                   TOLD("what", decision->title, "penalty",
                        penalty_text(r->arena, decision->fine_fen, decision->points), "next", next),
           });
}

enum error tell_of_full_points(struct request *r, const struct decision *decision, int64_t total,
                               int64_t days)
{
    return tell_person(r, &(struct telling){
                              .kind = "points_full",
                              .subject = decision->decision_no,
                              .person_id = decision->person_id,
                              .about = decision->decision_no,
                              .values = TOLD("total", arena_printf(r->arena, "%" PRId64, total),
                                             "days", arena_printf(r->arena, "%" PRId64, days)),
                          });
}
