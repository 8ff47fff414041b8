#include "core/codec.h"
#include "core/dispatch.h"
#include "core/openapi.h"

static void put_schema(struct text *text, const struct field *fields);

static void put_field(struct text *text, const struct field *field)
{
    text_json(text, field->name);
    text_put(text, field->nullable ? ":{\"anyOf\":[{" : ":{");
    text_put(text, kind_schema(field->kind));
    if (field->kind == KIND_RECORDS) {
        text_put(text, ",\"items\":");
        put_schema(text, field->of);
    }
    text_put(text, field->nullable ? "},{\"type\":\"null\"}]}" : "}");
}

static void put_schema(struct text *text, const struct field *fields)
{
    text_put(text, "{\"type\":\"object\",\"properties\":{");
    for (size_t i = 0; fields[i].name != NULL; i++) {
        if (i > 0)
            text_put(text, ",");
        put_field(text, &fields[i]);
    }
    text_put(text, "}}");
}

static const char *name_of(const struct param *param)
{
    return param->name != NULL ? param->name : param->field.name;
}

static void put_bound(struct text *text, const char *name, int64_t bound)
{
    text_put(text, ",");
    text_json(text, name);
    text_put(text, ":");
    text_number(text, bound);
}

static void put_bounds(struct text *text, const struct param *param)
{
    bool is_list = param->field.kind == KIND_TEXTS || param->field.kind == KIND_NUMBERS;
    bool is_number = param->field.kind == KIND_NUMBER || param->field.kind == KIND_FEN;

    if (param->min == 0 && param->max == 0)
        return;
    put_bound(text, is_list ? "minItems" : is_number ? "minimum" : "minLength", param->min);
    if (param->max > 0)
        put_bound(text, is_list ? "maxItems" : is_number ? "maximum" : "maxLength", param->max);
}

static void put_param_schema(struct text *text, const struct param *param)
{
    text_put(text, "{");
    text_put(text, kind_schema(param->field.kind));
    put_bounds(text, param);
    text_put(text, "}");
}

static void put_parameters(struct text *text, const struct route *route)
{
    bool is_first = true;

    text_put(text, ",\"parameters\":[");
    for (size_t i = 0; route->params != NULL && route->params[i].field.name != NULL; i++) {
        const struct param *param = &route->params[i];

        if (param->source == BODY)
            continue;
        text_put(text, is_first ? "{\"name\":" : ",{\"name\":");
        text_json(text, name_of(param));
        text_put(text, param->source == PATH ? ",\"in\":\"path\"" : ",\"in\":\"query\"");
        text_put(text, param->optional ? ",\"schema\":" : ",\"required\":true,\"schema\":");
        put_param_schema(text, param);
        text_put(text, "}");
        is_first = false;
    }
    if (route->needs_key)
        text_put(text, is_first ? "{\"$ref\":\"#/components/parameters/IdempotencyKey\"}"
                                : ",{\"$ref\":\"#/components/parameters/IdempotencyKey\"}");
    text_put(text, "]");
}

static bool has_body(const struct route *route)
{
    for (size_t i = 0; route->params != NULL && route->params[i].field.name != NULL; i++)
        if (route->params[i].source == BODY)
            return true;
    return false;
}

static void put_body(struct text *text, const struct route *route)
{
    bool is_first = true;

    if (!has_body(route))
        return;
    text_put(text, ",\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{"
                   "\"schema\":{\"type\":\"object\",\"additionalProperties\":false,"
                   "\"properties\":{");
    for (size_t i = 0; route->params[i].field.name != NULL; i++) {
        if (route->params[i].source != BODY)
            continue;
        text_put(text, is_first ? "" : ",");
        text_json(text, name_of(&route->params[i]));
        text_put(text, ":");
        put_param_schema(text, &route->params[i]);
        is_first = false;
    }
    text_put(text, "},\"required\":[");
    is_first = true;
    for (size_t i = 0; route->params[i].field.name != NULL; i++) {
        if (route->params[i].source != BODY || route->params[i].optional)
            continue;
        text_put(text, is_first ? "" : ",");
        text_json(text, name_of(&route->params[i]));
        is_first = false;
    }
    text_put(text, "]}}}}");
}

static void put_answer(struct text *text, const struct route *route)
{
    if (route->is_page)
        text_put(text, "{\"type\":\"object\",\"properties\":{\"next\":{\"type\":[\"string\","
                       "\"null\"]},\"items\":{\"type\":\"array\",\"items\":");
    put_schema(text, route->answer);
    if (route->is_page)
        text_put(text, "}}}");
}

static void put_answers(struct text *text, const struct route *route)
{
    text_put(text, ",\"responses\":{\"2XX\":{\"description\":\"done\"");
    if (route->answer != NULL) {
        text_put(text, ",\"content\":{\"application/json\":{\"schema\":");
        put_answer(text, route);
        text_put(text, "}}");
    }
    text_put(text, "},\"default\":{\"$ref\":\"#/components/responses/Error\"}}");
}

static void put_description(struct text *text, const struct route *route)
{
    struct text line = {.arena = text->arena};

    text_put(&line, route->measure == NULL ? "" : "measure ");
    text_put(&line, route->measure == NULL ? "" : route->measure);
    text_put(text, "\"description\":");
    text_json(text, text_end(&line));
}

static void put_operation(struct text *text, const struct service *owner, const struct route *route)
{
    static const char *const methods[] = {[GET] = "get", [POST] = "post", [DELETE] = "delete"};

    (void)owner;
    text_json(text, methods[route->method]);
    text_put(text, ":{\"summary\":");
    text_json(text, route->summary == NULL ? route->path : route->summary);
    text_put(text, ",");
    put_description(text, route);
    put_parameters(text, route);
    put_body(text, route);
    put_answers(text, route);
    text_put(text,
             route->access == ANYONE ? ",\"security\":[]}" : ",\"security\":[{\"session\":[]}]}");
}

/* Routes of one path stand together, as OpenAPI wants it; the first of them writes all. */
static bool is_first_of_path(const struct service *owner, size_t index)
{
    const struct route *route = route_at(owner, index);

    for (size_t i = 0; i < index; i++)
        if (strcmp(route_at(owner, i)->path, route->path) == 0)
            return false;
    return true;
}

static void put_path(struct text *text, const struct service *owner, size_t index)
{
    const struct route *route = route_at(owner, index), *other;
    bool is_first = true;

    text_json(text, arena_printf(text->arena, "%s%s", route_prefix(text->arena, owner, route),
                                 route->path));
    text_put(text, ":{");
    for (size_t i = index; (other = route_at(owner, i)) != NULL; i++) {
        if (strcmp(other->path, route->path) != 0)
            continue;
        text_put(text, is_first ? "" : ",");
        put_operation(text, owner, other);
        is_first = false;
    }
    text_put(text, "}");
}

static void put_reasons(struct text *text, const struct service *owner)
{
    text_put(text, ",\"x-reasons\":{");
    for (size_t i = 0; owner->reasons != NULL && owner->reasons[i] != NULL; i++) {
        text_put(text, i > 0 ? "," : "");
        text_json(text, owner->reasons[i]->code);
        text_put(text, ":");
        text_json(text, owner->reasons[i]->message);
    }
    text_put(text, "}");
}

#define COMPONENTS                                                                                 \
    ",\"components\":{\"securitySchemes\":{\"session\":{\"type\":\"http\",\"scheme\":\"bearer\"}}" \
    ","                                                                                            \
    "\"parameters\":{\"IdempotencyKey\":{\"name\":\"Idempotency-Key\",\"in\":\"header\","          \
    "\"required\":true,\"schema\":{\"type\":\"string\",\"minLength\":8,\"maxLength\":64}}},"       \
    "\"responses\":{\"Error\":{\"description\":\"all reasons\",\"content\":{"                      \
    "\"application/json\":{\"schema\":{\"type\":\"object\",\"properties\":{\"error\":{"            \
    "\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\"},"                          \
    "\"message\":{\"type\":\"string\"},\"reasons\":{\"type\":\"array\"},"                          \
    "\"request_id\":{\"type\":\"string\"}}}}}}}}}}"

const char *openapi_text(struct arena *arena, const struct service *owner)
{
    struct text text = {.arena = arena};

    text_put(&text, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":");
    text_json(&text, owner->title == NULL ? owner->name : owner->title);
    text_put(&text, ",\"version\":\"1\"},\"paths\":{");
    for (size_t i = 0; route_at(owner, i) != NULL; i++) {
        if (!is_first_of_path(owner, i))
            continue;
        text_put(&text, i > 0 ? "," : "");
        put_path(&text, owner, i);
    }
    text_put(&text, "}");
    put_reasons(&text, owner);
    text_put(&text, COMPONENTS "}\n");
    return text_end(&text);
}
