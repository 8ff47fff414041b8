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
                             "  AND actor_id = ? LIMIT 1",
                      ROWS(struct approver, approver_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error acts_of(struct request *r, const struct application *application, struct records *acts)
{
    return db_many(r, &history_sql[LIST], acts, VALUES(application->id));
}

enum error step_done_by(struct request *r, const struct application *application, const char *step,
                        const char **officer_id)
{
    struct approver approver;
    enum error found =
        db_one(r, &history_sql[FIND_APPROVER], &approver, VALUES(application->id, step));

    *officer_id = found == E_OK ? approver.actor_id : NULL;
    return found == E_NOT_FOUND ? E_OK : found;
}

enum error decided_by(struct request *r, const struct application *application,
                      const char **officer_id)
{
    struct approver decider;
    enum error found = db_one(r, &history_sql[FIND_DECIDER], &decider, VALUES(application->id));

    *officer_id = found == E_OK ? decider.actor_id : NULL;
    return found == E_NOT_FOUND ? E_OK : found;
}

enum error citizen_acted(struct request *r, const struct application *application, bool *has_acted)
{
    struct approver citizen;
    enum error found =
        db_one(r, &history_sql[FIND_CITIZEN], &citizen, VALUES(application->id, r->person_id));

    *has_acted = found == E_OK;
    return found == E_NOT_FOUND ? E_OK : found;
}
