#include "core/json_read.h"

#include <jansson.h>

enum { DEPTH_MAX = 16, NAME_MAX_SIZE = 64 };

/* jansson recurses as deep as the text says: bounded before it starts. */
static bool is_shallow(struct bytes text)
{
    int depth = 0;
    bool in_text = false;

    for (size_t i = 0; i < text.size && depth <= DEPTH_MAX; i++) {
        unsigned char c = text.data[i];

        if (in_text && c == '\\')
            i++;
        else if (c == '"')
            in_text = !in_text;
        else if (!in_text && (c == '{' || c == '['))
            depth++;
        else if (!in_text && (c == '}' || c == ']'))
            depth--;
    }
    return depth <= DEPTH_MAX;
}

static void drop(void *json)
{
    json_decref(json);
}

const struct json_t *read_json(struct arena *arena, struct bytes text)
{
    json_t *json = NULL;

    if (text.data != NULL && is_shallow(text))
        json = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    if (json != NULL)
        arena_defer(arena, drop, json);
    return json;
}

static const json_t *member_at(const json_t *object, const char *path)
{
    const char *dot = strchr(path, '.');
    size_t size = dot == NULL ? strlen(path) : (size_t)(dot - path);
    char name[NAME_MAX_SIZE];

    if (size >= sizeof(name))
        return NULL;
    memcpy(name, path, size);
    name[size] = '\0';
    object = json_object_get(object, name);
    return dot == NULL || object == NULL ? object : member_at(object, dot + 1);
}

const char *json_text_at(const struct json_t *object, const char *path)
{
    return json_string_value(member_at(object, path));
}

int64_t json_number_at(const struct json_t *object, const char *path)
{
    const json_t *number = member_at(object, path);

    return json_is_integer(number) ? json_integer_value(number) : NONE;
}

const struct json_t *json_item_at(const struct json_t *object, const char *path, size_t index)
{
    return json_array_get(member_at(object, path), index);
}

const char *json_written(struct arena *arena, struct json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    const char *copy;

    /* NULL only for a faulty json_pack or without memory. */
    if (text == NULL)
        abort();
    copy = arena_text(arena, text);
    free(text);
    json_decref(json);
    return copy;
}
