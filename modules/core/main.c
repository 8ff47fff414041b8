#include "core/clock.h"
#include "core/command.h"
#include "core/config.h"
#include "core/front.h"
#include "core/image.h"
#include "core/listener.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/openapi.h"
#include "core/settings_file.h"
#include "core/vault.h"

#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { EXIT_USAGE = 2, OPENAPI_MAX = 16 * 1024 * 1024, LARGE = 1024 * 1024 };

static bool read_settings(struct config *config)
{
    void *settings = calloc(1, service.settings_size + 1);
    bool good;

    if (settings == NULL)
        abort();
    good = settings_file_load() && config_read(core_settings, config) == E_OK;
    if (service.settings != NULL)
        good = config_read(service.settings, settings) == E_OK && good;
    free(settings); /* each worker reads its own */
    return good;
}

static bool check_others(struct process *process)
{
    struct request *r;
    bool good;

    if (service.check == NULL)
        return true;
    r = request_open(process);
    good = service.check(r) == E_OK || process_failed(process, "%s", failure_text(r)) == E_OK;
    request_close(r);
    return good;
}

static int check(void)
{
    struct config config = {0};
    struct process process = {.wake_fd = -1};
    struct metrics *metrics;
    bool good;

    if (!read_settings(&config))
        return EXIT_FAILURE;
    good = listener_check(&config);
    metrics = metrics_open();
    if (process_open(&process, &service, metrics) == E_OK) {
        good = check_others(&process) && good;
        process_close(&process);
    } else
        good = false;
    metrics_close(metrics);
    if (good)
        printf("%s: settings, keys and database are in order\n", service.name);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int openapi(void)
{
    struct arena *arena = arena_open(OPENAPI_MAX);

    fputs(openapi_text(arena, &service), stdout);
    arena_close(arena);
    return EXIT_SUCCESS;
}

/* Keys and personal data must not reach a core dump or a debugger of the same user. */
static void harden(const struct config *config)
{
    const struct rlimit none = {0, 0};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        abort();
    if (config->development)
        return;
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        abort();
}

static int check_seals(void)
{
    struct config config = {0};

    if (!read_settings(&config))
        return EXIT_USAGE;
    harden(&config);
    if (*config.data_keys_file != '\0')
        return open_seals(config.data_keys_file);
    fprintf(stderr, "%s: it seals nothing: DATA_KEYS_FILE is not set\n", service.name);
    return EXIT_USAGE;
}

static int help(void)
{
    printf("Usage: %s [--check | --check-seals | --openapi | --help]\n\n"
           "Without an option: serves FastCGI requests on a unix socket until SIGTERM, which lets\n"
           "requests end; SIGHUP checks the binary and its settings and executes it anew.\n"
           "  --check        says what is wrong with settings, keys, files and database\n"
           "  --check-seals  reads lines TABLE COLUMN ROW HEX and prints those that do not open\n"
           "  --openapi      prints the description of the HTTP interface\n\n",
           service.name);
    command_help(&service);
    printf("Settings, from the environment or from the file that SETTINGS_FILE names:\n");
    config_help(core_settings);
    if (service.settings != NULL)
        config_help(service.settings);
    return EXIT_SUCCESS;
}

static int serve(void)
{
    struct config config = {0};

    if (!read_settings(&config))
        return EXIT_USAGE;
    harden(&config);
    return master_run(&service, &config);
}

static int run_command(const struct command *command, int count, char **words)
{
    struct config config = {0};

    if (!read_settings(&config))
        return EXIT_USAGE;
    harden(&config);
    return command_run(&service, command, count, words);
}

int main(int argc, char **argv)
{
    const struct command *command = argc > 1 ? command_find(&service, argv[1]) : NULL;
    static const struct {
        const char *name;
        int (*run)(void);
    } options[] = {{"--check", check},
                   {"--check-seals", check_seals},
                   {"--openapi", openapi},
                   {"--help", help}};

    signal(SIGPIPE, SIG_IGN);         /* a client that went away shows as an error of write() */
    mallopt(M_MMAP_THRESHOLD, LARGE); /* files come from the kernel, blank, and go back to it */
    image_open(argv);
    log_open(service.name, LOG_INFO);
    if (argc == 1)
        return serve();
    for (size_t i = 0; argc == 2 && i < sizeof(options) / sizeof(*options); i++)
        if (strcmp(argv[1], options[i].name) == 0)
            return options[i].run();
    if (command != NULL)
        return run_command(command, argc - 2, argv + 2);
    fprintf(stderr, "%s: unknown option %s; --help lists them\n", service.name, argv[1]);
    return EXIT_USAGE;
}
