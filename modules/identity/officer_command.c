/* What an operator does with officers at the command line: scripts/officer. */

#include "casework/utf8.h"
#include "core/process.h"
#include "identity/officer_roles.h"
#include "identity/officer_work.h"

/* The only time that anybody sees them. */
static void print_secrets(const struct officer_work *work)
{
    printf("name=%s\npassword=%s\ntotp_secret=%s\n", work->name, work->password,
           work->secret_base32);
    printf("otpauth://totp/Tongban:%s?secret=%s&issuer=Tongban&algorithm=SHA1&digits=6&period=30\n",
           work->name, work->secret_base32);
}

static const char **value_of(const char *option, struct officer_work *work)
{
    if (strcmp(option, "--display") == 0)
        return &work->display;
    if (strcmp(option, "--roles") == 0)
        return &work->list;
    return strcmp(option, "--brigade") == 0 ? &work->brigade : NULL;
}

/* NAME and, in any order, options. */
static enum error take_options(struct request *r, int count, char **words,
                               struct officer_work *work)
{
    for (int i = 0; i < count; i++) {
        const char **value = value_of(words[i], work);

        if (value != NULL && i + 1 < count)
            *value = words[++i];
        else if (strcmp(words[i], "--keep-password") == 0)
            work->keeps_password = true;
        else if (work->name == NULL && words[i][0] != '-')
            work->name = words[i];
        else
            return failed(r, E_REFUSED, "%s: not understood", words[i]);
    }
    return work->name == NULL ? failed(r, E_REFUSED, "which NAME?") : E_OK;
}

static enum error run_add(struct request *r, int count, char **words)
{
    struct officer_work work = {.name = NULL};

    TRY(take_options(r, count, words, &work));
    if (!is_officer_name(work.name))
        return failed(r, E_REFUSED, "NAME is 3 to 32 of a-z, 0-9 and -, a letter first");
    if (work.display == NULL || !is_display_name(work.display))
        return failed(r, E_REFUSED, "--display is 1 to %d characters of UTF-8", DISPLAY_MAX);
    if (work.keeps_password && !r->process->config.development)
        return failed(r, E_REFUSED, "--keep-password is for development only (DEVELOPMENT=1)");
    TRY(add_officer(r, &work));
    print_secrets(&work);
    return E_OK;
}

static enum error run_change(struct request *r, int count, char **words)
{
    struct officer_work work = {.name = NULL};

    TRY(take_options(r, count, words, &work));
    if (work.display != NULL || work.keeps_password || (work.list == NULL && work.brigade == NULL))
        return failed(r, E_REFUSED, "change NAME takes --roles, --brigade or both");
    return change_rights(r, &work);
}

static enum error run_on_one(struct request *r, int count, char **words,
                             enum error (*act)(struct request *, struct officer_work *))
{
    struct officer_work work = {.name = count == 1 ? words[0] : ""};

    if (!is_officer_name(work.name))
        return failed(r, E_REFUSED, "which NAME?");
    TRY(act(r, &work));
    if (work.password != NULL)
        print_secrets(&work);
    return E_OK;
}

static enum error print_officer(struct request *r, const struct officer *officer)
{
    const char *display;

    TRY(unseal(r, &officer_display_name, officer->id, officer->display_name, &display));
    printf("%-20s %-9s %-7s %-24s %s\n", officer->name, officer_state(officer, r->now),
           officer->brigade == NULL ? "-" : officer->brigade, roles_text(r->arena, officer->roles),
           display);
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
        TRY(list_officers(r, after, LIST_MAX, &rows));
        for (size_t i = 0; i < rows.count; i++) {
            const struct officer *officer = (const struct officer *)rows.items + i;

            TRY(print_officer(r, officer));
            after = officer->name;
        }
    }
    return E_OK;
}

enum error officer_command(struct request *r, int count, char **words)
{
    const char *verb = count > 0 ? words[0] : "";

    if (strcmp(verb, "add") == 0)
        return run_add(r, count - 1, words + 1);
    if (strcmp(verb, "change") == 0)
        return run_change(r, count - 1, words + 1);
    if (strcmp(verb, "reset") == 0)
        return run_on_one(r, count - 1, words + 1, reset_secrets);
    if (strcmp(verb, "list") == 0)
        return run_list(r, count - 1, words + 1);
    if (strcmp(verb, "unlock") == 0)
        return run_on_one(r, count - 1, words + 1, end_lock);
    if (strcmp(verb, "disable") == 0)
        return run_on_one(r, count - 1, words + 1, end_officer);
    return failed(r, E_REFUSED, "add, change, reset, list, unlock or disable? --help explains");
}
