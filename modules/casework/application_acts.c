/* From the submission to the permit, and the ways in which an application ends without one. */

#include <inttypes.h>

#include "casework/application.h"
#include "casework/deadline.h"
#include "casework/fee.h"
#include "casework/identifier.h"
#include "casework/permit.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/job.h"

enum error application_transaction(struct request *r, transaction_body *body, void *product)
{
    enum { DRAWS_MAX = 4 };
    enum error error = db_transaction(r, body, product);

    for (int draws = 1; error == E_EXISTS && draws < DRAWS_MAX; draws++)
        error = db_transaction(r, body, product);
    return error;
}

enum error application_hook(struct request *r, struct application *application, const char *name)
{
    return name == NULL ? E_OK : hook_named(casework_of(r)->domain, name)->run(r, application);
}

/* Day, service, six random digits, check digit: it shows no volume, and nobody queues for it. Two
   on one day rarely meet; the unique key refuses the second, and application_transaction() draws
   again. */
static const char *new_number(struct request *r, const char *serial)
{
    int64_t year, month, day;
    uint32_t random;
    char *number;

    day_parts(civil_day(r->now), &year, &month, &day);
    random_bytes(&random, sizeof(random));
    number = arena_printf(r->arena, "%04" PRId64 "%02" PRId64 "%02" PRId64 "%s%06u0", year, month,
                          day, serial, (unsigned)(random % 1000000));
    number[16] = check_digit(number, 16);
    return number;
}

static enum error check_named_conditions(struct request *r, const struct application *application)
{
    const struct texts *checks = &application->definition->checks;

    for (size_t i = 0; i < checks->count; i++)
        TRY(check_named(casework_of(r)->domain, checks->items[i])->check(r, application));
    return E_OK;
}

/* Who decides: headquarters, or the brigade of the place (R3). */
static const struct brigade *decider(struct request *r, const struct application *application)
{
    const struct definition *definition = application->definition;
    const char *division;

    if (strcmp(definition->decided_by, "headquarters") == 0)
        return headquarters(casework_of(r));
    division = form_text(definition, application->form, definition->division_field);
    return division == NULL ? NULL : brigade_in(casework_of(r), division);
}

static enum error check_submission(struct request *r, struct application *application)
{
    const struct brigade *brigade = decider(r, application);

    if (edge_to(casework_of(r), application->state, "submit") == NULL)
        return refuse(r, NOT_IN_THIS_STATE, VALUES(application->state, "submit"));
    if (!texts_have(&application->definition->applicants, application->applicant_kind))
        reason(r, APPLICANT_NOT_ALLOWED, VALUES(application->applicant_kind));
    form_check_complete(r, application->definition, application->form);
    if (brigade == NULL && strcmp(application->definition->decided_by, "brigade") == 0)
        reason(r, DIVISION_UNKNOWN, VALUES(application->definition->division_field));
    else
        application->brigade = brigade->code;
    TRY(documents_check(r, application));
    TRY(check_named_conditions(r, application));
    return refused(r);
}

/* Nobody reviews before the permit: the conditions that were checked are all there is to check. */
static enum error decide_by_rule(struct request *r, struct application *application)
{
    const struct move accept = {.act = "accept", .by_rule = true};
    const struct move grant = {.act = "grant", .by_rule = true};

    TRY(application_accept(r, application, &accept));
    return application_grant(r, application, &grant);
}

enum error application_submit(struct request *r, struct application *application)
{
    const struct definition *definition = application->definition;
    bool is_reviewed = strcmp(definition->mode, "reviewed") == 0;
    const struct move submit = {.act = "submit", .step = is_reviewed ? INTAKE_STEP : NULL};

    TRY(check_submission(r, application));
    if (application->application_no == NULL) {
        application->application_no = new_number(r, definition->serial);
        application->submitted_at = r->now;
    }
    TRY(application_hook(r, application, definition->on_submit));
    TRY(refused(r));
    TRY(application_move(r, application, &submit));
    return is_reviewed ? E_OK : decide_by_rule(r, application);
}

enum error application_accept(struct request *r, struct application *application,
                              const struct move *move)
{
    const struct step_rule *first = application->definition->steps.items;
    struct move accept = *move;

    if (strcmp(application->definition->mode, "reviewed") == 0)
        accept.step = first->code;
    application->accepted_at = r->now;
    return application_move(r, application, &accept);
}

/* What was approved first has its steps ahead. Fees are paid before anything comes into force. */
enum error application_grant(struct request *r, struct application *application,
                             const struct move *move)
{
    const struct definition *definition = application->definition;
    const struct step_rule *first = definition->steps.items;
    struct move grant = *move;

    if (definition->fees.count > 0 && strcmp(application->state, PAYABLE) != 0)
        return fee_charge(r, application, move);
    if (strcmp(definition->mode, "approve_first") == 0)
        grant.step = first->code;
    application->valid_from = application->valid_to = (struct day){NONE};
    TRY(application_hook(r, application, definition->on_grant));
    TRY(refused(r));
    if (definition->permit != NULL)
        TRY(permit_insert(r, application));
    TRY(application_move(r, application, &grant));
    return job_add(r, "issue_permit", application->id, NULL, r->now);
}

/* On_end lets go what on_submit reserved; on_revoke ends what on_grant made, which a grant that
   waits for its fees did not. */
enum error application_end(struct request *r, struct application *application,
                           const struct move *move)
{
    bool is_payable = strcmp(application->state, PAYABLE) == 0;
    bool is_revoked = strcmp(move->act, "revoke") == 0 && !is_payable;
    const struct definition *definition = application->definition;

    TRY(application_move(r, application, move));
    if (is_payable)
        TRY(fee_withdraw(r, application));
    if (is_revoked && definition->permit != NULL)
        TRY(permit_revoke(r, application->id));
    return application_hook(r, application,
                            is_revoked ? definition->on_revoke : definition->on_end);
}

enum error application_restore(struct request *r, struct application *application,
                               const struct move *move)
{
    const struct domain *domain = casework_of(r)->domain;

    TRY(permit_restore(r, application->id));
    if (domain->restore != NULL)
        TRY(domain->restore(r, application));
    TRY(refused(r));
    return application_move(r, application, move);
}

enum error application_check_running(struct request *r, const struct application *application)
{
    struct records clocks;
    const struct clock_row *clock;

    TRY(clocks_of(r, application, &clocks));
    clock = clocks.items;
    for (size_t i = 0; i < clocks.count; i++, clock++)
        if (clock->is_running && clock->paused_on.number != NONE)
            return refuse(r, PAUSED_NOW, VALUES(application->id));
    return E_OK;
}

enum error application_pause(struct request *r, struct application *application, const char *code)
{
    const struct pause_rule *rule = pause_of(application->definition, code);
    struct move move = {.act = "pause"};

    if (rule == NULL)
        return refuse(r, PAUSE_UNKNOWN, VALUES(code));
    if (!IS_ONE_OF(application->state, "accepted", "reviewing"))
        return refuse(r, NOT_IN_THIS_STATE, VALUES(application->state, "pause"));
    TRY(application_check_running(r, application));
    move.reason =
        arena_printf(r->arena, "%s（%s），所需时间不计入办理期限", rule->name, rule->source);
    TRY(clocks_pause(r, application, rule->code));
    return application_move(r, application, &move);
}

enum error application_resume(struct request *r, struct application *application)
{
    const struct move move = {.act = "resume"};
    enum error running = application_check_running(r, application);

    if (running == E_OK)
        return refuse(r, NOT_PAUSED, VALUES(application->id));
    if (running != E_REFUSED)
        return running;
    reasons_forget(r);
    TRY(clocks_resume(r, application));
    return application_move(r, application, &move);
}
