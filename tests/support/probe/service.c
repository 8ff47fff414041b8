/* A module without a database that shows what the process model does; for tests alone. */

#include "core/log.h"
#include "core/process.h"
#include "core/service.h"

#include <inttypes.h>
#include <unistd.h>

enum { WAIT_MAX_MS = 120000, SIZE_MAX_BYTES = 1024 * 1024, CHUNK = 16384, TICKETS_MAX = 4 };

struct probe_settings {
    const char *version; /* "bad" does not pass its own check */
    const char *tickets; /* a folder: each start takes a file of it, and fails when none is left */
};

static const struct setting settings[] = {
    SETTING(struct probe_settings, version, "PROBE_VERSION", "1", "shown by GET /process"),
    SETTING(struct probe_settings, tickets, "PROBE_TICKETS", "", "folder that limits starts"),
    SETTING_END,
};

struct process_view {
    int64_t pid;
    const char *version;
};

static const struct field process_view_fields[] = {FIELD(struct process_view, pid),
                                                   FIELD(struct process_view, version), FIELD_END};

struct wait_input {
    int64_t ms;
};

static const struct param wait_params[] = {
    PARAM(struct wait_input, ms, .source = QUERY, .min = 0, .max = WAIT_MAX_MS), PARAM_END};

struct big_input {
    int64_t size;
};

static const struct param big_params[] = {
    PARAM(struct big_input, size, .source = QUERY, .min = 1, .max = SIZE_MAX_BYTES), PARAM_END};

static enum error show_process(struct request *r)
{
    const struct probe_settings *own = r->settings;
    const struct process_view view = {.pid = getpid(), .version = own->version};

    return reply_record(r, 200, process_view_fields, &view);
}

static enum error wait_some_time(struct request *r)
{
    const struct wait_input *input = r->input;
    const struct timespec time = {input->ms / 1000, input->ms % 1000 * 1000000};

    nanosleep(&time, NULL);
    return show_process(r);
}

static enum error crash(struct request *r)
{
    log_info(r, "crashing", "as asked");
    abort();
}

static enum error send_big(struct request *r)
{
    const struct big_input *input = r->input;
    char *text = arena_alloc(r->arena, (size_t)input->size + 1);

    memset(text, 'x', (size_t)input->size);
    return reply_text(r, 200, "text/plain", text);
}

static enum error echo(struct request *r)
{
    return reply_text(r, 200, "application/octet-stream",
                      arena_text_of(r->arena, r->body.data, r->body.size));
}

static enum error count_body(struct request *r)
{
    char chunk[CHUNK];
    int64_t size = 0;
    long count;

    while ((count = read_body(r, chunk, sizeof(chunk))) > 0)
        size += count;
    if (count < 0)
        return E_UNAVAILABLE;
    return reply_text(r, 200, "text/plain", arena_printf(r->arena, "%" PRId64, size));
}

static enum error leave_body(struct request *r)
{
    return reply_text(r, 200, "text/plain", "not read");
}

static const struct route routes[] = {
    {GET, "/process", ANYONE, show_process, .answer = process_view_fields},
    {POST, "/echo", ANYONE, echo, .body = RAW_BODY},
    {POST, "/count", ANYONE, count_body, .body = STREAM_BODY},
    {POST, "/leave", ANYONE, leave_body, .body = STREAM_BODY},
    {GET, "/wait", ANYONE, wait_some_time, INPUT(struct wait_input, wait_params),
     .answer = process_view_fields},
    {GET, "/big", ANYONE, send_big, INPUT(struct big_input, big_params)},
    {POST, "/crash", ANYONE, crash, .summary = "ends the worker"},
    ROUTE_END,
};

static bool take_ticket(const char *folder)
{
    char path[256];

    for (int i = 1; i <= TICKETS_MAX; i++) {
        snprintf(path, sizeof(path), "%s/%d", folder, i);
        if (unlink(path) == 0)
            return true;
    }
    return false;
}

static enum error open_probe(struct process *process, const void *read, void **state)
{
    const struct probe_settings *own = read;

    *state = NULL;
    if (strcmp(own->version, "bad") == 0)
        return process_failed(process, "PROBE_VERSION is bad");
    if (*own->tickets != '\0' && !take_ticket(own->tickets))
        return process_failed(process, "PROBE_TICKETS: none is left");
    return E_OK;
}

const struct service service = {
    .name = "probe",
    .title = "进程模型探针",
    .routes = routes,
    .settings = settings,
    .settings_size = sizeof(struct probe_settings),
    .open = open_probe,
    .no_database = true,
};
