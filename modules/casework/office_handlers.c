/* What officers do with the applications of their brigade. Which role a step needs stands in the
   definition; who files can not decide his own. */

#include "casework/permit.h"
#include "casework/office_routes.h"
#include "casework/deadline.h"
#include "casework/application_view.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/idempotency.h"
#include "core/ulid.h"

enum { REASON_MAX = 1000, GAP_MAX_COUNT = 30 };

const struct param office_reason_params[] = {
    PARAM(struct reason_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct reason_input, reason, .min = 1, .max = REASON_MAX, .optional = true),
    PARAM(struct reason_input, ver, .min = 1, .max = 1000000),
    PARAM_END,
};

const struct param gaps_params[] = {
    PARAM(struct gaps_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct gaps_input, gaps, .min = 1, .max = GAP_MAX_COUNT),
    PARAM(struct gaps_input, ver, .min = 1, .max = 1000000),
    PARAM_END,
};

const struct param pause_params[] = {
    PARAM(struct pause_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct pause_input, code, .min = 1, .max = 32),
    PARAM(struct pause_input, ver, .min = 1, .max = 1000000),
    PARAM_END,
};

const struct param hand_over_params[] = {
    PARAM(struct hand_over_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct hand_over_input, brigade, .min = 1, .max = 6),
    PARAM(struct hand_over_input, reason, .min = 1, .max = REASON_MAX),
    PARAM(struct hand_over_input, ver, .min = 1, .max = 1000000),
    PARAM_END,
};

/* Every input of these routes begins with the id and has the version that was seen. */
struct office_act {
    struct application application;
    const char *id;
    int64_t ver;
    enum error (*act)(struct request *r, struct application *application);
    bool needs_step;  /* only whoever may work on the step it is at */
    bool is_decision; /* the domain is asked first */
};

static unsigned roles_of_step(const struct application *application)
{
    const struct step_rule *step = step_of(application->definition, application->step);

    if (step != NULL)
        return step->role_mask;
    if (application->step == NULL)
        return 0;
    return strcmp(application->step, INTAKE_STEP) == 0 ? INTAKE : LEAD;
}

/* All that stands against this officer's working on it now. */
static enum error check_step(struct request *r, const struct application *application)
{
    const struct step_rule *step = step_of(application->definition, application->step);
    const char *other = NULL;

    if (application->step == NULL)
        return refuse(r, NOT_IN_THIS_STATE, VALUES(application->state));
    if (!(r->roles & roles_of_step(application)))
        reason(r, NOT_THIS_STEP, VALUES(application->step));
    if (application->officer_id != NULL && strcmp(application->officer_id, r->actor_id) != 0)
        reason(r, TAKEN_BY_OTHER, VALUES(application->id));
    if (step != NULL && step->other_than != NULL)
        TRY(step_done_by(r, application, step->other_than, &other));
    if (strcmp(application->step, APPEAL_STEP) == 0)
        TRY(decided_by(r, application, &other));
    if (IS_ONE_OF(other, r->actor_id))
        reason(r, OTHER_EYES_NEEDED, VALUES(application->step));
    return refused(r);
}

enum error office_check_party(struct request *r, const struct application *application)
{
    bool is_party;

    TRY(application_is_party(r, application, &is_party));
    if (!is_party)
        return E_OK;
    audit_refusal(r, application->id, "a party to it");
    return refuse(r, PARTY_CONFLICT, VALUES(application->id));
}

static enum error check_decision(struct request *r, const struct application *application)
{
    const struct domain *domain = casework_of(r)->domain;

    if (domain->before_decision != NULL)
        TRY(domain->before_decision(r, application));
    return refused(r);
}

static enum error run_act(struct request *r, void *product)
{
    struct office_act *act = product;
    struct application *application = &act->application;

    TRY(application_lock_office(r, act->id, application));
    if (!idempotency_is_new(r))
        return E_OK;
    TRY(application_check_version(r, application, act->ver));
    TRY(office_check_party(r, application));
    if (act->needs_step)
        TRY(check_step(r, application));
    if (act->is_decision)
        TRY(check_decision(r, application));
    TRY(act->act(r, application));
    audit(r, "application", application->id, "%s at version %lld", r->route->path,
          (long long)application->ver);
    return E_OK;
}

static enum error answer_act(struct request *r, struct office_act act)
{
    TRY(application_transaction(r, run_act, &act));
    if (!IS_ONE_OF(act.application.brigade, r->brigade))
        return reply_application_gone(r, &act.application);
    return reply_application(r, 200, &act.application);
}

/* At the step, also when the domain has nothing against it, or with the right of a brigade lead to
   whatever state it is in. */
#define AT_STEP(in_, act_)                                                                         \
    answer_act(r, (struct office_act){                                                             \
                      .id = (in_)->id, .ver = (in_)->ver, .act = (act_), .needs_step = true})
#define DECIDING(in_, act_)                                                                        \
    answer_act(r, (struct office_act){.id = (in_)->id,                                             \
                                      .ver = (in_)->ver,                                           \
                                      .act = (act_),                                               \
                                      .needs_step = true,                                          \
                                      .is_decision = true})
#define AS_LEAD(in_, act_)                                                                         \
    answer_act(r, (struct office_act){.id = (in_)->id, .ver = (in_)->ver, .act = (act_)})

enum error office_show(struct request *r)
{
    const struct application_input *in = r->input;
    struct application application;

    TRY(application_find_office(r, in->id, &application));
    audit(r, "application_read", application.id, "%s", application.service);
    return reply_application(r, 200, &application);
}

const struct param office_upload_params[] = {
    PARAM(struct office_upload_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct office_upload_input, upload_id, .source = PATH, .check = is_ulid),
    PARAM_END,
};

enum error office_show_upload(struct request *r)
{
    const struct office_upload_input *in = r->input;
    struct application application;
    struct upload upload;

    TRY(application_find_office(r, in->id, &application));
    TRY(upload_of(r, in->upload_id, application.id, &upload));
    audit(r, "document_read", application.id, "upload=%s", upload.id);
    return reply_upload(r, &upload);
}

static enum error take(struct request *r, struct application *application)
{
    const struct move move = {.act = "take"};

    application->officer_id = r->actor_id;
    return application_move(r, application, &move);
}

enum error office_take(struct request *r)
{
    const struct application_input *in = r->input;

    return AT_STEP(in, take);
}

static enum error release(struct request *r, struct application *application)
{
    const struct move move = {.act = "release"};

    application->officer_id = NULL;
    return application_move(r, application, &move);
}

enum error office_release(struct request *r)
{
    const struct application_input *in = r->input;

    return AT_STEP(in, release);
}

static enum error accept(struct request *r, struct application *application)
{
    const struct move move = {.act = "accept", .done_step = INTAKE_STEP};

    return application_accept(r, application, &move);
}

enum error office_accept(struct request *r)
{
    const struct application_input *in = r->input;

    return AT_STEP(in, accept);
}

static const char *reason_of(const struct request *r)
{
    return ((const struct reason_input *)r->input)->reason;
}

static enum error reject(struct request *r, struct application *application)
{
    const struct move move = {.act = "reject", .reason = reason_of(r)};

    return application_end(r, application, &move);
}

enum error office_reject(struct request *r)
{
    const struct reason_input *in = r->input;

    return AT_STEP(in, reject);
}

static const char *joined(struct arena *arena, const struct texts *lines)
{
    const char *text = "";

    for (size_t i = 0; i < lines->count; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? "\n" : "", lines->items[i]);
    return text;
}

/* Licensing Law 32: all that is missing, at once. */
static enum error correct(struct request *r, struct application *application)
{
    const struct gaps_input *in = r->input;
    const struct move move = {.act = "correct", .reason = joined(r->arena, &in->gaps)};

    if (application->corrections > 0)
        return refuse(r, CORRECTED_ALREADY, VALUES(application->id));
    if (strlen(move.reason) > REASON_MAX)
        return refuse(
            r, FIELD_RANGE,
            VALUES("gaps", (int64_t)strlen(move.reason), (int64_t)1, (int64_t)REASON_MAX));
    application->corrections++;
    application->gaps = move.reason;
    return application_move(r, application, &move);
}

enum error office_correct(struct request *r)
{
    const struct gaps_input *in = r->input;

    return AT_STEP(in, correct);
}

/* The step after this one, of those that come on the same side of the permit; NULL: it is the last.
 */
static const struct step_rule *next_step(const struct application *application)
{
    const struct definition *definition = application->definition;
    const struct step_rule *steps = definition->steps.items;
    const struct step_rule *step = step_of(definition, application->step);
    size_t next = step == NULL ? definition->steps.count : (size_t)(step - steps) + 1;

    return next < definition->steps.count && steps[next].is_after == step->is_after ? &steps[next]
                                                                                    : NULL;
}

static enum error approve(struct request *r, struct application *application)
{
    const struct step_rule *step = step_of(application->definition, application->step);
    const struct step_rule *next = next_step(application);
    struct move move = {.step = next == NULL ? NULL : next->code,
                        .done_step = application->step,
                        .reason = reason_of(r)};

    if (step == NULL)
        return refuse(r, NOT_IN_THIS_STATE, VALUES(application->state, application->step));
    TRY(application_check_running(r, application));
    if (next == NULL && !step->is_after) {
        move.act = "grant";
        return application_grant(r, application, &move);
    }
    application->officer_id = NULL;
    move.act = next == NULL                                  ? "pass"
               : strcmp(application->state, "accepted") == 0 ? "review"
                                                             : "approve";
    return application_move(r, application, &move);
}

enum error office_approve(struct request *r)
{
    const struct reason_input *in = r->input;

    return DECIDING(in, approve);
}

/* After the permit a refusal takes it back. */
static enum error refuse_it(struct request *r, struct application *application)
{
    const struct step_rule *step = step_of(application->definition, application->step);
    struct move move = {.act = "refuse", .done_step = application->step, .reason = reason_of(r)};

    if (step != NULL && step->is_after)
        move.act = "revoke";
    else
        TRY(application_check_running(r, application));
    return application_end(r, application, &move);
}

enum error office_refuse(struct request *r)
{
    const struct reason_input *in = r->input;

    return DECIDING(in, refuse_it);
}

static enum error pause(struct request *r, struct application *application)
{
    const struct pause_input *in = r->input;

    return application_pause(r, application, in->code);
}

enum error office_pause(struct request *r)
{
    const struct pause_input *in = r->input;

    return AT_STEP(in, pause);
}

enum error office_resume(struct request *r)
{
    const struct application_input *in = r->input;

    return DECIDING(in, application_resume);
}

static enum error hand_over(struct request *r, struct application *application)
{
    const struct hand_over_input *in = r->input;
    const struct move move = {.act = "hand_over", .reason = in->reason};

    if (application->step == NULL)
        return refuse(r, NOT_IN_THIS_STATE, VALUES(application->state, "hand_over"));
    if (brigade_of(casework_of(r), in->brigade) == NULL)
        return refuse(r, BRIGADE_UNKNOWN, VALUES(in->brigade));
    application->brigade = in->brigade;
    application->officer_id = NULL;
    return application_move(r, application, &move);
}

enum error office_hand_over(struct request *r)
{
    const struct hand_over_input *in = r->input;

    return AS_LEAD(in, hand_over);
}

static enum error end_by(struct request *r, struct application *application, const char *act)
{
    const struct move move = {.act = act, .reason = reason_of(r)};

    return application_end(r, application, &move);
}

static enum error revoke(struct request *r, struct application *application)
{
    return end_by(r, application, "revoke");
}

enum error office_revoke(struct request *r)
{
    const struct reason_input *in = r->input;

    return AS_LEAD(in, revoke);
}

static enum error uphold(struct request *r, struct application *application)
{
    const struct move move = {.act = "uphold", .done_step = APPEAL_STEP, .reason = reason_of(r)};

    return application_move(r, application, &move);
}

enum error office_uphold(struct request *r)
{
    const struct reason_input *in = r->input;

    return AT_STEP(in, uphold);
}

static enum error was_revoked(struct request *r, const struct application *application,
                              bool *is_revoked)
{
    struct permit permit;
    enum error found = permit_of(r, application->id, &permit);

    *is_revoked = found == E_OK && permit.revoked_at.ms != NONE;
    return found == E_NOT_FOUND ? E_OK : found;
}

/* A revocation that fell leaves what was before it. Of a refusal the first step comes anew, by
   whoever did not do it before. */
static enum error reopen(struct request *r, struct application *application)
{
    const struct move restore = {
        .act = "restore", .done_step = APPEAL_STEP, .reason = reason_of(r)};
    bool is_revoked;
    const struct step_rule *first = application->definition->steps.items;
    const struct move move = {.act = "reopen",
                              .step =
                                  application->definition->steps.count == 0 ? NULL : first->code,
                              .done_step = APPEAL_STEP,
                              .reason = reason_of(r)};

    TRY(was_revoked(r, application, &is_revoked));
    if (is_revoked)
        return application_restore(r, application, &restore);
    /* The refusal let go of what the submission had reserved. */
    TRY(application_hook(r, application, application->definition->on_submit));
    TRY(refused(r));
    return application_move(r, application, &move);
}

enum error office_reopen(struct request *r)
{
    const struct reason_input *in = r->input;

    return AT_STEP(in, reopen);
}
