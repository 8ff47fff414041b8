#include "casework/application_view.h"
#include "core/db.h"

static const struct field act_fields[] = {
    FIELD(struct act_row, act),
    FIELD_OR_NULL(struct act_row, step),
    FIELD(struct act_row, state),
    FIELD(struct act_row, actor_kind),
    FIELD_OR_NULL(struct act_row, mandate_id),
    FIELD_OR_NULL(struct act_row, reason),
    FIELD(struct act_row, at),
    FIELD(struct act_row, ver),
    FIELD(struct act_row, has_paper),
    FIELD_END,
};

struct approver {
    const char *actor_id;
};

static const struct field approver_fields[] = {
    FIELD(struct approver, actor_id),
    FIELD_END,
};

enum { LIST, FIND_APPROVER, FIND_DECIDER, FIND_CITIZEN, STATEMENTS_END };

const struct statement history_sql[] = {
    [LIST] = {.sql = "SELECT x.act, x.step, x.state, x.actor_kind, x.mandate_id, x.reason, x.at,"
                     "  x.ver, p.sha256 IS NOT NULL AS has_paper FROM {module}_application_act x"
                     "  LEFT JOIN {module}_paper p ON p.application_id = x.application_id"
                     "    AND p.ver = x.ver WHERE x.application_id = ? ORDER BY x.ver LIMIT 300",
              ROWS(struct act_row, act_fields)},
    [FIND_APPROVER] = {.sql = "SELECT actor_id FROM {module}_application_act"
                              "  WHERE application_id = ? AND done_step = ?"
                              "  ORDER BY ver DESC LIMIT 1",
                       ROWS(struct approver, approver_fields)},
    [FIND_DECIDER] = {.sql = "SELECT actor_id FROM {module}_application_act"
                             "  WHERE application_id = ? AND actor_kind = 'officer'"
                             "  AND act IN ('reject', 'refuse', 'revoke')"
                             "  ORDER BY ver DESC LIMIT 1",
                      ROWS(struct approver, approver_fields)},
    [FIND_CITIZEN] = {.sql = "SELECT actor_id FROM {module}_application_act"
                             "  WHERE application_id = ? AND actor_kind = 'citizen'"
                             "  AND actor_id = ? AND act <> 'resume' LIMIT 1",
                      ROWS(struct approver, approver_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error acts_of(struct request *r, const struct application *application, struct records *acts)
{
    return db_many(r, &history_sql[LIST], acts, VALUES(application->id));
}

/* Who it was; NULL: nobody. */
static enum error find_actor(struct request *r, const struct statement *statement,
                             struct values values, const char **actor_id)
{
    struct approver actor;
    enum error found = db_one(r, statement, &actor, values);

    *actor_id = found == E_OK ? actor.actor_id : NULL;
    return found == E_NOT_FOUND ? E_OK : found;
}

enum error step_done_by(struct request *r, const struct application *application, const char *step,
                        const char **officer_id)
{
    return find_actor(r, &history_sql[FIND_APPROVER], VALUES(application->id, step), officer_id);
}

enum error decided_by(struct request *r, const struct application *application,
                      const char **officer_id)
{
    return find_actor(r, &history_sql[FIND_DECIDER], VALUES(application->id), officer_id);
}

enum error citizen_acted(struct request *r, const struct application *application, bool *has_acted)
{
    const char *citizen_id;

    TRY(find_actor(r, &history_sql[FIND_CITIZEN], VALUES(application->id, r->person_id),
                   &citizen_id));
    *has_acted = citizen_id != NULL;
    return E_OK;
}
