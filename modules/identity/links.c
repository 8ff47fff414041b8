/* A second account of the same person: the verified one shows a code, the other one types it in.
   Alipay knows no face check of ours, so this is how its accounts get a person. */

#include "identity/link.h"

#include "core/audit.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "identity/account.h"

enum { CODE_MS = 5 * 60 * 1000 };

/* 32 letters that are not mistaken for each other. */
static const char alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

bool is_link_code(const char *text)
{
    return strspn(text, alphabet) == CODE_LETTERS && text[CODE_LETTERS] == '\0';
}

const struct param link_params[] = {
    PARAM(struct code_input, code, .source = BODY, .min = CODE_LETTERS, .max = CODE_LETTERS,
          .check = is_link_code),
    PARAM_END,
};

struct link_code_view {
    const char *purpose;
    const char *code;
    struct instant expires_at;
};

const struct field link_code_view_fields[] = {
    FIELD(struct link_code_view, code),
    FIELD(struct link_code_view, expires_at),
    FIELD_END,
};

static const char *make_code(struct request *r)
{
    char *code = arena_alloc(r->arena, CODE_LETTERS + 1);
    unsigned char random[CODE_LETTERS];

    random_bytes(random, sizeof(random));
    for (size_t i = 0; i < CODE_LETTERS; i++)
        code[i] = alphabet[random[i] % 32];
    return code;
}

/* A session that was ended while we waited for the lock leaves no code behind. */
static enum error store_code(struct request *r, void *product)
{
    const struct link_code_view *view = product;
    struct account account;
    struct session_row session;
    enum error found;

    TRY(lock_account(r, r->actor_id, &account));
    found = find_session(r, session_hash(r), &session);
    if (found != E_OK)
        return found == E_NOT_FOUND ? refuse(r, UNAUTHENTICATED, NO_VALUES) : found;
    audit(r, "link_code_made", r->actor_id, "purpose=%s good for %d ms", view->purpose, CODE_MS);
    return replace_link_code(r, view->code, view->purpose, view->expires_at);
}

enum error show_new_code(struct request *r, const char *purpose)
{
    struct link_code_view view = {purpose, make_code(r), instant_add(r->now, CODE_MS)};

    TRY(db_transaction(r, store_code, &view));
    reply_header(r, "Cache-Control", "no-store");
    return reply_record(r, 201, link_code_view_fields, &view);
}

enum error create_link_code(struct request *r)
{
    return show_new_code(r, ACCOUNT_CODE);
}

enum error lock_good_code(struct request *r, const char *code, const char *purpose,
                          struct link_code *link)
{
    enum error error = lock_link_code(r, code, purpose, link);

    if (error != E_OK && error != E_NOT_FOUND)
        return error;
    if (error == E_NOT_FOUND || link->expires_at.ms <= r->now.ms ||
        (link->used_by != NULL && strcmp(link->used_by, r->actor_id) != 0))
        return refuse(r, LINK_CODE_INVALID, NO_VALUES);
    return E_OK;
}

/* The person of an account never changes, so the source needs no lock. */
static enum error join(struct request *r, void *product)
{
    const char *code = product;
    struct account own, source;
    struct link_code link;
    const char *name;

    TRY(lock_account(r, r->actor_id, &own));
    TRY(lock_good_code(r, code, ACCOUNT_CODE, &link));
    TRY(find_account(r, link.account_id, &source));
    if (own.person_id != NULL)
        return strcmp(own.person_id, source.person_id) == 0 ? E_OK
                                                            : refuse(r, BOUND_TO_OTHER, NO_VALUES);
    TRY(real_name(r, &source, &name));
    TRY(bind_person(r, r->actor_id, source.person_id, name));
    audit(r, "person_bound", r->actor_id, "person=%s by account=%s", source.person_id, source.id);
    return use_link_code(r, code);
}

enum error link_account(struct request *r)
{
    const struct code_input *input = r->input;

    TRY(db_transaction(r, join, (void *)(uintptr_t)input->code));
    return show_me(r);
}
