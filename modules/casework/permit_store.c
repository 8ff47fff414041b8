#include <inttypes.h>

#include "casework/identifier.h"
#include "casework/permit.h"
#include "core/clock.h"
#include "core/crypto.h"

static const struct field permit_fields[] = {
    FIELD(struct permit, permit_no),
    FIELD(struct permit, application_id),
    FIELD(struct permit, service),
    FIELD(struct permit, version),
    FIELD(struct permit, valid_from),
    FIELD(struct permit, valid_to),
    FIELD_OR_NULL(struct permit, paper_sha256),
    FIELD(struct permit, issued_at),
    FIELD_OR_NULL(struct permit, revoked_at),
    FIELD_END,
};

#define FIND                                                                                       \
    "SELECT p.permit_no, p.application_id, a.service, a.version, p.valid_from, p.valid_to,"        \
    "  p.paper_sha256, p.issued_at, p.revoked_at FROM {module}_permit p"                           \
    "  JOIN {module}_application a ON a.id = p.application_id WHERE "

enum { INSERT, REVOKE, RESTORE, SET_PAPER, FIND_BY_NO, FIND_BY_APPLICATION, STATEMENTS_END };

const struct statement permit_sql[] = {
    [INSERT] = {.sql = "INSERT INTO {module}_permit (permit_no, application_id, valid_from,"
                       "  valid_to, issued_at) VALUES (?, ?, ?, ?, ?)"},
    [REVOKE] = {.sql = "UPDATE {module}_permit SET revoked_at = ?"
                       "  WHERE application_id = ? AND revoked_at IS NULL"},
    [RESTORE] = {.sql = "UPDATE {module}_permit SET revoked_at = NULL"
                        "  WHERE application_id = ? AND revoked_at IS NOT NULL"},
    [SET_PAPER] = {.sql = "UPDATE {module}_permit SET paper_sha256 = ?, code = ?"
                          "  WHERE permit_no = ?"},
    [FIND_BY_NO] = {.sql = FIND "p.permit_no = ?", ROWS(struct permit, permit_fields)},
    [FIND_BY_APPLICATION] = {.sql = FIND "p.application_id = ?",
                             ROWS(struct permit, permit_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Division of the city, 7 for a decision on a licence, eight random digits, check digit;
   application_transaction() draws again when two meet. */
static const char *new_number(struct request *r)
{
    uint32_t random;
    char *number;

    random_bytes(&random, sizeof(random));
    number = arena_printf(r->arena, "4403007%08u0", (unsigned)(random % 100000000));
    number[15] = check_digit(number, 15);
    return number;
}

enum error permit_insert(struct request *r, const struct application *application)
{
    if (application->valid_from.number == NONE || application->valid_to.number == NONE)
        return failed(r, E_INTERNAL, "%s: on_grant gave no days", application->service);
    return db_run(r, &permit_sql[INSERT],
                  VALUES(new_number(r), application->id, application->valid_from,
                         application->valid_to, r->now));
}

enum error permit_revoke(struct request *r, const char *application_id)
{
    return db_run(r, &permit_sql[REVOKE], VALUES(r->now, application_id));
}

enum error permit_restore(struct request *r, const char *application_id)
{
    return db_change(r, &permit_sql[RESTORE], VALUES(application_id));
}

enum error permit_of(struct request *r, const char *application_id, struct permit *permit)
{
    return db_one(r, &permit_sql[FIND_BY_APPLICATION], permit, VALUES(application_id));
}

static const char *state_of(const struct permit *permit, struct day today)
{
    if (permit->revoked_at.ms != NONE)
        return "revoked";
    if (today.number < permit->valid_from.number)
        return "not_yet";
    return today.number > permit->valid_to.number ? "expired" : "valid";
}

enum error permit_state(struct request *r, const struct permit *permit, const char **state)
{
    const struct domain *domain = casework_of(r)->domain;
    bool is_used = false;

    *state = state_of(permit, civil_day(r->now));
    if (domain->is_used != NULL && permit->revoked_at.ms == NONE)
        TRY(domain->is_used(r, permit->application_id, &is_used));
    if (is_used)
        *state = "used";
    return E_OK;
}

struct permit_view {
    const char *permit_no, *state, *title;
    struct day valid_from, valid_to;
    struct instant issued_at, revoked_at;
};

const struct field permit_view_fields[] = {
    FIELD(struct permit_view, permit_no),
    FIELD(struct permit_view, state),
    FIELD(struct permit_view, title),
    FIELD(struct permit_view, valid_from),
    FIELD(struct permit_view, valid_to),
    FIELD(struct permit_view, issued_at),
    FIELD_OR_NULL(struct permit_view, revoked_at),
    FIELD_END,
};

const struct param permit_params[] = {
    PARAM(struct permit_input, permit_no, .source = PATH, .check = is_decision_no),
    PARAM_END,
};

enum error show_permit(struct request *r)
{
    const struct permit_input *in = r->input;
    const struct definition *definition;
    struct permit permit;
    struct permit_view view;

    TRY(db_one(r, &permit_sql[FIND_BY_NO], &permit, VALUES(in->permit_no)));
    TRY(definition_of(r, permit.service, permit.version, &definition));
    view = (struct permit_view){.permit_no = permit.permit_no,
                                .title = definition->permit,
                                .valid_from = permit.valid_from,
                                .valid_to = permit.valid_to,
                                .issued_at = permit.issued_at,
                                .revoked_at = permit.revoked_at};
    TRY(permit_state(r, &permit, &view.state));
    return reply_record(r, 200, permit_view_fields, &view);
}

enum error permit_set_paper(struct request *r, const struct permit *permit, struct bytes sha256,
                            const char *statement)
{
    return db_run(r, &permit_sql[SET_PAPER], VALUES(sha256, statement, permit->permit_no));
}
