/* Objections (异议) to a record or a decision, T8: told online, decided in five working days, and
   what was paid comes back. */

#include "violation/applications.h"
#include "violation/withdraw.h"

static const char *violation_in(const struct application *a)
{
    return form_text(a->definition, a->form, "violation_id");
}

/* Another's looks as if there was none. */
enum error check_violation_own(struct request *r, const struct application *application)
{
    const char *id = violation_in(application);
    struct case_row row;
    enum error found;

    if (id == NULL)
        return E_OK;
    found = find_own_case(r, id, &row);
    if (found == E_NOT_FOUND)
        reason(r, VIOLATION_NOT_OWN, VALUES("violation_id", id));
    return found == E_NOT_FOUND ? E_OK : found;
}

/* By another application; after a notice of what was missing this one is submitted again. */
static enum error check_no_other(struct request *r, const struct application *application,
                                 const char *case_id)
{
    struct dispute dispute;
    enum error found = find_dispute(r, case_id, &dispute);

    if (found == E_OK && strcmp(dispute.application_id, application->id) != 0)
        reason(r, DISPUTED, VALUES(case_id, dispute.opened_at));
    return found == E_NOT_FOUND ? E_OK : found;
}

enum error check_not_withdrawn(struct request *r, const struct application *application)
{
    const char *id = violation_in(application);
    struct case_row row;
    enum error found;

    if (id == NULL)
        return E_OK;
    found = find_own_case(r, id, &row);
    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    if (strcmp(row.state, "withdrawn") == 0)
        reason(r, CASE_WITHDRAWN, VALUES(id, row.withdrawn_at));
    return check_no_other(r, application, id);
}

/* Under the lock of the case: whoever decides it at this moment comes before or is told. */
enum error begin_dispute(struct request *r, struct application *application)
{
    const char *id = violation_in(application);
    struct violation act;
    enum error opened;

    TRY(lock_own_case(r, id, &act));
    TRY(check_no_other(r, application, id));
    TRY(refused(r));
    opened = open_dispute(r, application->id, id);
    return opened == E_EXISTS ? E_OK : opened;
}

enum error end_dispute(struct request *r, struct application *application)
{
    return close_disputes(r, application->id);
}

enum error withdraw_disputed(struct request *r, struct application *application)
{
    const char *ground = form_text(application->definition, application->form, "ground");
    struct records cases;
    const struct disputed *one;

    TRY(list_disputed(r, application->id, &cases));
    one = cases.items;
    for (size_t i = 0; i < cases.count; i++, one++)
        TRY(withdraw_violation(r, one->case_id, application->id, ground));
    return close_disputes(r, application->id);
}
