/* Signing in and out, and the session in between. */

#include "identity/session_view.h"

#include "core/audit.h"
#include "core/crypto.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/ulid.h"
#include "identity/alipay.h"
#include "identity/link.h"
#include "identity/officer.h"
#include "identity/wechat.h"

enum { TOKEN_LETTERS = 43 }; /* of 62: 256 random bits */

/* What WeChat and Alipay call a code: letters of a URL. */
static bool is_code(const char *text)
{
    return text[strspn(
               text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")] == '\0';
}

const struct param code_params[] = {
    PARAM(struct code_input, code, .source = BODY, .min = 1, .max = 128, .check = is_code),
    PARAM_END,
};

const struct field session_view_fields[] = {
    FIELD(struct session_view, token),       FIELD(struct session_view, expires_at),
    FIELD(struct session_view, is_verified), FIELD_OR_NULL(struct session_view, name_masked),
    FIELD(struct session_view, must_change), FIELD_END,
};

/* A session about to be written: made before the transaction, so that running it again writes the
   same one. */
struct new_session {
    struct login login;
    const char *account_id; /* if the account is new */
    const char *token;
    struct bytes hash;
    struct session_row row;
    struct account account;
};

const char *new_token(struct request *r)
{
    return random_text(r->arena, TOKEN_LETTERS);
}

struct bytes token_hash(struct request *r, const char *token)
{
    unsigned char *hash = arena_alloc(r->arena, SHA256_SIZE);

    sha256(bytes_of(token), hash);
    return (struct bytes){hash, SHA256_SIZE};
}

enum error reply_session(struct request *r, int status, const struct session_view *view)
{
    reply_header(r, "Cache-Control", "no-store");
    return reply_record(r, status, session_view_fields, view);
}

static enum error show_account(struct request *r, const struct account *account,
                               struct session_view *view)
{
    view->is_verified = account->person_id != NULL;
    return masked_name(r, account, &view->name_masked);
}

static enum error open_session(struct request *r, void *product)
{
    struct new_session *session = product;
    enum error error;

    TRY(enter_account(r, &session->login, session->account_id, &session->account));
    error = insert_session(r, session->hash, &session->account, &session->login, &session->row);
    return error == E_EXISTS ? E_OK : error;
}

static enum error sign_in(struct request *r, const struct login *login)
{
    const struct identity_settings *settings = r->settings;
    struct new_session session = {
        .login = *login, .account_id = ulid_new(r), .token = new_token(r)};
    struct session_view view = {.token = session.token};

    session.hash = token_hash(r, session.token);
    session.row.absolute_expires_at = instant_add(r->now, settings->session_max_s * SECOND_MS);
    session.row.expires_at =
        session_expiry(r, settings->session_idle_s, session.row.absolute_expires_at);
    TRY(db_transaction(r, open_session, &session));
    log_info(r, "signed_in", "account=%s channel=%s", session.account.id, login->channel);
    view.expires_at = session.row.expires_at;
    TRY(show_account(r, &session.account, &view));
    return reply_session(r, 201, &view);
}

enum error sign_in_wechat(struct request *r)
{
    const struct code_input *input = r->input;
    struct login login;

    TRY(wechat_login(r, input->code, &login));
    return sign_in(r, &login);
}

enum error sign_in_alipay(struct request *r)
{
    const struct code_input *input = r->input;
    struct login login;

    TRY(alipay_login(r, input->code, &login));
    return sign_in(r, &login);
}

struct renewal {
    int64_t idle_s;
    struct bytes old_hash, hash;
    struct session_row row;
    struct session_view view;
};

/* The lock keeps the session where those who bind or end all sessions of the actor look for it. */
static enum error lock_account_holder(struct request *r, struct session_view *view)
{
    struct account account;

    TRY(lock_account(r, r->actor_id, &account));
    return show_account(r, &account, view);
}

static enum error lock_officer_holder(struct request *r, struct session_view *view)
{
    struct officer officer;

    TRY(lock_officer(r, r->actor_id, &officer));
    return show_officer(r, &officer, view);
}

/* A row under the new hash is our own, from a commit whose answer was lost. One that somebody else
   moved meanwhile is gone: its token is no longer good. */
static enum error move(struct request *r, void *product)
{
    struct renewal *renewal = product;
    enum error error;

    if (r->roles & (OFFICER | NEWCOMER))
        TRY(lock_officer_holder(r, &renewal->view));
    else
        TRY(lock_account_holder(r, &renewal->view));
    error = find_session(r, renewal->hash, &renewal->row);
    if (error != E_NOT_FOUND)
        return error;
    error = lock_session(r, renewal->old_hash, &renewal->row);
    if (error == E_NOT_FOUND)
        return refuse(r, UNAUTHENTICATED, NO_VALUES);
    TRY(error);
    renewal->row.expires_at = session_expiry(r, renewal->idle_s, renewal->row.absolute_expires_at);
    return move_session(r, renewal->old_hash, renewal->hash, renewal->row.expires_at);
}

enum error renew_session(struct request *r)
{
    const struct identity_settings *settings = r->settings;
    bool is_officer = r->roles & (OFFICER | NEWCOMER);
    struct renewal renewal = {.view.token = new_token(r)};

    renewal.idle_s = is_officer ? settings->officer_idle_s : settings->session_idle_s;
    renewal.old_hash = session_hash(r);
    renewal.hash = token_hash(r, renewal.view.token);
    TRY(db_transaction(r, move, &renewal));
    renewal.view.expires_at = renewal.row.expires_at;
    return reply_session(r, 200, &renewal.view);
}

struct signed_out_view {
    bool signed_out;
};

const struct field signed_out_fields[] = {FIELD(struct signed_out_view, signed_out), FIELD_END};

static enum error reply_signed_out(struct request *r)
{
    return reply_record(r, 200, signed_out_fields, &(struct signed_out_view){true});
}

static enum error end_session(struct request *r, void *product)
{
    const struct bytes *hash = product;

    return delete_session(r, *hash);
}

enum error sign_out(struct request *r)
{
    struct bytes hash = session_hash(r);

    TRY(db_transaction(r, end_session, &hash));
    return reply_signed_out(r);
}

static enum error end_sessions_of(struct request *r, const char *account_id)
{
    struct account account;

    TRY(lock_account(r, account_id, &account));
    TRY(delete_link_codes_of(r, account_id));
    return delete_sessions_of(r, account_id);
}

/* Of all accounts of the person: a lost phone has both mini programs on it, and may have shown a
   code by which somebody else would join for good. */
static enum error end_all_sessions(struct request *r, void *product)
{
    struct texts ids = {&r->actor_id, 1};

    (void)product;
    if (r->person_id != NULL)
        TRY(list_accounts(r, r->person_id, &ids));
    for (size_t i = 0; i < ids.count; i++)
        TRY(end_sessions_of(r, ids.items[i]));
    audit(r, "sign_out_everywhere", r->actor_id, "accounts=%zu", ids.count);
    return E_OK;
}

enum error sign_out_everywhere(struct request *r)
{
    TRY(db_transaction(r, end_all_sessions, NULL));
    return reply_signed_out(r);
}

struct me_view {
    const char *account_id;
    const char *channel;
    bool is_verified;
    const char *name_masked;
    const char *phone_masked;
    struct instant expires_at;
};

const struct field me_view_fields[] = {
    FIELD(struct me_view, account_id),
    FIELD(struct me_view, channel),
    FIELD(struct me_view, is_verified),
    FIELD_OR_NULL(struct me_view, name_masked),
    FIELD_OR_NULL(struct me_view, phone_masked),
    FIELD(struct me_view, expires_at),
    FIELD_END,
};

enum error show_me(struct request *r)
{
    struct me_view view = {.account_id = r->actor_id, .channel = r->channel};
    struct session_row session;
    struct account account;

    TRY(find_session(r, session_hash(r), &session));
    TRY(find_account(r, r->actor_id, &account));
    TRY(masked_name(r, &account, &view.name_masked));
    TRY(masked_phone(r, &account, &view.phone_masked));
    view.is_verified = account.person_id != NULL;
    view.expires_at = session.expires_at;
    return reply_record(r, 200, me_view_fields, &view);
}
