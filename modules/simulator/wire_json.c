#include <assert.h>

#include "simulator/wire_crypto.h"
#include "simulator/wire_text.h"

static const char *dump(struct arena *arena, const json_t *json, size_t flags)
{
    size_t size = json_dumpb(json, NULL, 0, flags);
    char *text = arena_alloc(arena, size + 1);

    assert(size > 0);
    json_dumpb(json, text, size, flags);
    return text;
}

const char *json_text(struct arena *arena, json_t *json)
{
    const char *text = dump(arena, json, JSON_COMPACT | JSON_ENCODE_ANY);

    json_decref(json);
    return text;
}

static void release(void *json)
{
    json_decref(json);
}

json_t *json_read(struct arena *arena, const char *text, size_t size)
{
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);

    if (json != NULL)
        arena_defer(arena, release, json);
    return json;
}

const char *json_string_at(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

const char *json_digest(struct arena *arena, const json_t *json)
{
    return wire_sha256_hex(arena, dump(arena, json, JSON_COMPACT | JSON_SORT_KEYS));
}

static const struct member *find_member(const struct member *members, const char *path)
{
    for (; members->path != NULL; members++)
        if (strcmp(members->path, path) == 0 || strcmp(members->path, "*") == 0)
            return members;
    return NULL;
}

static const char *broken_text(const struct member *member, const json_t *value)
{
    int64_t size = (int64_t)json_string_length(value);

    if (!json_is_string(value))
        return "type is not string";
    if (size < member->min || size > member->max)
        return "length out of range";
    if (member->check != NULL && !member->check(json_string_value(value)))
        return "format is invalid";
    return NULL;
}

static const char *broken_value(const struct member *member, const json_t *value)
{
    switch (member->type) {
    case A_TEXT:
        return broken_text(member, value);
    case AN_INTEGER:
        if (!json_is_integer(value))
            return "type is not integer";
        if (json_integer_value(value) < member->min || json_integer_value(value) > member->max)
            return "value out of range";
        return NULL;
    case A_BOOLEAN:
        return json_is_boolean(value) ? NULL : "type is not boolean";
    case AN_OBJECT:
        return json_is_object(value) ? NULL : "type is not object";
    case ANYTHING:
        return NULL;
    }
    return NULL;
}

/* Whether the path is a required member of this object and is not there. */
static bool is_missing(const struct member *member, const char *prefix, const json_t *object)
{
    size_t size = strlen(prefix);
    const char *name;

    if (!member->required || strncmp(member->path, prefix, size) != 0)
        return false;
    name = member->path + size;
    return strchr(name, '.') == NULL && json_object_get(object, name) == NULL;
}

static const char *pointer_of(struct arena *arena, const char *path)
{
    char *pointer = arena_printf(arena, "/%s", path);

    for (char *at = pointer; *at != '\0'; at++)
        if (*at == '.')
            *at = '/';
    return pointer;
}

static const char *check_object(struct arena *arena, const char *prefix, const json_t *object,
                                const struct member *members, const char **issue)
{
    const char *name;
    json_t *value;

    for (const struct member *one = members; one->path != NULL; one++)
        if (is_missing(one, prefix, object)) {
            *issue = "value is missing";
            return pointer_of(arena, one->path);
        }
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        const char *path = arena_printf(arena, "%s%s", prefix, name), *inner;
        const struct member *member = find_member(members, path);

        *issue = member == NULL ? "unexpected member" : broken_value(member, value);
        if (*issue != NULL)
            return pointer_of(arena, path);
        if (member->type != AN_OBJECT)
            continue;
        inner = check_object(arena, arena_printf(arena, "%s.", path), value, members, issue);
        if (inner != NULL)
            return inner;
    }
    return NULL;
}

const char *json_violation(struct arena *arena, const json_t *body, const struct member *members,
                           const char **issue)
{
    if (!json_is_object(body)) {
        *issue = "body is not a JSON object";
        return "/";
    }
    return check_object(arena, "", body, members, issue);
}
