#include "exchange/line.h"

#include <jansson.h>

#include "casework/utf8.h"
#include "core/clock.h"

enum { DIGITS_MAX = 6, VALUE_MAX = 64 };

static bool is_digit(uint32_t code)
{
    return (code >= '0' && code <= '9') || (code >= 0xFF10 && code <= 0xFF19);
}

/* A fault is kept, so it may not hold a person's number, in whatever field it stood. */
static bool may_be_kept(const char *text)
{
    size_t digits = 0;
    uint32_t code;

    if (strlen(text) > VALUE_MAX || utf8_count(text) == SIZE_MAX)
        return false;
    for (size_t size; (size = utf8_next(text, &code)) > 0; text += size)
        digits += is_digit(code);
    return digits <= DIGITS_MAX;
}

static json_t *value_json(struct arena *arena, const struct value *value)
{
    bool is_masked = value->kind == KIND_PHONE || value->kind == KIND_ID_NO;

    switch (value->kind) {
    case KIND_NUMBER:
    case KIND_FEN:
        return json_sprintf("%lld", (long long)value->number);
    case KIND_INSTANT:
        return json_string(instant_to_text(arena, (struct instant){value->number}));
    case KIND_DAY:
        return json_string(day_to_text(arena, (struct day){value->number}));
    case KIND_TEXT:
    case KIND_PHONE:
    case KIND_ID_NO:
        if (value->text != NULL && (is_masked || may_be_kept(value->text)))
            return json_string(value->text);
        return NULL;
    default:
        return NULL;
    }
}

static json_t *values_json(struct arena *arena, struct values about)
{
    json_t *list = json_array();

    for (size_t i = 0; i < about.count; i++) {
        json_t *one = value_json(arena, &about.items[i]);

        /* Masked by bytes, a text may have lost its end: that is no JSON, and nothing is said. */
        json_array_append_new(list, one != NULL ? one : json_string("***"));
    }
    return list;
}

const char *faults_take(struct request *r)
{
    json_t *list = json_array();
    struct reason what;
    struct values about;
    char *text;
    size_t size;

    for (size_t i = 0; reason_at(r, i, &what, &about); i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:o}", "code", what.code, "message",
                                        what.message, "values", values_json(r->arena, about)));
    reasons_forget(r);
    size = json_dumpb(list, NULL, 0, JSON_COMPACT);
    text = arena_alloc(r->arena, size + 1);
    json_dumpb(list, text, size, JSON_COMPACT);
    size = json_array_size(list);
    json_decref(list);
    return size > 0 ? text : NULL;
}

static void drop_json(void *json)
{
    json_decref(json);
}

static struct texts read_values(struct arena *arena, const json_t *list)
{
    size_t count = json_array_size(list);
    const char **items = arena_alloc(arena, (count + 1) * sizeof(*items));

    for (size_t i = 0; i < count; i++)
        items[i] = json_string_value(json_array_get(list, i));
    return (struct texts){items, count};
}

enum error faults_read(struct request *r, const char *json, struct records *reasons)
{
    json_t *list = json_loads(json, 0, NULL);
    size_t count = json_array_size(list);
    struct fault_reason *items = arena_alloc(r->arena, (count + 1) * sizeof(*items));

    if (list == NULL)
        return failed(r, E_INTERNAL, "the reasons of a fault are no JSON");
    arena_defer(r->arena, drop_json, list); /* the texts stay there */
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(list, i);

        items[i].code = json_string_value(json_object_get(one, "code"));
        items[i].message = json_string_value(json_object_get(one, "message"));
        items[i].values = read_values(r->arena, json_object_get(one, "values"));
    }
    *reasons = (struct records){items, count};
    return E_OK;
}
