/* The conditions that definitions name, and what becomes of a car park when it is decided. */

#include "casework/acting.h"
#include "casework/permit.h"
#include "core/clock.h"
#include "core/db.h"
#include "core/process.h"
#include "parking/parking.h"

static const char *text_in(const struct application *a, const char *code)
{
    return form_text(a->definition, a->form, code);
}

static enum error check_new(struct request *r, const struct application *application)
{
    const char *address = text_in(application, "address"), *name = text_in(application, "name");
    struct lot lot;
    enum error found;

    if (address == NULL || name == NULL)
        return E_OK;
    found = lot_at(r, address, name, &lot);
    if (found == E_OK)
        reason(r, LOT_EXISTS, VALUES("address", name));
    return found == E_NOT_FOUND ? E_OK : found;
}

/* Another's looks as if there was none. */
static enum error find_own(struct request *r, const struct application *application,
                           struct lot *lot)
{
    const char *permit_no = text_in(application, "permit_no");

    if (permit_no == NULL)
        return E_NOT_FOUND;
    TRY(find_lot(r, permit_no, lot));
    return strcmp(lot->operator_id, application->applicant_id) == 0 ? E_OK : E_NOT_FOUND;
}

/* The form's division leads to the brigade that decides, and that is the car park's own; a move to
   another division is a new opening there. */
static void check_lot(struct request *r, const struct application *application,
                      const struct lot *lot)
{
    const char *division = text_in(application, "division");

    if (lot->closed_at.ms != NONE)
        reason(r, LOT_CLOSED, VALUES("permit_no", lot->name));
    if (division != NULL && strcmp(division, lot->division) != 0)
        reason(r, DIVISION_DIFFERS, VALUES("division", division, lot->division));
}

static enum error check_own(struct request *r, const struct application *application)
{
    struct lot lot;
    enum error found = find_own(r, application, &lot);

    if (found == E_NOT_FOUND) {
        if (text_in(application, "permit_no") != NULL)
            reason(r, LOT_NOT_OWN, VALUES("permit_no"));
        return E_OK;
    }
    TRY(found);
    check_lot(r, application, &lot);
    if (lot.closed_at.ms == NONE && lot_has_ended(r, &lot))
        reason(r, LOT_ENDED, VALUES("permit_no", lot.name, lot.valid_to));
    return E_OK;
}

static enum error check_time(struct request *r, const struct application *application)
{
    const struct parking_rule *rule;
    struct lot lot;
    enum error found = find_own(r, application, &lot);
    struct day latest;

    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    rule = parking_rule_of(r, lot.lot_kind, civil_day(r->now));
    if (rule == NULL) {
        reason(r, RULE_NOT_IN_FORCE, VALUES(lot.lot_kind));
        return E_OK;
    }
    latest = (struct day){lot.valid_to.number - rule->renew_days};
    if (civil_day(r->now).number > latest.number)
        reason(r, RENEWED_TOO_LATE, VALUES("permit_no", lot.valid_to, latest));
    return E_OK;
}

static const struct case_check checks[] = {
    {"lot_is_new", check_new},
    {"lot_is_own", check_own},
    {"in_time_to_renew", check_time},
    {.name = NULL},
};

static enum error find_permit_end(struct request *r, const struct application *application,
                                  struct day *day)
{
    struct lot lot;
    enum error found = find_own(r, application, &lot);

    *day = found == E_OK ? lot.valid_to : (struct day){NONE};
    return found == E_NOT_FOUND ? E_OK : found;
}

static const struct case_day days[] = {
    {"permit_end", find_permit_end},
    {.name = NULL},
};

/* --- Hooks ----------------------------------------------------------------------------------- */

/* What the form says of the car park, and the register of who runs it. */
static enum error take_form(struct request *r, struct lot *lot, const struct application *a)
{
    struct organisation organisation;

    TRY(organisation_of(r, a->applicant_id, &organisation));
    lot->permit_application_id = a->id;
    lot->operator_id = a->applicant_id;
    lot->credit_code = organisation.credit_code;
    lot->name = text_in(a, "name");
    lot->address = text_in(a, "address");
    lot->division = text_in(a, "division");
    lot->lot_kind = text_in(a, "lot_kind");
    lot->spaces = form_number(a->definition, a->form, "spaces");
    return E_OK;
}

/* From a day on, for as many months as the rule of that day says. */
static enum error give_term(struct request *r, struct application *application, struct lot *lot,
                            struct day from)
{
    const struct parking_rule *rule = parking_rule_of(r, lot->lot_kind, from);

    if (rule == NULL)
        return refuse(r, RULE_NOT_IN_FORCE, VALUES(lot->lot_kind));
    application->valid_from = from;
    application->valid_to = (struct day){months_later(from, rule->months).number - 1};
    lot->valid_to = application->valid_to;
    return E_OK;
}

static enum error open_lot(struct request *r, struct application *application)
{
    struct lot lot = {.id = application->id};
    enum error inserted;

    TRY(take_form(r, &lot, application));
    TRY(give_term(r, application, &lot, civil_day(r->now)));
    TRY(free_place(r, &lot));
    inserted = insert_lot(r, &lot);
    if (inserted == E_EXISTS)
        return refuse(r, LOT_EXISTS, VALUES("address", lot.name));
    TRY(inserted);
    return add_lot_permit(r, &lot);
}

/* The lock comes before the look: two applications about one car park are decided one after the
   other, and the second finds what the first has made of it. */
static enum error lock_own(struct request *r, const struct application *application,
                           struct lot *lot)
{
    enum error found = lock_lot(r, text_in(application, "permit_no"), lot);

    if (found == E_NOT_FOUND ||
        (found == E_OK && strcmp(lot->operator_id, application->applicant_id) != 0))
        return refuse(r, LOT_NOT_OWN, VALUES("permit_no"));
    TRY(found);
    check_lot(r, application, lot);
    return refused(r);
}

/* Not after its last day: there is nothing left to change or to give up. */
static enum error lock_running(struct request *r, const struct application *application,
                               struct lot *lot)
{
    TRY(lock_own(r, application, lot));
    return lot_has_ended(r, lot)
               ? refuse(r, LOT_ENDED, VALUES("permit_no", lot->name, lot->valid_to))
               : E_OK;
}

/* Those that are to begin too. */
static enum error revoke_permits(struct request *r, const struct lot *lot)
{
    struct records permits;
    const struct lot_permit *permit;

    TRY(standing_permits(r, lot, &permits));
    permit = permits.items;
    for (size_t i = 0; i < permits.count; i++, permit++)
        TRY(permit_revoke(r, permit->application_id));
    return E_OK;
}

/* A changed licence ends when the old one would have. */
static enum error hook_change_lot(struct request *r, struct application *application)
{
    struct lot lot;
    enum error changed;

    TRY(lock_running(r, application, &lot));
    TRY(revoke_permits(r, &lot));
    TRY(take_form(r, &lot, application));
    application->valid_from = civil_day(r->now);
    application->valid_to = lot.valid_to;
    TRY(free_place(r, &lot));
    changed = change_lot(r, &lot);
    if (changed == E_EXISTS)
        return refuse(r, LOT_EXISTS, VALUES("address", lot.name));
    TRY(changed);
    return add_lot_permit(r, &lot);
}

static enum error hook_close_lot(struct request *r, struct application *application)
{
    struct lot lot;

    TRY(lock_running(r, application, &lot));
    TRY(revoke_permits(r, &lot));
    return end_lot(r, &lot);
}

/* The new permit begins where the old one ends; that stays in force until then. */
static enum error hook_renew_lot(struct request *r, struct application *application)
{
    struct lot lot;

    TRY(lock_own(r, application, &lot));
    TRY(give_term(r, application, &lot, (struct day){lot.valid_to.number + 1}));
    lot.permit_application_id = application->id;
    TRY(change_lot(r, &lot));
    return add_lot_permit(r, &lot);
}

/* A permit was revoked. Those that begin later only prolong it and fall with it; one that began
   before and runs stands as before, since nothing was found against it: without its renewal the car
   park is open until the day on which it would have ended anyway, and may be renewed again. Where
   none stands it closes. A change has revoked all permits before it, so that one that is revoked
   closes too: what stood before was given up for it. */
static enum error close_revoked_lot(struct request *r, struct application *application)
{
    const struct lot_permit *permit, *before = NULL;
    struct records permits;
    struct permit revoked;
    struct lot lot;
    enum error found = lot_of_permit(r, application->id, &lot);

    if (found != E_OK || lot.closed_at.ms != NONE)
        return found == E_NOT_FOUND ? E_OK : found;
    TRY(permit_of(r, application->id, &revoked));
    TRY(standing_permits(r, &lot, &permits));
    permit = permits.items;
    for (size_t i = 0; i < permits.count; i++, permit++) {
        if (permit->valid_from.number < revoked.valid_from.number)
            before = permit;
        else
            TRY(permit_revoke(r, permit->application_id));
    }
    if (before == NULL)
        return end_lot(r, &lot);
    lot.permit_application_id = before->application_id;
    lot.valid_to = before->valid_to;
    return change_lot(r, &lot);
}

/* An appeal succeeded: what was closed by the revocation opens again, where no successor is. */
static enum error restore_lot_of(struct request *r, struct application *application)
{
    struct permit permit;
    struct lot lot;
    enum error restored;

    TRY(lot_of_permit(r, application->id, &lot));
    TRY(permit_of(r, application->id, &permit));
    lot.permit_application_id = application->id;
    lot.valid_to = permit.valid_to;
    TRY(free_place(r, &lot));
    restored = restore_lot(r, &lot);
    return restored == E_EXISTS ? refuse(r, LOT_EXISTS, VALUES("address", lot.name)) : restored;
}

static const struct case_hook hooks[] = {
    {"open_lot", open_lot},
    {"change_lot", hook_change_lot},
    {"close_lot", hook_close_lot},
    {"renew_lot", hook_renew_lot},
    {"close_revoked_lot", close_revoked_lot},
    {.name = NULL},
};

extern const struct service_file service_files[];

const struct domain parking_domain = {.files = service_files,
                                      .checks = checks,
                                      .days = days,
                                      .hooks = hooks,
                                      .before_decision = check_reports,
                                      .restore = restore_lot_of};
