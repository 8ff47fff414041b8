/* What an operator does with officers at the command line: scripts/officer. */

#include "identity/officer.h"

#include "casework/utf8.h"
#include "core/audit.h"
#include "core/ulid.h"
#include "identity/officer_roles.h"
#include "identity/password.h"
#include "identity/totp.h"

enum { PASSWORD_LETTERS = 20, DISPLAY_MAX = 40 };

/* ---- add ---- */

/* Made before the transaction, so that running it again writes the same officer. */
struct new_officer {
    struct officer row;
    const char *password;
    const char *secret; /* hex */
    const char *secret_base32;
};

static const char *shown(const char *brigade)
{
    return brigade == NULL ? "-" : brigade;
}

static enum error add(struct request *r, void *product)
{
    const struct new_officer *new = product;
    struct officer found;
    enum error error = lock_officer_by_name(r, new->row.name, &found);

    if (error == E_OK && strcmp(found.id, new->row.id) != 0)
        return failed(r, E_EXISTS, "there is an officer %s already", new->row.name);
    if (error != E_NOT_FOUND)
        return error;
    audit(r, "officer_added", new->row.id, "name=%s roles=%s brigade=%s", new->row.name,
          roles_text(r->arena, new->row.roles), shown(new->row.brigade));
    return insert_officer(r, &new->row);
}

static enum error make_secrets(struct request *r, struct new_officer *new)
{
    unsigned char secret[TOTP_SECRET_SIZE];
    struct bytes bytes = {secret, sizeof(secret)};
    enum error error;

    random_bytes(secret, sizeof(secret));
    new->secret = hex_encode(r->arena, bytes);
    new->secret_base32 = totp_base32(r->arena, bytes);
    wipe(secret, sizeof(secret));
    new->password = random_text(r->arena, PASSWORD_LETTERS);
    TRY(password_enter(r));
    error = password_hash(r, new->password, &new->row.password_hash);
    password_leave(r);
    return error;
}

/* The only time that anybody sees them. */
static void print_secrets(const struct new_officer *new)
{
    printf("name=%s\npassword=%s\ntotp_secret=%s\n", new->row.name, new->password,
           new->secret_base32);
    printf("otpauth://totp/Tongban:%s?secret=%s&issuer=Tongban&algorithm=SHA1&digits=6&period=30\n",
           new->row.name, new->secret_base32);
}

/* What --display, --roles and --brigade said; NULL where they were not given. */
struct options {
    const char *name, *display, *list, *brigade;
};

/* NAME and, in any order, options. */
static enum error take_options(struct request *r, int count, char **words, struct options *options)
{
    *options = (struct options){.name = NULL};
    for (int i = 0; i < count; i++) {
        const char **value = strcmp(words[i], "--display") == 0   ? &options->display
                             : strcmp(words[i], "--roles") == 0   ? &options->list
                             : strcmp(words[i], "--brigade") == 0 ? &options->brigade
                                                                  : NULL;

        if (value != NULL && i + 1 < count)
            *value = words[++i];
        else if (options->name == NULL && words[i][0] != '-')
            options->name = words[i];
        else
            return failed(r, E_REFUSED, "%s: not understood", words[i]);
    }
    return options->name == NULL ? failed(r, E_REFUSED, "which NAME?") : E_OK;
}

/* All that is wrong with them, in the order of the command line. */
static enum error check_rights(struct request *r, int64_t mask, const char *brigade)
{
    const char *conflict = roles_conflict(r->arena, mask);

    if (mask == 0)
        return failed(r, E_REFUSED, "--roles is a list of %s", roles_known(r->arena));
    if (conflict != NULL)
        return failed(r, E_REFUSED, "--roles: nobody has %s", conflict);
    if (roles_need_brigade(mask) && brigade == NULL)
        return failed(r, E_REFUSED, "--brigade CODE: these roles work for one");
    if (brigade == NULL)
        return E_OK;
    return is_brigade(r, brigade) == E_OK
               ? E_OK
               : failed(r, E_REFUSED, "--brigade: there is no brigade %s", brigade);
}

static enum error run_add(struct request *r, int count, char **words)
{
    struct options options;
    struct new_officer new = {.row = {.id = ulid_new(r), .created_at = r->now}};

    TRY(take_options(r, count, words, &options));
    new.row.name = options.name;
    new.row.roles = options.list == NULL ? 0 : roles_of(options.list);
    new.row.brigade = options.brigade;
    if (!is_officer_name(options.name))
        return failed(r, E_REFUSED, "NAME is 3 to 32 of a-z, 0-9 and -, a letter first");
    if (options.display == NULL || utf8_count(options.display) == 0 ||
        utf8_count(options.display) > DISPLAY_MAX)
        return failed(r, E_REFUSED, "--display is 1 to %d characters of UTF-8", DISPLAY_MAX);
    TRY(check_rights(r, new.row.roles, new.row.brigade));
    TRY(make_secrets(r, &new));
    new.row.display_name = seal(r, &officer_display_name, new.row.id, options.display);
    new.row.totp_secret = seal(r, &officer_totp_secret, new.row.id, new.secret);
    TRY(db_transaction(r, add, &new));
    print_secrets(&new);
    return E_OK;
}

/* ---- change, reset ---- */

static enum error lock_named(struct request *r, const char *name, struct officer *officer)
{
    enum error found = lock_officer_by_name(r, name, officer);

    if (found == E_NOT_FOUND)
        return failed(r, E_NOT_FOUND, "there is no officer %s", name);
    return found;
}

/* What is not given stays. The sessions end: they carry the old rights. */
static enum error change(struct request *r, void *product)
{
    const struct options *options = product;
    struct officer officer;

    TRY(lock_named(r, options->name, &officer));
    if (options->list != NULL)
        officer.roles = roles_of(options->list);
    if (options->brigade != NULL)
        officer.brigade = options->brigade;
    TRY(check_rights(r, officer.roles, officer.brigade));
    audit(r, "officer_changed", officer.id, "roles=%s brigade=%s",
          roles_text(r->arena, officer.roles), shown(officer.brigade));
    TRY(change_officer(r, &officer));
    return delete_sessions_of(r, officer.id);
}

static enum error run_change(struct request *r, int count, char **words)
{
    struct options options;

    TRY(take_options(r, count, words, &options));
    if (options.display != NULL || (options.list == NULL && options.brigade == NULL))
        return failed(r, E_REFUSED, "change NAME takes --roles, --brigade or both");
    return db_transaction(r, change, &options);
}

/* Somebody lost the phone or forgot the password: both are new, and the officer is told in person.
 */
static enum error reset(struct request *r, void *product)
{
    struct new_officer *new = product;
    struct officer officer;

    TRY(lock_named(r, new->row.name, &officer));
    if (!officer.is_active)
        return failed(r, E_REFUSED, "%s is disabled for good", officer.name);
    new->row.id = officer.id;
    new->row.totp_secret = seal(r, &officer_totp_secret, officer.id, new->secret);
    audit(r, "officer_reset", officer.id, "name=%s", officer.name);
    TRY(reset_officer(r, &new->row));
    return delete_sessions_of(r, officer.id);
}

static enum error run_reset(struct request *r, int count, char **words)
{
    struct new_officer new = {.row = {.name = count == 1 ? words[0] : ""}};

    if (!is_officer_name(new.row.name))
        return failed(r, E_REFUSED, "which NAME?");
    TRY(make_secrets(r, &new));
    TRY(db_transaction(r, reset, &new));
    print_secrets(&new);
    return E_OK;
}

/* ---- list ---- */

static enum error print_officer(struct request *r, const struct officer *officer)
{
    struct tries tries = {officer->failures, officer->locked_until};
    const char *display, *state = "active";

    TRY(unseal(r, &officer_display_name, officer->id, officer->display_name, &display));
    if (!officer->is_active)
        state = "disabled";
    else if (is_locked(&tries, r->now))
        state = "locked";
    else if (officer->must_change)
        state = "new";
    printf("%-20s %-9s %-7s %-24s %s\n", officer->name, state, shown(officer->brigade),
           roles_text(r->arena, officer->roles), display);
    return E_OK;
}

/* Names are opened for a person's eyes: that is written down first. */
static enum error note_listing(struct request *r, void *product)
{
    (void)product;
    audit(r, "officers_listed", "officer", "display names opened");
    return E_OK;
}

static enum error run_list(struct request *r, int count, char **words)
{
    const char *after = "";
    struct records rows = {.count = 1};

    if (count > 0)
        return failed(r, E_REFUSED, "%s: not understood", words[0]);
    TRY(db_transaction(r, note_listing, NULL));
    while (rows.count > 0) {
        TRY(list_officers(r, after, &rows));
        for (size_t i = 0; i < rows.count; i++) {
            const struct officer *officer = (const struct officer *)rows.items + i;

            TRY(print_officer(r, officer));
            after = officer->name;
        }
    }
    return E_OK;
}

/* ---- unlock, disable ---- */

static enum error unlock(struct request *r, void *product)
{
    struct officer officer;

    TRY(lock_named(r, product, &officer));
    if (officer.failures == 0)
        return E_OK;
    audit(r, "officer_unlocked", officer.id, "failures=%lld", (long long)officer.failures);
    return unlock_officer(r, officer.id);
}

static enum error disable(struct request *r, void *product)
{
    struct officer officer;

    TRY(lock_named(r, product, &officer));
    if (!officer.is_active)
        return E_OK;
    audit(r, "officer_disabled", officer.id, "name=%s", officer.name);
    TRY(disable_officer(r, officer.id));
    return delete_sessions_of(r, officer.id);
}

static enum error run_on_one(struct request *r, transaction_body *body, int count, char **words)
{
    if (count != 1 || !is_officer_name(words[0]))
        return failed(r, E_REFUSED, "which NAME?");
    return db_transaction(r, body, words[0]);
}

enum error officer_command(struct request *r, int count, char **words)
{
    const char *verb = count > 0 ? words[0] : "";

    if (strcmp(verb, "add") == 0)
        return run_add(r, count - 1, words + 1);
    if (strcmp(verb, "change") == 0)
        return run_change(r, count - 1, words + 1);
    if (strcmp(verb, "reset") == 0)
        return run_reset(r, count - 1, words + 1);
    if (strcmp(verb, "list") == 0)
        return run_list(r, count - 1, words + 1);
    if (strcmp(verb, "unlock") == 0)
        return run_on_one(r, unlock, count - 1, words + 1);
    if (strcmp(verb, "disable") == 0)
        return run_on_one(r, disable, count - 1, words + 1);
    return failed(r, E_REFUSED, "add, change, reset, list, unlock or disable? --help explains");
}
