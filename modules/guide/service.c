/* Guide: tells the public what this platform does for them. */

#include "core/input.h"
#include "core/process.h"
#include "guide/guide.h"

static const struct setting settings[] = {
    SETTING_FILE(struct guide_settings, measures_file, "MEASURES_FILE", NULL,
                 "the list of measures, modules/guide/measures.json"),
    SETTING(struct guide_settings, modules_dir, "MODULES_DIR", NULL,
            "the folder with the modules, whose services are listed"),
    SETTING_END,
};

/* The file is the answer: it stands in the form of a page. */
static enum error list_measures(struct request *r)
{
    const struct guide *guide = r->state;

    return reply_text(r, 200, "application/json", guide->measures);
}

static enum error list_services(struct request *r)
{
    const struct guide *guide = r->state;

    return reply_text(r, 200, "application/json", guide->services);
}

static const struct route routes[] = {
    {GET, "/measures", ANYONE, list_measures,
     .summary = "the 55 measures: id, module, Chinese title, English name"},
    {GET, "/services", ANYONE, list_services,
     .summary = "the services of all domains: code, name, summary, who may apply, and its guide"},
    ROUTE_END,
};

const char *guide_read(struct arena *arena, const char *path)
{
    enum { FILE_MAX = 65536 };
    FILE *file = fopen(path, "re");
    char text[FILE_MAX + 1];
    size_t size;

    if (file == NULL)
        return NULL;
    size = fread(text, 1, sizeof(text), file);
    fclose(file);
    return size > FILE_MAX || memchr(text, '\0', size) != NULL ? NULL
                                                               : arena_text_of(arena, text, size);
}

static bool is_json_object(struct process *process, const char *text)
{
    static const struct param anything[] = {PARAM_END};
    const struct bytes json = {(const unsigned char *)text, strlen(text)};
    struct request *r = request_open(process);
    bool nothing;
    bool is_good = input_from_json(r, json, anything, LENIENT, &nothing) == E_OK;

    request_close(r);
    return is_good;
}

static enum error open_guide(struct process *process, const void *read, void **state)
{
    const struct guide_settings *own = read;
    struct arena *arena = arena_open(1024 * 1024);
    struct guide *guide = arena_alloc(arena, sizeof(*guide));
    const char *fault = NULL;

    *guide = (struct guide){arena, guide_read(arena, own->measures_file),
                            guide_services(arena, own->modules_dir, &fault)};
    if (guide->measures == NULL || !is_json_object(process, guide->measures)) {
        arena_close(arena);
        return process_failed(process, "MEASURES_FILE %s: no JSON object of at most 64 KiB",
                              own->measures_file);
    }
    if (guide->services == NULL) {
        enum error failed = process_failed(process, "MODULES_DIR: %s", fault);

        arena_close(arena);
        return failed;
    }
    *state = guide;
    return E_OK;
}

static void close_guide(void *state)
{
    struct guide *guide = state;

    arena_close(guide->arena);
}

const struct service service = {
    .name = "guide",
    .title = "办事指引",
    .routes = routes,
    .settings = settings,
    .settings_size = sizeof(struct guide_settings),
    .open = open_guide,
    .close = close_guide,
    .no_database = true,
};
