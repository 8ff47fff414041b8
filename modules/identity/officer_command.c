/* What an operator does with officers at the command line: scripts/officer. */

#include "identity/officer.h"

#include "casework/utf8.h"
#include "core/audit.h"
#include "core/ulid.h"
#include "identity/password.h"
#include "identity/totp.h"

enum { PASSWORD_LETTERS = 20, DISPLAY_MAX = 40 };

static const struct {
    const char *name;
    enum role role;
} roles[] = {{"finance", FINANCE}, {"auditor", AUDITOR}};

enum { ROLES = sizeof(roles) / sizeof(*roles) };

/* "finance,auditor"; 0 when one of them is none. */
static int64_t roles_of(const char *list)
{
    int64_t found = OFFICER;

    while (*list != '\0') {
        size_t size = strcspn(list, ","), i = 0;

        while (i < ROLES && (strlen(roles[i].name) != size || strncmp(roles[i].name, list, size)))
            i++;
        if (i == ROLES)
            return 0;
        found |= roles[i].role;
        list += size + (list[size] == ',');
    }
    return found == OFFICER ? 0 : found;
}

static const char *roles_text(struct request *r, int64_t mask)
{
    const char *text = "";

    for (size_t i = 0; i < ROLES; i++)
        if (mask & roles[i].role)
            text = arena_printf(r->arena, "%s%s%s", text, *text == '\0' ? "" : ",", roles[i].name);
    return text;
}

/* ---- add ---- */

/* Made before the transaction, so that running it again writes the same officer. */
struct new_officer {
    struct officer row;
    const char *password;
    const char *secret; /* hex */
    const char *secret_base32;
};

static enum error add(struct request *r, void *product)
{
    const struct new_officer *new = product;
    struct officer found;
    enum error error = lock_officer_by_name(r, new->row.name, &found);

    if (error == E_OK && strcmp(found.id, new->row.id) != 0)
        return failed(r, E_EXISTS, "there is an officer %s already", new->row.name);
    if (error != E_NOT_FOUND)
        return error;
    audit(r, "officer_added", new->row.id, "name=%s roles=%s", new->row.name,
          roles_text(r, new->row.roles));
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

static enum error add_officer(struct request *r, const char *name, const char *display,
                              const char *list)
{
    struct new_officer new = {.row = {.id = ulid_new(r),
                                      .name = name,
                                      .roles = list == NULL ? 0 : roles_of(list),
                                      .created_at = r->now}};

    if (!is_officer_name(name))
        return failed(r, E_REFUSED, "NAME is 3 to 32 of a-z, 0-9 and -, a letter first");
    if (display == NULL || utf8_count(display) == 0 || utf8_count(display) > DISPLAY_MAX)
        return failed(r, E_REFUSED, "--display is 1 to %d characters of UTF-8", DISPLAY_MAX);
    if (new.row.roles == 0)
        return failed(r, E_REFUSED, "--roles is a list of finance and auditor");
    TRY(make_secrets(r, &new));
    new.row.display_name = seal(r, &officer_display_name, new.row.id, display);
    new.row.totp_secret = seal(r, &officer_totp_secret, new.row.id, new.secret);
    TRY(db_transaction(r, add, &new));
    print_secrets(&new);
    return E_OK;
}

/* NAME and, in any order, --display and --roles. */
static enum error run_add(struct request *r, int count, char **words)
{
    const char *name = NULL, *display = NULL, *list = NULL;

    for (int i = 0; i < count; i++) {
        bool has_value = i + 1 < count;

        if (strcmp(words[i], "--display") == 0 && has_value)
            display = words[++i];
        else if (strcmp(words[i], "--roles") == 0 && has_value)
            list = words[++i];
        else if (name == NULL && words[i][0] != '-')
            name = words[i];
        else
            return failed(r, E_REFUSED, "%s: not understood", words[i]);
    }
    if (name == NULL)
        return failed(r, E_REFUSED, "which NAME?");
    return add_officer(r, name, display, list);
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
    printf("%-20s %-9s %-16s %s\n", officer->name, state, roles_text(r, officer->roles), display);
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

static enum error lock_named(struct request *r, const char *name, struct officer *officer)
{
    enum error found = lock_officer_by_name(r, name, officer);

    return found == E_NOT_FOUND ? failed(r, E_NOT_FOUND, "there is no officer %s", name) : found;
}

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
    if (strcmp(verb, "list") == 0)
        return run_list(r, count - 1, words + 1);
    if (strcmp(verb, "unlock") == 0)
        return run_on_one(r, unlock, count - 1, words + 1);
    if (strcmp(verb, "disable") == 0)
        return run_on_one(r, disable, count - 1, words + 1);
    return failed(r, E_REFUSED, "add, list, unlock or disable? --help explains");
}
