/* The services of all domains in one list. */

#include <glob.h>
#include <jansson.h>
#include <string.h>

#include "core/crypto.h"
#include "core/json_read.h"
#include "guide/guide.h"

/* What stands between FOLDER and /services. */
static const char *module_of(struct arena *arena, const char *path, const char *folder)
{
    const char *name = path + strlen(folder) + 1;

    return arena_text_of(arena, name, strcspn(name, "/"));
}

static json_t *service_of(struct arena *arena, const char *path, const char *folder)
{
    const char *text = guide_read(arena, path), *module = module_of(arena, path, folder);
    const json_t *body = text == NULL ? NULL : read_json(arena, bytes_of(text));
    const char *code = json_text_at(body, "code");

    if (code == NULL || json_text_at(body, "name") == NULL || json_text_at(body, "summary") == NULL)
        return NULL;
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:O, s:s}", "module", module, "code", code,
                     "name", json_text_at(body, "name"), "name_en", json_text_at(body, "name_en"),
                     "measure", json_text_at(body, "measure"), "summary",
                     json_text_at(body, "summary"), "applicants",
                     json_object_get(body, "applicants"), "guide",
                     arena_printf(arena, "/api/%s/services/%s", module, code));
}

static bool add_all(struct arena *arena, const glob_t *found, const char *folder, json_t *items,
                    const char **fault)
{
    for (size_t i = 0; i < found->gl_pathc; i++) {
        if (json_array_append_new(items, service_of(arena, found->gl_pathv[i], folder)) == 0)
            continue;
        *fault = arena_printf(arena, "%s is no definition of a service", found->gl_pathv[i]);
        return false;
    }
    return true;
}

const char *guide_services(struct arena *arena, const char *folder, const char **fault)
{
    json_t *items = json_array();
    const char *list = NULL;
    glob_t found;

    if (glob(arena_printf(arena, "%s/*/services/*.json", folder), 0, NULL, &found) != 0) {
        *fault = arena_printf(arena, "%s has no module with services", folder);
        json_decref(items);
        return NULL;
    }
    if (add_all(arena, &found, folder, items, fault))
        list = json_written(arena, json_pack("{s:O, s:n}", "items", items, "next"));
    json_decref(items);
    globfree(&found);
    return list;
}
