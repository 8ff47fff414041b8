/*
 * Third parties (P4): an officer has an accredited institution review the drawings or accept the
 * site; the clock stands until it reports. Who has an interest in the matter is refused.
 */

#include "casework/acting.h"
#include "casework/application_routes.h"
#include "casework/application_view.h"
#include "casework/office_routes.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/idempotency.h"
#include "core/ulid.h"
#include "parking/parking.h"

enum { OPINION_MAX = 1000 };

static bool is_assignment_kind(const char *text)
{
    return IS_ONE_OF(text, "drawing_review", "site_acceptance");
}

const struct param assign_params[] = {
    PARAM(struct assign_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct assign_input, kind, .check = is_assignment_kind),
    PARAM(struct assign_input, institution, .min = 1, .max = 32),
    PARAM(struct assign_input, ver, .min = 1, .max = 1000000),
    PARAM_END,
};

const struct param assignments_params[] = {
    PARAM(struct assignments_input, id, .source = PATH, .check = is_ulid),
    PARAM_END,
};

const struct param recall_params[] = {
    PARAM(struct recall_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct recall_input, assignment_id, .source = PATH, .check = is_ulid),
    PARAM(struct recall_input, reason, .min = 1, .max = OPINION_MAX),
    PARAM(struct recall_input, ver, .min = 1, .max = 1000000),
    PARAM_END,
};

const struct param report_params[] = {
    PARAM(struct report_input, assignment_id, .source = PATH, .check = is_ulid),
    PARAM(struct report_input, opinion, .min = 1, .max = OPINION_MAX),
    PARAM(struct report_input, passed, .source = BODY),
    PARAM_END,
};

struct institution {
    const char *code, *name, *credit_code, *kind;
    struct day accredited_from, accredited_to;
    int64_t parties; /* of its people who are a party to the application */
};

static const struct field institution_fields[] = {
    FIELD(struct institution, code),
    FIELD(struct institution, name),
    FIELD(struct institution, credit_code),
    FIELD(struct institution, kind),
    FIELD(struct institution, accredited_from),
    FIELD(struct institution, accredited_to),
    FIELD(struct institution, parties),
    FIELD_END,
};

const struct field assignment_fields[] = {
    FIELD(struct assignment, id),
    FIELD(struct assignment, application_id),
    FIELD(struct assignment, kind),
    FIELD(struct assignment, institution),
    FIELD(struct assignment, institution_name),
    FIELD(struct assignment, assigned_at),
    FIELD_OR_NULL(struct assignment, reported_at),
    FIELD_OR_NULL(struct assignment, recalled_at),
    FIELD(struct assignment, passed),
    FIELD_OR_NULL(struct assignment, opinion),
    FIELD_END,
};

#define ASSIGNMENT                                                                                 \
    "SELECT a.id, a.application_id, a.kind, a.institution, i.name AS institution_name,"            \
    "  a.assigned_at, a.reported_at, a.recalled_at, COALESCE(a.passed, 0) AS passed, a.opinion"    \
    "  FROM parking_assignment a JOIN parking_institution i ON i.code = a.institution "

/* Member m is a party to an application (its id, its applicant's, and twice the day) who has acted
   in it as a citizen, even if his mandate is over by now, or may act for the applicant on that day,
   by law or by mandate. A citizen's "resume" is the report of an institution, and not for the
   applicant. */
#define IS_PARTY                                                                                   \
    "(m.person_id IN (SELECT c.actor_id FROM parking_application_act c"                            \
    "    WHERE c.application_id = ? AND c.actor_kind = 'citizen' AND c.act <> 'resume')"           \
    "  OR m.person_id IN (SELECT h.agent_id FROM parking_acting h"                                 \
    "    WHERE h.principal_id = ? AND h.valid_from <= ? AND h.valid_to >= ?))"
#define PARTIES_OF(application, today)                                                             \
    (application)->id, (application)->applicant_id, (today), (today)

/* Once, by however many mandates that person acts for it. */
#define OF_MEMBER                                                                                  \
    "JOIN (SELECT DISTINCT institution FROM parking_institution_person"                            \
    "  WHERE person_id = ? AND valid_from <= ? AND valid_to >= ?) m"                               \
    "  ON m.institution = a.institution"

enum {
    FIND_INSTITUTION,
    INSERT,
    LIST_OF_APPLICATION,
    LIST_OF_MEMBER,
    FIND_OF_MEMBER,
    FIND_AWAITED,
    REPORT,
    RECALL,
    STATEMENTS_END
};

const struct statement assignment_sql[] = {
    [FIND_INSTITUTION] = {.sql = "SELECT i.code, i.name, i.credit_code, i.kind, i.accredited_from,"
                                 "  i.accredited_to, (SELECT COUNT(*)"
                                 "    FROM parking_institution_person m"
                                 "    WHERE m.institution = i.code AND m.valid_from <= ?"
                                 "    AND m.valid_to >= ? AND " IS_PARTY ") AS parties"
                                 "  FROM parking_institution i WHERE i.code = ?",
                          ROWS(struct institution, institution_fields)},
    [INSERT] = {.sql = "INSERT INTO parking_assignment (id, application_id, kind, institution,"
                       "  assigned_by, assigned_at) VALUES (?, ?, ?, ?, ?, ?)"},
    [LIST_OF_APPLICATION] = {.sql = ASSIGNMENT "WHERE a.application_id = ? ORDER BY a.id LIMIT 10",
                             ROWS(struct assignment, assignment_fields)},
    [LIST_OF_MEMBER] = {.sql = ASSIGNMENT OF_MEMBER "  WHERE a.reported_at IS NULL"
                                                    "  AND a.recalled_at IS NULL"
                                                    "  ORDER BY a.id LIMIT 100",
                        ROWS(struct assignment, assignment_fields)},
    [FIND_OF_MEMBER] = {.sql = ASSIGNMENT OF_MEMBER "  WHERE a.id = ? AND a.recalled_at IS NULL",
                        ROWS(struct assignment, assignment_fields)},
    [FIND_AWAITED] = {.sql = ASSIGNMENT "WHERE a.application_id = ? AND a.reported_at IS NULL"
                                        "  AND a.recalled_at IS NULL"
                                        "  ORDER BY a.id LIMIT 1",
                      ROWS(struct assignment, assignment_fields)},
    [REPORT] = {.sql = "UPDATE parking_assignment SET reported_by = ?, reported_at = ?,"
                       "  passed = ?, opinion = ? WHERE id = ? AND reported_at IS NULL"
                       "  AND recalled_at IS NULL"},
    [RECALL] = {.sql = "UPDATE parking_assignment SET recalled_by = ?, recalled_at = ?,"
                       "  is_valid = NULL WHERE id = ? AND application_id = ?"
                       "  AND reported_at IS NULL AND recalled_at IS NULL"},
    [STATEMENTS_END] = {.sql = NULL},
};

/* --- The officer assigns ------------------------------------------------------------------------
 */

/* None of its members is a party to the application, nor is it the applicant itself. */
static enum error check_interest(struct request *r, const struct application *application,
                                 const struct institution *institution)
{
    struct organisation applicant;

    TRY(organisation_of(r, application->applicant_id, &applicant));
    if (institution->parties > 0 || strcmp(applicant.credit_code, institution->credit_code) == 0)
        reason(r, INSTITUTION_CONFLICT, VALUES("institution", institution->name));
    return E_OK;
}

static enum error check_institution(struct request *r, const struct application *application,
                                    const struct assign_input *in)
{
    struct day today = civil_day(r->now);
    struct institution institution;
    enum error found =
        db_one(r, &assignment_sql[FIND_INSTITUTION], &institution,
               VALUES(today, today, PARTIES_OF(application, today), in->institution));

    if (found == E_NOT_FOUND)
        return refuse(r, INSTITUTION_UNKNOWN, VALUES("institution", in->institution));
    TRY(found);
    if (strcmp(institution.kind, in->kind) != 0)
        reason(r, INSTITUTION_UNKNOWN, VALUES("institution", in->institution, in->kind));
    if (today.number < institution.accredited_from.number ||
        today.number > institution.accredited_to.number)
        reason(r, INSTITUTION_EXPIRED, VALUES("institution", institution.accredited_to));
    TRY(check_interest(r, application, &institution));
    return refused(r);
}

static enum error assign(struct request *r, void *product)
{
    const struct assign_input *in = r->input;
    struct application *application = product;
    enum error inserted;

    TRY(application_lock_office(r, in->id, application));
    if (!idempotency_is_new(r))
        return E_OK;
    TRY(application_check_version(r, application, in->ver));
    TRY(office_check_party(r, application));
    TRY(check_institution(r, application, in));
    inserted = db_run(
        r, &assignment_sql[INSERT],
        VALUES(ulid_new(r), application->id, in->kind, in->institution, r->actor_id, r->now));
    if (inserted == E_EXISTS)
        return refuse(r, ASSIGNED_ALREADY, VALUES("kind", in->kind));
    TRY(inserted);
    audit(r, "assign_institution", application->id, "%s to %s", in->kind, in->institution);
    return application_pause(r, application, in->kind);
}

enum error assign_institution(struct request *r)
{
    struct application application;

    TRY(db_transaction(r, assign, &application));
    return reply_application(r, 200, &application);
}

enum error check_reports(struct request *r, const struct application *application)
{
    struct assignment awaited;
    enum error found = db_one(r, &assignment_sql[FIND_AWAITED], &awaited, VALUES(application->id));

    if (found == E_OK)
        reason(r, REPORT_AWAITED, VALUES(awaited.institution_name, awaited.kind));
    return found == E_NOT_FOUND ? E_OK : found;
}

/* The report is kept whatever became of the clock: it goes on when no other report is awaited, and
   there is none that stands where the application was withdrawn or decided meanwhile. */
static enum error go_on(struct request *r, struct application *application)
{
    enum error resumed;

    if (!IS_ONE_OF(application->state, "accepted", "reviewing"))
        return E_OK;
    TRY(check_reports(r, application));
    resumed = refused(r);
    if (resumed == E_OK)
        resumed = application_resume(r, application);
    if (resumed != E_REFUSED) /* because of another report, or as it goes on already */
        return resumed;
    reasons_forget(r);
    return E_OK;
}

/* The clock goes on with it, unless another report is awaited. */
static enum error recall(struct request *r, void *product)
{
    const struct recall_input *in = r->input;
    struct application *application = product;
    enum error changed;

    TRY(application_lock_office(r, in->id, application));
    if (!idempotency_is_new(r))
        return E_OK;
    TRY(application_check_version(r, application, in->ver));
    TRY(office_check_party(r, application));
    changed = db_change(r, &assignment_sql[RECALL],
                        VALUES(r->actor_id, r->now, in->assignment_id, application->id));
    if (changed == E_NOT_FOUND)
        return refuse(r, REPORTED_ALREADY, VALUES(in->assignment_id));
    TRY(changed);
    audit(r, "recall_assignment", application->id, "%s: %s", in->assignment_id, in->reason);
    return go_on(r, application);
}

enum error recall_assignment(struct request *r)
{
    struct application application;

    TRY(db_transaction(r, recall, &application));
    return reply_application(r, 200, &application);
}

enum error list_assignments(struct request *r)
{
    const struct assignments_input *in = r->input;
    struct application application;
    struct records rows;

    TRY(application_find_office(r, in->id, &application));
    TRY(db_many(r, &assignment_sql[LIST_OF_APPLICATION], &rows, VALUES(in->id)));
    return reply_page(r, assignment_fields, sizeof(struct assignment), rows, NULL);
}

/* --- The institution reports -------------------------------------------------------------------
 */

/* What is to be looked at; of the applicant no more than that. */
struct task_view {
    const char *id, *kind, *institution_name, *name, *address;
    int64_t spaces;
    struct instant assigned_at;
};

const struct field task_view_fields[] = {
    FIELD(struct task_view, id),
    FIELD(struct task_view, kind),
    FIELD(struct task_view, institution_name),
    FIELD_OR_NULL(struct task_view, name),
    FIELD_OR_NULL(struct task_view, address),
    FIELD_OR_NULL(struct task_view, spaces),
    FIELD(struct task_view, assigned_at),
    FIELD_END,
};

/* The institution's people, whoever may act for it (schema/96_institution_people.sql), are no
   officers: the system looks for them. */
static enum error
find_for_system(struct request *r, const char *id, struct application *application,
                enum error (*find)(struct request *, const char *, struct application *))
{
    unsigned roles = r->roles;
    enum error found;

    r->roles = SYSTEM;
    found = find(r, id, application);
    r->roles = roles;
    return found;
}

enum error list_tasks(struct request *r)
{
    struct day today = civil_day(r->now);
    struct records rows;
    const struct assignment *row;
    struct task_view *views;

    TRY(db_many(r, &assignment_sql[LIST_OF_MEMBER], &rows, VALUES(r->person_id, today, today)));
    row = rows.items;
    views = arena_alloc(r->arena, (rows.count + 1) * sizeof(*views));
    for (size_t i = 0; i < rows.count; i++, row++) {
        struct application a;

        TRY(find_for_system(r, row->application_id, &a, application_find_office));
        views[i] = (struct task_view){row->id,
                                      row->kind,
                                      row->institution_name,
                                      form_text(a.definition, a.form, "name"),
                                      form_text(a.definition, a.form, "address"),
                                      form_number(a.definition, a.form, "spaces"),
                                      row->assigned_at};
    }
    return reply_page(r, task_view_fields, sizeof(*views), (struct records){views, rows.count},
                      NULL);
}

/* Who became a party after the assignment leaves the report to a colleague. */
static enum error check_reporter(struct request *r, const struct application *application,
                                 const struct assignment *assignment)
{
    bool is_party;

    TRY(application_is_party(r, application, &is_party));
    if (!is_party)
        return E_OK;
    audit_refusal(r, application->id, "a party reports for %s", assignment->institution);
    return refuse(r, INSTITUTION_CONFLICT, VALUES("institution", assignment->institution_name));
}

static enum error report(struct request *r, void *product)
{
    const struct report_input *in = r->input;
    struct assignment *assignment = product;
    struct day today = civil_day(r->now);
    struct application application;
    enum error changed;

    TRY(db_one(r, &assignment_sql[FIND_OF_MEMBER], assignment,
               VALUES(r->person_id, today, today, in->assignment_id)));
    if (!idempotency_is_new(r))
        return E_OK;
    TRY(find_for_system(r, assignment->application_id, &application, application_lock_office));
    TRY(check_reporter(r, &application, assignment));
    changed = db_change(r, &assignment_sql[REPORT],
                        VALUES(r->person_id, r->now, in->passed, in->opinion, assignment->id));
    if (changed == E_NOT_FOUND)
        return refuse(r, REPORTED_ALREADY, VALUES(assignment->id));
    TRY(changed);
    assignment->reported_at = r->now;
    assignment->passed = in->passed;
    assignment->opinion = in->opinion;
    audit(r, "report_assignment", assignment->application_id, "%s passed=%d", assignment->kind,
          in->passed);
    return go_on(r, &application);
}

enum error report_assignment(struct request *r)
{
    struct assignment assignment;

    TRY(db_transaction(r, report, &assignment));
    return reply_record(r, 200, assignment_fields, &assignment);
}
