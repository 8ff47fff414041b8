#include "core/command.h"

#include <pwd.h>
#include <unistd.h>

#include "core/audit.h"
#include "core/metrics.h"
#include "core/process.h"

const struct command *command_find(const struct service *owner, const char *name)
{
    const struct command *command = owner->commands;

    for (; command != NULL && command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

void command_help(const struct service *owner)
{
    if (owner->commands == NULL)
        return;
    printf(
        "Commands, with the settings below; what they change is audited under your user name:\n");
    for (const struct command *command = owner->commands; command->name != NULL; command++)
        printf("  %s %s\n", command->name, command->usage);
    putchar('\n');
}

/* Marked, so that nobody takes a user of the system for a module of the same name. */
static const char *operator_name(struct request *r)
{
    const struct passwd *user = getpwuid(getuid());

    return user == NULL ? arena_printf(r->arena, "os:%lld", (long long)getuid())
                        : arena_printf(r->arena, "os:%.60s", user->pw_name);
}

static void explain(struct request *r, enum error error)
{
    const char *why = failure_text(r);
    struct values about;
    struct reason what;

    for (size_t i = 0; reason_at(r, i, &what, &about); i++) {
        fprintf(stderr, "%s: %s:", r->service->name, what.message);
        for (size_t j = 0; j < about.count; j++)
            if (about.items[j].kind == KIND_TEXT)
                fprintf(stderr, " %s", about.items[j].text);
        fputc('\n', stderr);
    }
    if (!reason_at(r, 0, &what, &about))
        fprintf(stderr, "%s: %s\n", r->service->name, *why == '\0' ? error_name(error) : why);
}

static enum error run(struct process *process, const struct command *command, int count,
                      char **words)
{
    struct request *r = request_open(process);
    enum error error;

    r->actor_id = operator_name(r);
    r->roles = SYSTEM;
    error = command->run(r, count, words);
    audit_finish(r);
    if (error == E_OK && fflush(stdout) != 0)
        error = failed(r, E_INTERNAL, "the output could not be written");
    if (error != E_OK)
        explain(r, error);
    request_close(r);
    return error;
}

static int exit_status(enum error error)
{
    enum { EXIT_USAGE = 2 };

    if (error == E_OK)
        return EXIT_SUCCESS;
    return error == E_REFUSED ? EXIT_USAGE : EXIT_FAILURE;
}

int command_run(const struct service *owner, const struct command *command, int count, char **words)
{
    struct metrics *metrics = metrics_open();
    struct process process;
    enum error error = process_open(&process, owner, metrics);

    if (error == E_OK) {
        error = run(&process, command, count, words);
        process_close(&process);
    }
    metrics_close(metrics);
    return exit_status(error);
}
