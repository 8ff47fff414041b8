/* Applications, and everything that changes one: see application_move. */

#include "casework/act_paper.h"
#include "casework/acting.h"
#include "casework/application.h"
#include "casework/application_view.h"
#include "casework/deadline.h"
#include "core/audit.h"
#include "core/db.h"
#include "core/idempotency.h"
#include "core/seal.h"
#include "core/ulid.h"

/* Of this domain's table. */
static struct sealed_column form_column(const struct request *r)
{
    return (struct sealed_column){arena_printf(r->arena, "%s_application", r->service->name),
                                  "form"};
}

static const struct field application_fields[] = {
    FIELD(struct application, id),
    FIELD_OR_NULL(struct application, application_no),
    FIELD(struct application, service),
    FIELD(struct application, version),
    FIELD(struct application, state),
    FIELD_OR_NULL(struct application, step),
    FIELD(struct application, filed_by),
    FIELD(struct application, applicant_kind),
    FIELD(struct application, applicant_id),
    FIELD_OR_NULL(struct application, mandate_id),
    FIELD(struct application, channel),
    FIELD(struct application, sealed_form),
    FIELD_OR_NULL(struct application, brigade),
    FIELD_OR_NULL(struct application, officer_id),
    FIELD(struct application, corrections),
    FIELD_OR_NULL(struct application, gaps),
    FIELD(struct application, created_at),
    FIELD_OR_NULL(struct application, submitted_at),
    FIELD_OR_NULL(struct application, accepted_at),
    FIELD_OR_NULL(struct application, decided_at),
    FIELD(struct application, is_deemed),
    FIELD(struct application, updated_at),
    FIELD(struct application, ver),
    FIELD_END,
};

static const struct field line_fields[] = {
    FIELD(struct application_line, id),
    FIELD_OR_NULL(struct application_line, application_no),
    FIELD(struct application_line, service),
    FIELD(struct application_line, state),
    FIELD(struct application_line, version),
    FIELD_OR_NULL(struct application_line, due_on),
    FIELD(struct application_line, created_at),
    FIELD_OR_NULL(struct application_line, submitted_at),
    FIELD_END,
};

#define COLUMNS                                                                                    \
    "id, application_no, service, version, state, step, filed_by, applicant_kind, applicant_id,"   \
    "  mandate_id, channel, form AS sealed_form, brigade, officer_id, corrections, gaps,"          \
    "  created_at, submitted_at, accepted_at, decided_at, is_deemed, updated_at, ver"
#define FIND "SELECT " COLUMNS " FROM {module}_application WHERE id = ?"
#define FOUND ROWS(struct application, application_fields)

struct draft_count {
    int64_t drafts;
};

static const struct field draft_fields[] = {FIELD(struct draft_count, drafts), FIELD_END};

enum {
    FIND_ANY,
    LOCK_ANY,
    FIND_BEGUN,
    COUNT_DRAFTS,
    LIST_OF,
    INSERT,
    CHANGE,
    INSERT_ACT,
    SEAL_FORM,
    STATEMENTS_END
};

const struct statement application_sql[] = {
    [FIND_ANY] = {.sql = FIND, FOUND},
    [FIND_BEGUN] = {.sql = "SELECT " COLUMNS " FROM {module}_application"
                           "  WHERE filed_by = ? AND begin_key = ?",
                    FOUND},
    /* Of the newest: what a handler began in years is not read for it. */
    [COUNT_DRAFTS] = {.sql = "SELECT COUNT(*) AS drafts FROM (SELECT state FROM"
                             "  {module}_application WHERE filed_by = ? ORDER BY id DESC"
                             "  LIMIT 200) newest WHERE state = 'draft'",
                      ROWS(struct draft_count, draft_fields)},
    [LIST_OF] = {.sql = "SELECT a.id, a.application_no, a.service, a.state, a.version, w.due_on,"
                        "  a.created_at, a.submitted_at FROM {module}_application a"
                        "  LEFT JOIN {module}_work w ON w.application_id = a.id"
                        "  WHERE a.applicant_id = ? AND a.id < ? ORDER BY a.id DESC LIMIT ?",
                 ROWS(struct application_line, line_fields)},
    [LOCK_ANY] = {.sql = FIND " FOR UPDATE", FOUND},
    [INSERT] = {.sql = "INSERT INTO {module}_application (id, service, version, state, filed_by,"
                       "  applicant_kind, applicant_id, mandate_id, channel, form, key_id,"
                       "  begin_key, created_at, updated_at)"
                       "  VALUES (?, ?, ?, 'draft', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [CHANGE] = {.sql = "UPDATE {module}_application SET state = ?, step = ?, application_no = ?,"
                       "  brigade = ?, officer_id = ?, corrections = ?, gaps = ?,"
                       "  submitted_at = ?, accepted_at = ?, decided_at = ?, is_deemed = ?,"
                       "  updated_at = ?, ver = ver + 1 WHERE id = ? AND ver = ?"},
    [INSERT_ACT] = {.sql = "INSERT INTO {module}_application_act (application_id, ver, act, step,"
                           "  done_step, state, actor_kind, actor_id, mandate_id, reason, at)"
                           "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [SEAL_FORM] = {.sql = "UPDATE {module}_application SET form = ?, key_id = ?, ver = ver + 1,"
                          "  updated_at = ? WHERE id = ? AND ver = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Its definition, in its own version, and its form. */
static enum error complete(struct request *r, struct application *application)
{
    const struct sealed_column column = form_column(r);
    const char *text;

    TRY(definition_of(r, application->service, application->version, &application->definition));
    TRY(unseal(r, &column, application->id, application->sealed_form, &text));
    return form_read(r, application->definition, bytes_of(text), &application->form);
}

/* It is the applicant's, and that of whoever acts for the applicant now, whoever filed it. */
static enum error check_own(struct request *r, struct application *application)
{
    struct acting acting;
    enum error found = E_NOT_FOUND;

    application->acting_by = NULL;
    if (r->person_id != NULL && strcmp(application->applicant_id, r->person_id) == 0)
        return E_OK;
    if (r->person_id != NULL)
        found = acting_for(r, application->applicant_id, &acting);
    if (found == E_OK)
        application->acting_by = acting.mandate_id;
    else if (found == E_NOT_FOUND)
        audit_refusal(r, application->id, "not the applicant");
    return found;
}

enum error application_is_party(struct request *r, const struct application *application,
                                bool *is_party)
{
    struct acting acting;
    enum error found;

    *is_party = IS_ONE_OF(r->person_id, application->applicant_id);
    if (r->person_id == NULL || *is_party)
        return E_OK;
    TRY(citizen_acted(r, application, is_party));
    if (*is_party)
        return E_OK;
    found = acting_for(r, application->applicant_id, &acting);
    *is_party = found == E_OK;
    return found == E_NOT_FOUND ? E_OK : found;
}

static enum error find_own(struct request *r, const struct statement *statement, const char *id,
                           struct application *application)
{
    TRY(db_one(r, statement, application, VALUES(id)));
    TRY(check_own(r, application));
    return complete(r, application);
}

enum error application_find_own(struct request *r, const char *id, struct application *application)
{
    return find_own(r, &application_sql[FIND_ANY], id, application);
}

enum error application_lock_own(struct request *r, const char *id, struct application *application)
{
    return find_own(r, &application_sql[LOCK_ANY], id, application);
}

enum error application_find_begun(struct request *r, struct application *application)
{
    TRY(db_one(r, &application_sql[FIND_BEGUN], application, VALUES(r->person_id, r->key)));
    TRY(check_own(r, application));
    return complete(r, application);
}

enum error application_count_drafts(struct request *r, int64_t *drafts)
{
    struct draft_count count;

    TRY(db_one(r, &application_sql[COUNT_DRAFTS], &count, VALUES(r->person_id)));
    *drafts = count.drafts;
    return E_OK;
}

enum error application_list_of(struct request *r, const char *applicant_id, const char *below,
                               int64_t limit, struct records *lines)
{
    return db_many(r, &application_sql[LIST_OF], lines, VALUES(applicant_id, below, limit));
}

/* Whoever handed it over may ask again with the same key, and learns that it is done. */
static bool is_repetition(const struct request *r)
{
    return r->key != NULL && db_in_transaction(r) && !idempotency_is_new(r);
}

/* Another brigade's application looks absent, and so does a draft. */
static enum error find_office(struct request *r, const struct statement *statement, const char *id,
                              struct application *application)
{
    TRY(db_one(r, statement, application, VALUES(id)));
    if (r->roles == SYSTEM || is_repetition(r))
        return complete(r, application);
    if (application->brigade == NULL || r->brigade == NULL ||
        strcmp(application->brigade, r->brigade) != 0) {
        audit_refusal(r, id, "of another brigade");
        return E_NOT_FOUND;
    }
    return complete(r, application);
}

enum error application_find_office(struct request *r, const char *id,
                                   struct application *application)
{
    return find_office(r, &application_sql[FIND_ANY], id, application);
}

enum error application_lock_office(struct request *r, const char *id,
                                   struct application *application)
{
    return find_office(r, &application_sql[LOCK_ANY], id, application);
}

static const char *actor_kind(const struct request *r, const struct move *move)
{
    if (r->roles == SYSTEM || move->by_rule)
        return "system";
    return r->roles & OFFICER ? "officer" : "citizen";
}

/* A citizen acts as the natural person; an account is only where he signed in. */
static const char *actor_of(const struct request *r, const struct move *move)
{
    if (move->by_rule)
        return "rule";
    return r->roles & (SYSTEM | OFFICER) ? r->actor_id : r->person_id;
}

static enum error insert_act(struct request *r, const struct application *application,
                             const struct move *move)
{
    return db_run(r, &application_sql[INSERT_ACT],
                  VALUES(application->id, application->ver, move->act, application->step,
                         move->done_step, application->state, actor_kind(r, move),
                         actor_of(r, move), move->by_rule ? NULL : application->acting_by,
                         move->reason, r->now));
}

static struct bytes sealed_form(struct request *r, const struct application *application)
{
    const struct sealed_column column = form_column(r);

    return seal(r, &column, application->id,
                form_json(r->arena, application->definition, application->form));
}

enum error application_insert(struct request *r, struct application *application)
{
    const struct move began = {.act = "begin"};

    application->ver = 1;
    application->state = "draft";
    application->created_at = application->updated_at = r->now;
    application->sealed_form = sealed_form(r, application);
    TRY(db_run(r, &application_sql[INSERT],
               VALUES(application->id, application->service, application->version,
                      application->filed_by, application->applicant_kind, application->applicant_id,
                      application->mandate_id, application->channel, application->sealed_form,
                      seal_active_key(r), r->key, r->now, r->now)));
    return insert_act(r, application, &began);
}

enum error application_seal_form(struct request *r, struct application *application)
{
    const struct move edited = {.act = "edit"};

    TRY(db_change(r, &application_sql[SEAL_FORM],
                  VALUES(sealed_form(r, application), seal_active_key(r), r->now, application->id,
                         application->ver)));
    application->ver++;
    return insert_act(r, application, &edited);
}

static enum error store(struct request *r, struct application *application)
{
    enum error changed;

    application->updated_at = r->now;
    changed =
        db_change(r, &application_sql[CHANGE],
                  VALUES(application->state, application->step, application->application_no,
                         application->brigade, application->officer_id, application->corrections,
                         application->gaps, application->submitted_at, application->accepted_at,
                         application->decided_at, application->is_deemed, r->now, application->id,
                         application->ver));
    application->ver++;
    return changed;
}

static bool keeps_step(const char *act)
{
    return IS_ONE_OF(act, "attach", "detach", "take", "release", "hand_over", "pause", "resume",
                     "warn", "overdue");
}

static bool keeps_state(const char *act)
{
    return keeps_step(act) || IS_ONE_OF(act, "approve", "pass");
}

/* What is granted once its fees are paid was decided before. */
static bool is_decision(const char *from, const char *to)
{
    return IS_ONE_OF(to, PAYABLE, "refused", "rejected") ||
           (strcmp(to, "granted") == 0 && strcmp(from, PAYABLE) != 0);
}

enum error application_move(struct request *r, struct application *application,
                            const struct move *move)
{
    const char *old_state = application->state;
    const char *old_step = application->step;
    const char *to = edge_to(casework_of(r), old_state, move->act);

    if (to == NULL && !keeps_state(move->act))
        return refuse(r, NOT_IN_THIS_STATE, VALUES(old_state, move->act));
    if (to != NULL)
        application->state = to;
    if (!keeps_step(move->act))
        application->step = move->step;
    if (to != NULL && is_decision(old_state, to))
        application->decided_at = r->now;
    if (application->state != old_state && !IS_ONE_OF(move->act, "review"))
        application->officer_id = NULL;
    application->is_deemed = application->is_deemed || move->by_silence;
    TRY(store(r, application));
    TRY(insert_act(r, application, move));
    TRY(act_paper_begin(r, application, move));
    TRY(clocks_follow(r, application, old_state, old_step));
    if (application->application_no == NULL)
        return E_OK;
    return strcmp(old_state, "draft") == 0 ? work_begin(r, application)
                                           : work_change(r, application);
}

enum error application_check_version(struct request *r, const struct application *application,
                                     int64_t ver)
{
    if (application->ver != ver)
        return refuse(r, VERSION_CHANGED, VALUES(application->id, ver, application->ver));
    return E_OK;
}
