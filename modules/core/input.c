#include <jansson.h>

#include "core/codec.h"
#include "core/dispatch.h"
#include "core/json_read.h"
#include "core/work.h"

enum { PARAMS_MAX = 64 };

static const char *name_of(const struct param *param)
{
    return param->name != NULL ? param->name : param->field.name;
}

/* What stood there, short and safe to show. */
static const char *shown(struct request *r, const char *text)
{
    return arena_text_of(r->arena, text, strnlen(text, 64));
}

/* A form, a path or a query may hold any byte; JSON was checked when it was parsed. */
static bool is_readable(const char *text)
{
    if (!is_utf8(text))
        return false;
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            return false;
    return true;
}

static void check_text(struct request *r, const struct param *param, const char *text)
{
    int64_t size = (int64_t)strlen(text);
    bool is_secret = param->field.kind == KIND_PHONE || param->field.kind == KIND_ID_NO;
    struct value found = is_secret ? value_id_no((struct id_no){text}) : value_text(shown(r, text));
    const struct value about[] = {value_text(name_of(param)), found};

    if (size < param->min || (param->max > 0 && size > param->max))
        reason(r, FIELD_RANGE, VALUES(name_of(param), size, param->min, param->max));
    else if (!is_readable(text) || (param->check != NULL && !param->check(text)))
        reason(r, FIELD_INVALID, (struct values){about, 2});
}

static void check_number(struct request *r, const struct param *param, int64_t number)
{
    bool is_bounded = param->min != 0 || param->max != 0;

    if (is_bounded && (number < param->min || number > param->max))
        reason(r, FIELD_RANGE, VALUES(name_of(param), number, param->min, param->max));
}

static void check_count(struct request *r, const struct param *param, size_t count)
{
    int64_t n = (int64_t)count;

    if (n < param->min || (param->max > 0 && n > param->max))
        reason(r, FIELD_RANGE, VALUES(name_of(param), n, param->min, param->max));
}

static void check_texts(struct request *r, const struct param *param, const struct texts *texts)
{
    check_count(r, param, texts->count);
    if (param->max > 0 && texts->count > (size_t)param->max)
        return;
    for (size_t i = 0; i < texts->count; i++) {
        if (!is_readable(texts->items[i]) || (param->check && !param->check(texts->items[i])))
            reason(r, FIELD_INVALID, VALUES(name_of(param), shown(r, texts->items[i])));
        for (size_t j = 0; j < i; j++)
            if (strcmp(texts->items[i], texts->items[j]) == 0)
                reason(r, FIELD_REPEATED, VALUES(name_of(param), shown(r, texts->items[i])));
    }
}

static void check_member(struct request *r, const struct param *param, void *input)
{
    void *at = (char *)input + param->field.offset;
    const struct numbers *numbers = at;

    switch (param->field.kind) {
    case KIND_TEXT:
    case KIND_PHONE:
    case KIND_ID_NO:
        check_text(r, param, *(const char **)at);
        break;
    case KIND_NUMBER:
    case KIND_FEN:
        check_number(r, param, *(int64_t *)at);
        break;
    case KIND_TEXTS:
        check_texts(r, param, at);
        break;
    case KIND_NUMBERS:
        check_count(r, param, numbers->count);
        break;
    case KIND_BYTES:
        check_count(r, param, ((const struct bytes *)at)->size);
        break;
    default:
        break;
    }
}

/* A member that is not there, or could not be read. */
static void take_absent(struct request *r, const struct param *param, void *input)
{
    clear_member(&param->field, input);
    if (!param->optional)
        reason(r, FIELD_MISSING, VALUES(name_of(param)));
}

void input_text(struct request *r, const struct param *param, const char *text, void *input)
{
    if (text == NULL) {
        take_absent(r, param, input);
    } else if (!read_member_text(r->arena, &param->field, text, input)) {
        clear_member(&param->field, input);
        reason(r, FIELD_TYPE, VALUES(name_of(param), shown(r, text)));
    } else {
        check_member(r, param, input);
    }
}

static void take_json(struct request *r, const struct param *param, const json_t *json, void *input)
{
    if (json == NULL || json_is_null(json)) {
        take_absent(r, param, input);
    } else if (!read_member(r->arena, &param->field, json, input)) {
        clear_member(&param->field, input);
        reason(r, FIELD_TYPE, VALUES(name_of(param)));
    } else {
        check_member(r, param, input);
    }
}

/* "amount.total" digs into objects. */
static const json_t *dig(const json_t *object, const char *path)
{
    const char *dot = strchr(path, '.');
    char part[64];
    size_t size = dot == NULL ? strlen(path) : (size_t)(dot - path);

    if (size >= sizeof(part))
        return NULL;
    memcpy(part, path, size);
    part[size] = '\0';
    object = json_object_get(object, part);
    return dot == NULL || object == NULL ? object : dig(object, dot + 1);
}

static bool is_body_param(const struct param *param, const char *key)
{
    const char *name = name_of(param);
    size_t size = strlen(key);

    return param->source == BODY && strncmp(name, key, size) == 0 &&
           (name[size] == '\0' || name[size] == '.');
}

static void find_unknown(struct request *r, const json_t *object, const struct param *params)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        bool is_known = false;

        for (size_t i = 0; params[i].field.name != NULL; i++)
            is_known = is_known || is_body_param(&params[i], key);
        if (!is_known)
            reason(r, FIELD_UNKNOWN, VALUES(shown(r, key)));
    }
}

static enum error take_object(struct request *r, const json_t *object, const struct param *params,
                              enum strictness strictness, void *input)
{
    if (!json_is_object(object))
        return refuse(r, BODY_NOT_JSON, NO_VALUES);
    for (size_t i = 0; params[i].field.name != NULL; i++)
        if (params[i].source == BODY)
            take_json(r, &params[i], dig(object, name_of(&params[i])), input);
    if (strictness == STRICT)
        find_unknown(r, object, params);
    return refused(r);
}

enum error input_from_json(struct request *r, struct bytes json, const struct param *params,
                           enum strictness strictness, void *input)
{
    return take_object(r, read_json(r->arena, json), params, strictness, input);
}

enum error inputs_from_json(struct request *r, struct bytes json, const char *member, size_t max,
                            const struct param *params, size_t size, enum strictness strictness,
                            struct records *inputs)
{
    const json_t *root = read_json(r->arena, json);
    const json_t *list = json_object_get(root, member);
    size_t count = json_array_size(list);
    char *items;

    *inputs = (struct records){NULL, 0};
    if (!json_is_array(list) || (strictness == STRICT && json_object_size(root) != 1))
        return refuse(r, BODY_NOT_JSON, VALUES(member));
    if (count > max)
        return refuse(r, FIELD_RANGE, VALUES(member, (int64_t)count, (int64_t)0, (int64_t)max));
    items = arena_alloc(r->arena, count * size + 1);
    inputs->items = items;
    for (; inputs->count < count; inputs->count++)
        TRY(take_object(r, json_array_get(list, inputs->count), params, strictness,
                        items + inputs->count * size));
    return E_OK;
}

static int hex_value(char c)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)((at - digits) % 16);
}

const char *form_decode(struct arena *arena, const char *text, size_t size)
{
    char *plain = arena_alloc(arena, size + 1);
    size_t n = 0;

    for (size_t i = 0; i < size; i++) {
        int high, low;

        if (text[i] != '%') {
            plain[n++] = text[i] == '+' ? ' ' : text[i];
            if (text[i] == '\0')
                return NULL;
            continue;
        }
        high = i + 2 < size ? hex_value(text[i + 1]) : -1;
        low = i + 2 < size ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0 || high + low == 0)
            return NULL;
        plain[n++] = (char)(high * 16 + low);
        i += 2;
    }
    plain[n] = '\0';
    return plain;
}

struct pair {
    const char *name;
    const char *value;
};

/* Splits at '&', then at the first '='; false when malformed, repeated or too many. */
static bool split_form(struct arena *arena, struct bytes form, struct pair *pairs, size_t *count)
{
    const char *at = form.size > 0 ? (const char *)form.data : "", *end = at + form.size;

    for (*count = 0; at < end; (*count)++) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        const char *equals;
        struct pair *pair = &pairs[*count];

        stop = stop == NULL ? end : stop;
        equals = memchr(at, '=', (size_t)(stop - at));
        if (*count == PARAMS_MAX || equals == NULL)
            return false;
        pair->name = form_decode(arena, at, (size_t)(equals - at));
        pair->value = form_decode(arena, equals + 1, (size_t)(stop - equals - 1));
        if (pair->name == NULL || pair->value == NULL)
            return false;
        for (size_t i = 0; i < *count; i++)
            if (strcmp(pairs[i].name, pair->name) == 0)
                return false;
        at = stop + 1;
    }
    return true;
}

static const char *find_pair(const struct pair *pairs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].name, name) == 0)
            return pairs[i].value;
    return NULL;
}

static bool has_param(const struct param *params, enum source source, const char *name)
{
    for (size_t i = 0; params[i].field.name != NULL; i++)
        if (params[i].source == source && strcmp(name_of(&params[i]), name) == 0)
            return true;
    return false;
}

enum error input_from_pairs(struct request *r, struct bytes form, const struct param *params,
                            enum source source, enum strictness strictness, void *input)
{
    struct pair pairs[PARAMS_MAX];
    size_t count = 0;

    if (!split_form(r->arena, form, pairs, &count))
        return refuse(r, FIELD_INVALID, NO_VALUES);
    for (size_t i = 0; params[i].field.name != NULL; i++)
        if (params[i].source == source)
            input_text(r, &params[i], find_pair(pairs, count, name_of(&params[i])), input);
    for (size_t i = 0; strictness == STRICT && i < count; i++)
        if (!has_param(params, source, pairs[i].name))
            reason(r, FIELD_UNKNOWN, VALUES(shown(r, pairs[i].name)));
    return refused(r);
}

enum error input_from_form(struct request *r, struct bytes form, const struct param *params,
                           enum strictness strictness, void *input)
{
    return input_from_pairs(r, form, params, BODY, strictness, input);
}
