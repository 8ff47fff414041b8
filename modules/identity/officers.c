/* Officers sign in and change their passwords. Renewing and signing out is in sessions.c. */

#include "identity/officer.h"

#include "casework/identifier.h"
#include "core/audit.h"
#include "core/log.h"
#include "identity/password.h"
#include "identity/session_view.h"

const struct param officer_sign_in_params[] = {
    PARAM(struct officer_sign_in_input, name, .source = BODY, .min = OFFICER_NAME_MIN,
          .max = OFFICER_NAME_MAX, .check = is_officer_name),
    PARAM(struct officer_sign_in_input, password, .source = BODY, .min = 1,
          .max = PASSWORD_SIZE_MAX),
    PARAM(struct officer_sign_in_input, code, .source = BODY, .min = 6, .max = 6,
          .check = is_totp_code),
    PARAM_END,
};

const struct param officer_password_params[] = {
    PARAM(struct officer_password_input, old, .source = BODY, .min = 1, .max = PASSWORD_SIZE_MAX),
    PARAM(struct officer_password_input, new, .source = BODY, .min = 1, .max = PASSWORD_SIZE_MAX),
    PARAM(struct officer_password_input, code, .source = BODY, .min = 6, .max = 6,
          .check = is_totp_code),
    PARAM_END,
};

struct new_officer_session {
    const char *token;
    struct bytes hash;
    struct session_row row;
};

enum error show_officer(struct request *r, const struct officer *officer, struct session_view *view)
{
    const char *name;

    TRY(unseal(r, &officer_display_name, officer->id, officer->display_name, &name));
    view->name_masked = mask_name(r->arena, name);
    view->must_change = officer->must_change;
    return E_OK;
}

static enum error open_session(struct request *r, struct attempt *attempt)
{
    const struct officer *officer = &attempt->officer;

    audit(r, "officer_signed_in", officer->id, "roles=%lld", (long long)officer->roles);
    return insert_officer_session(r, attempt->session->hash, officer, &attempt->session->row);
}

enum error sign_in_officer(struct request *r)
{
    const struct officer_sign_in_input *input = r->input;
    const struct identity_settings *settings = r->settings;
    struct new_officer_session session = {.token = new_token(r)};
    struct attempt attempt = {.name = input->name,
                              .password = input->password,
                              .code = input->code,
                              .then = open_session,
                              .session = &session};
    struct session_view view = {.token = session.token};

    session.hash = token_hash(r, session.token);
    session.row.absolute_expires_at = instant_add(r->now, settings->officer_max_s * SECOND_MS);
    session.row.expires_at =
        session_expiry(r, settings->officer_idle_s, session.row.absolute_expires_at);
    TRY(attempt_run(r, &attempt));
    log_info(r, "signed_in", "officer=%s", attempt.officer.id);
    view.expires_at = session.row.expires_at;
    TRY(show_officer(r, &attempt.officer, &view));
    return reply_session(r, 201, &view);
}

struct password_changed_view {
    bool changed;
};

const struct field password_changed_fields[] = {FIELD(struct password_changed_view, changed),
                                                FIELD_END};

/* Judged before the old one is looked at: what is no good counts as no attempt. */
static enum error check_new_password(struct request *r, const char *name)
{
    const struct officer_password_input *input = r->input;
    unsigned faults = password_faults(name, input->old, input->new);

    if (faults & PASSWORD_IS_SHORT)
        reason(r, PASSWORD_SHORT, VALUES("new", PASSWORD_CHARACTERS_MIN));
    if (faults & PASSWORD_IS_SIMPLE)
        reason(r, PASSWORD_SIMPLE, VALUES("new"));
    if (faults & PASSWORD_IS_THE_OLD)
        reason(r, PASSWORD_UNCHANGED, VALUES("new"));
    return refused(r);
}

static enum error replace_password(struct request *r, struct attempt *attempt)
{
    audit(r, "officer_password_changed", attempt->officer.id, "%s",
          attempt->officer.must_change ? "the first of their own" : "another one");
    TRY(keep_password(r, attempt->officer.id, attempt->new_hash));
    TRY(set_session_roles(r, session_hash(r), attempt->officer.roles));
    return delete_other_sessions(r, attempt->officer.id, session_hash(r));
}

enum error change_officer_password(struct request *r)
{
    const struct officer_password_input *input = r->input;
    struct attempt attempt = {.password = input->old,
                              .code = input->code,
                              .then = replace_password,
                              .new_password = input->new};
    struct officer officer;

    TRY(find_officer(r, r->actor_id, &officer));
    attempt.name = officer.name;
    TRY(check_new_password(r, officer.name));
    TRY(attempt_run(r, &attempt));
    return reply_record(r, 200, password_changed_fields, &(struct password_changed_view){true});
}
