#include "identity/officer_work.h"

#include "core/audit.h"
#include "core/idempotency.h"
#include "core/ulid.h"
#include "identity/officer_roles.h"
#include "identity/password.h"
#include "identity/totp.h"

enum { PASSWORD_LETTERS = 20 };

/* A second tap, whose first was done; others may have changed the officer since. */
static bool is_repeated(const struct request *r)
{
    return r->key != NULL && !idempotency_is_new(r);
}

static const char *shown(const char *brigade)
{
    return brigade == NULL ? "-" : brigade;
}

/* Made before the transaction, so that running it again writes the same ones. */
static enum error make_secrets(struct request *r, struct officer_work *work)
{
    unsigned char secret[TOTP_SECRET_SIZE];
    struct bytes bytes = {secret, sizeof(secret)};
    enum error error;

    random_bytes(secret, sizeof(secret));
    work->secret = hex_encode(r->arena, bytes);
    work->secret_base32 = totp_base32(r->arena, bytes);
    wipe(secret, sizeof(secret));
    work->password = random_text(r->arena, PASSWORD_LETTERS);
    TRY(password_enter(r));
    error = password_hash(r, work->password, &work->row.password_hash);
    password_leave(r);
    return error;
}

static void forget_secrets(struct officer_work *work)
{
    work->password = work->secret = work->secret_base32 = NULL;
}

static enum error check_rights(struct request *r, int64_t mask, const char *brigade)
{
    enum error found = brigade == NULL ? E_OK : is_brigade(r, brigade);

    if (mask == 0)
        reason(r, ROLE_UNKNOWN, VALUES("roles", roles_known(r->arena)));
    check_roles(r, mask);
    if (roles_need_brigade(mask) && brigade == NULL)
        reason(r, BRIGADE_REQUIRED, VALUES("brigade"));
    if (found == E_NOT_FOUND)
        reason(r, BRIGADE_UNKNOWN, VALUES("brigade", brigade));
    else if (found != E_OK)
        return found;
    return refused(r);
}

static enum error add(struct request *r, void *product)
{
    struct officer_work *work = product;
    struct officer found;
    enum error error = lock_officer_by_name(r, work->name, &found);

    if (error == E_OK && strcmp(found.id, work->row.id) != 0) {
        if (!is_repeated(r))
            return failed(r, E_EXISTS, "there is an officer %s already", work->name);
        work->row = found;
        forget_secrets(work);
    }
    if (error != E_NOT_FOUND)
        return error;
    audit(r, "officer_added", work->row.id, "name=%s roles=%s brigade=%s", work->row.name,
          roles_text(r->arena, work->row.roles), shown(work->row.brigade));
    return insert_officer(r, &work->row);
}

enum error add_officer(struct request *r, struct officer_work *work)
{
    work->row = (struct officer){.id = ulid_new(r),
                                 .name = work->name,
                                 .roles = work->list == NULL ? 0 : roles_of(work->list),
                                 .brigade = work->brigade,
                                 .must_change = !work->keeps_password,
                                 .is_active = true,
                                 .created_at = r->now};
    TRY(check_rights(r, work->row.roles, work->row.brigade));
    TRY(make_secrets(r, work));
    work->row.display_name = seal(r, &officer_display_name, work->row.id, work->display);
    work->row.totp_secret = seal(r, &officer_totp_secret, work->row.id, work->secret);
    return db_transaction(r, add, work);
}

/* Locks the officer that it is about; *done when an earlier tap did all there is to do. */
static enum error lock_other(struct request *r, struct officer_work *work, bool *done)
{
    enum error found = lock_officer_by_name(r, work->name, &work->row);

    *done = is_repeated(r);
    if (found == E_NOT_FOUND)
        return failed(r, E_NOT_FOUND, "there is no officer %s", work->name);
    TRY(found);
    if (strcmp(work->row.id, r->actor_id) != 0)
        return E_OK;
    audit_refusal(r, work->row.id, "of oneself");
    return refuse(r, OFFICER_SELF, VALUES(work->name));
}

/* The sessions end: they carry the old rights. */
static enum error change(struct request *r, void *product)
{
    struct officer_work *work = product;
    struct officer *officer = &work->row;
    bool done;

    TRY(lock_other(r, work, &done));
    if (done)
        return E_OK;
    if (work->list != NULL)
        officer->roles = roles_of(work->list);
    if (work->brigade != NULL)
        officer->brigade = work->brigade;
    if (!officer->is_active)
        reason(r, OFFICER_DISABLED, VALUES(work->name));
    TRY(check_rights(r, officer->roles, officer->brigade));
    audit(r, "officer_changed", officer->id, "roles=%s brigade=%s",
          roles_text(r->arena, officer->roles), shown(officer->brigade));
    TRY(change_officer(r, officer));
    return delete_sessions_of(r, officer->id);
}

enum error change_rights(struct request *r, struct officer_work *work)
{
    return db_transaction(r, change, work);
}

struct reset {
    struct officer_work *work;
    const char *hash; /* of the new password */
};

static enum error reset(struct request *r, void *product)
{
    const struct reset *new = product;
    struct officer_work *work = new->work;
    bool done;

    TRY(lock_other(r, work, &done));
    if (strcmp(work->row.password_hash, new->hash) == 0)
        return E_OK; /* its own effect, from a commit whose answer was lost */
    if (done) {
        forget_secrets(work);
        return E_OK;
    }
    if (!work->row.is_active)
        return refuse(r, OFFICER_DISABLED, VALUES(work->name));
    work->row.password_hash = new->hash;
    work->row.totp_secret = seal(r, &officer_totp_secret, work->row.id, work->secret);
    work->row.must_change = true;
    audit(r, "officer_reset", work->row.id, "name=%s", work->name);
    TRY(reset_officer(r, &work->row));
    return delete_sessions_of(r, work->row.id);
}

enum error reset_secrets(struct request *r, struct officer_work *work)
{
    struct reset new = {.work = work};

    TRY(make_secrets(r, work));
    new.hash = work->row.password_hash;
    return db_transaction(r, reset, &new);
}

static enum error unlock(struct request *r, void *product)
{
    struct officer_work *work = product;
    bool done;

    TRY(lock_other(r, work, &done));
    if (done || work->row.failures == 0)
        return E_OK;
    audit(r, "officer_unlocked", work->row.id, "failures=%lld", (long long)work->row.failures);
    work->row.locked_until = (struct instant){NONE};
    return unlock_officer(r, work->row.id);
}

enum error end_lock(struct request *r, struct officer_work *work)
{
    return db_transaction(r, unlock, work);
}

static enum error disable(struct request *r, void *product)
{
    struct officer_work *work = product;
    bool done;

    TRY(lock_other(r, work, &done));
    if (done || !work->row.is_active)
        return E_OK;
    work->row.is_active = false;
    audit(r, "officer_disabled", work->row.id, "name=%s", work->name);
    TRY(disable_officer(r, work->row.id));
    return delete_sessions_of(r, work->row.id);
}

enum error end_officer(struct request *r, struct officer_work *work)
{
    return db_transaction(r, disable, work);
}

const char *officer_state(const struct officer *officer, struct instant now)
{
    if (!officer->is_active)
        return "disabled";
    if (is_locked(&(struct tries){officer->failures, officer->locked_until}, now))
        return "locked";
    return officer->must_change ? "new" : "active";
}

enum error note_listing(struct request *r, void *product)
{
    (void)product;
    audit(r, "officers_listed", "officer", "display names opened");
    return E_OK;
}
