/* Objections (异议) to a record or a decision, T8: told online, decided in five working days, and
   what was paid comes back. */

#include "casework/acting.h"
#include "casework/application_view.h"
#include "casework/office_routes.h"
#include "core/audit.h"
#include "core/idempotency.h"
#include "core/ulid.h"
#include "violation/applications.h"
#include "violation/withdraw.h"

static const char *violation_in(const struct application *a)
{
    return form_text(a->definition, a->form, "violation_id");
}

/* An organisation objects to what its vehicles are recorded for; once a driver took it upon himself
   it is his. */
static enum error find_case_of_applicant(struct request *r, const struct application *application,
                                         const char *id, struct case_row *row)
{
    bool is_fleet = true;

    TRY(find_own_case(r, id, row));
    if (strcmp(application->applicant_kind, ORGANISATION_APPLICANT) == 0)
        TRY(is_fleet_case(r, id, application->applicant_id, &is_fleet));
    return is_fleet ? E_OK : E_NOT_FOUND;
}

/* Another's looks as if there was none. */
enum error check_violation_own(struct request *r, const struct application *application)
{
    const char *id = violation_in(application);
    struct case_row row;
    enum error found;

    if (id == NULL)
        return E_OK;
    found = find_case_of_applicant(r, application, id, &row);
    if (found == E_NOT_FOUND)
        reason(r, VIOLATION_NOT_OWN, VALUES("violation_id", id));
    return found == E_NOT_FOUND ? E_OK : found;
}

enum error check_not_withdrawn(struct request *r, const struct application *application)
{
    const char *id = violation_in(application);
    struct case_row row;
    enum error found;

    if (id == NULL)
        return E_OK;
    found = find_case_of_applicant(r, application, id, &row);
    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    if (strcmp(row.state, "withdrawn") == 0)
        reason(r, CASE_WITHDRAWN, VALUES(id, row.withdrawn_at));
    return check_no_other_dispute(r, application->id, id);
}

/* Under the lock of the case: whoever decides it at this moment comes before or is told. Submitted
   again it may name another one, and after an appeal an officer begins it anew. */
enum error begin_dispute(struct request *r, struct application *application)
{
    const char *id = violation_in(application);
    struct violation act;

    TRY(close_disputes(r, application->id));
    TRY(lock_case(r, id, &act));
    if (act.person_id != NULL && strcmp(act.person_id, application->applicant_id) != 0)
        reason(r, VIOLATION_NOT_OWN, VALUES("violation_id", id));
    TRY(check_no_other_dispute(r, application->id, id));
    TRY(refused(r));
    return open_dispute(r, application->id, id);
}

enum error end_dispute(struct request *r, struct application *application)
{
    return close_disputes(r, application->id);
}

/* In the part that an officer noted before he approved. */
static enum error withdraw_in_part_or_whole(struct request *r,
                                            const struct application *application,
                                            const char *case_id, const char *ground)
{
    struct lowering lowering;
    enum error found = find_lowering(r, application->id, &lowering);

    if (found == E_NOT_FOUND)
        return withdraw_violation(r, case_id, application->id, ground);
    TRY(found);
    return lower_violation(r, case_id, application->id, &lowering);
}

enum error withdraw_disputed(struct request *r, struct application *application)
{
    const char *ground = form_text(application->definition, application->form, "ground");
    struct records cases;
    const struct disputed *one;

    TRY(list_disputed(r, application->id, &cases));
    one = cases.items;
    for (size_t i = 0; i < cases.count; i++, one++)
        TRY(withdraw_in_part_or_whole(r, application, one->case_id, ground));
    return close_disputes(r, application->id);
}

/* --- Right in part: noted by an officer, carried out by the approval ---------------------------
 */

const struct param lowering_params[] = {
    PARAM(struct lowering_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct lowering_input, fine_fen, .min = 1, .max = 100000000),
    PARAM(struct lowering_input, points, .min = 0, .max = 12),
    PARAM(struct lowering_input, ver, .min = 1, .max = 1000000),
    PARAM_END,
};

static enum error check_notable(struct request *r, const struct application *application,
                                const struct lowering *lowering)
{
    struct records cases;
    const struct disputed *one;

    if (!IS_ONE_OF(application->state, "accepted", "reviewing"))
        return refuse(r, NOT_IN_THIS_STATE, VALUES(application->state, "lowering"));
    TRY(list_disputed(r, application->id, &cases));
    one = cases.items;
    if (strcmp(application->service, "violation.objection") != 0 || cases.count != 1)
        return refuse(r, NOTHING_TO_LOWER, VALUES(application->service));
    return check_lowering(r, one->case_id, lowering);
}

static enum error note(struct request *r, void *product)
{
    const struct lowering_input *in = r->input;
    const struct lowering lowering = {in->fine_fen, in->points};
    struct application *application = product;
    enum error inserted;

    TRY(application_lock_office(r, in->id, application));
    if (!idempotency_is_new(r))
        return E_OK;
    TRY(application_check_version(r, application, in->ver));
    TRY(office_check_party(r, application));
    TRY(check_notable(r, application, &lowering));
    inserted = insert_lowering(r, application->id, &lowering);
    if (inserted == E_EXISTS)
        return refuse(r, LOWERING_NOTED, VALUES(application->id));
    TRY(inserted);
    audit(r, "note_lowering", application->id, "fine_fen=%lld points=%lld",
          (long long)in->fine_fen.fen, (long long)in->points);
    return E_OK;
}

enum error note_lowering(struct request *r)
{
    struct application application;

    TRY(db_transaction(r, note, &application));
    return reply_application(r, 200, &application);
}
