/* route -> body -> access -> input -> handler -> answer */

#include "core/audit.h"
#include "core/clock.h"
#include "core/codec.h"
#include "core/db.h"
#include "core/dispatch.h"
#include "core/idempotency.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/reply.h"
#include "core/transport.h"
#include "core/work.h"

enum { SEGMENTS_MAX = 8, JSON_MAX = 64 * 1024, RAW_MAX = 256 * 1024 };

const char *method_name(enum method method)
{
    static const char *const names[] = {[GET] = "GET", [POST] = "POST", [DELETE] = "DELETE"};

    return names[method];
}

/* What stood in place of each {name} of the route's path. */
struct captures {
    struct {
        const char *name, *value;
        size_t name_size, value_size;
    } items[SEGMENTS_MAX];
    size_t count;
};

static bool path_matches(const char *pattern, const char *path, struct captures *captures)
{
    captures->count = 0;
    while (*pattern != '\0' && *path != '\0') {
        size_t name_size, value_size;

        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        name_size = strcspn(pattern + 1, "}");
        value_size = strcspn(path, "/");
        if (value_size == 0 || captures->count == SEGMENTS_MAX)
            return false;
        captures->items[captures->count].name = pattern + 1;
        captures->items[captures->count].name_size = name_size;
        captures->items[captures->count].value = path;
        captures->items[captures->count++].value_size = value_size;
        pattern += name_size + 2;
        path += value_size;
    }
    return *pattern == '\0' && *path == '\0';
}

const struct route *route_at(const struct service *owner, size_t index)
{
    const struct route *const tables[] = {core_routes, owner->routes, owner->fixed_routes};

    for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
        for (size_t i = 0; tables[t] != NULL && tables[t][i].path != NULL; i++)
            if (index-- == 0)
                return &tables[t][i];
    return NULL;
}

static bool is_in(const struct route *table, const struct route *route)
{
    for (size_t i = 0; table != NULL && table[i].path != NULL; i++)
        if (&table[i] == route)
            return true;
    return false;
}

const char *route_prefix(struct arena *arena, const struct service *owner,
                         const struct route *route)
{
    if (is_in(core_routes, route))
        return arena_printf(arena, "/internal/%s", owner->name);
    if (is_in(owner->routes, route))
        return arena_printf(arena, "/api/%s", owner->name);
    return "";
}

/* The part of the path that this table's routes are about; NULL when it is another's. */
static const char *below(const char *path, const char *root, const char *name)
{
    size_t root_size = strlen(root), name_size = strlen(name);

    if (strncmp(path, root, root_size) != 0 || strncmp(path + root_size, name, name_size) != 0)
        return NULL;
    path += root_size + name_size;
    return *path == '/' ? path : NULL;
}

struct search {
    const char *method;
    const char *path;
    const struct route *found;
    struct captures captures;
    size_t index;
    unsigned allowed; /* methods of routes whose path fits */
};

static void search_table(struct search *search, const struct route *table, const char *path,
                         size_t *index)
{
    struct captures captures;

    for (size_t i = 0; table != NULL && table[i].path != NULL; i++, (*index)++) {
        if (search->found != NULL || path == NULL || !path_matches(table[i].path, path, &captures))
            continue;
        search->allowed |= 1U << table[i].method;
        if (strcmp(search->method, method_name(table[i].method)) == 0) {
            search->found = &table[i];
            search->captures = captures;
            search->index = *index;
        }
    }
}

static void search_routes(struct search *search, const struct service *owner)
{
    size_t index = 0;

    search_table(search, core_routes, below(search->path, "/internal/", owner->name), &index);
    search_table(search, owner->routes, below(search->path, "/api/", owner->name), &index);
    search_table(search, owner->fixed_routes, search->path, &index);
    if (search->found == NULL)
        search->index = ROUTES_MAX - 1;
}

static enum error refuse_method(struct request *r, unsigned allowed)
{
    const char *list = "";

    if (allowed == 0)
        return refuse(r, NOT_FOUND, NO_VALUES);
    for (size_t i = GET; i <= DELETE; i++)
        if (allowed & (1U << i))
            list = arena_printf(r->arena, "%s%s%s", list, *list ? ", " : "",
                                method_name((enum method)i));
    reply_header(r, "Allow", list);
    return refuse(r, METHOD_NOT_ALLOWED, VALUES(list));
}

static enum error take_path(struct request *r, const struct captures *captures, void *input)
{
    for (size_t i = 0; r->route->params[i].field.name != NULL; i++) {
        const struct param *param = &r->route->params[i];
        const char *name = param->name != NULL ? param->name : param->field.name;
        const char *text = NULL;

        for (size_t c = 0; c < captures->count; c++)
            if (captures->items[c].name_size == strlen(name) &&
                strncmp(captures->items[c].name, name, strlen(name)) == 0)
                text = arena_text_of(r->arena, captures->items[c].value,
                                     captures->items[c].value_size);
        if (param->source == PATH)
            input_text(r, param, text, input);
    }
    return refused(r);
}

static bool has_body_param(const struct param *params)
{
    for (; params->field.name != NULL; params++)
        if (params->source == BODY)
            return true;
    return false;
}

/* A malformed number in a path names nothing that exists. A POST that says all in its path needs no
   body. */
static enum error take_input(struct request *r, const struct captures *captures, const char *query)
{
    static const struct param none[] = {PARAM_END};
    const struct param *params = r->route->params != NULL ? r->route->params : none;
    void *input = arena_alloc(r->arena, r->route->input_size + 1);
    struct bytes form = {(const unsigned char *)query, query == NULL ? 0 : strlen(query)};
    bool takes_json = r->route->body == JSON_BODY && r->route->method == POST;
    enum strictness strictness =
        r->route->door == GATEWAYS || r->route->door == INTERNAL ? LENIENT : STRICT;

    r->input = input;
    if (r->route->params != NULL && take_path(r, captures, input) != E_OK) {
        r->work->reason_count = 0;
        return refuse(r, NOT_FOUND, NO_VALUES);
    }
    if (input_from_pairs(r, form, params, QUERY, strictness, input) != E_OK)
        return E_REFUSED;
    if (!takes_json || (r->body.size == 0 && !has_body_param(params)))
        return E_OK;
    return input_from_json(r, r->body, params, strictness, input);
}

static bool is_key(const char *text)
{
    size_t size = strlen(text);

    return size >= 8 && size <= 64 &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == size;
}

static enum error take_key(struct request *r)
{
    const char *key = request_header(r, "Idempotency-Key");

    if (key == NULL && r->route->needs_key)
        return refuse(r, KEY_REQUIRED, NO_VALUES);
    if (key != NULL && !is_key(key))
        return refuse(r, FIELD_INVALID, VALUES("Idempotency-Key"));
    r->key = key;
    return E_OK;
}

static enum error run_route(struct request *r, const struct search *search, const char *query)
{
    if (search->found == NULL)
        return refuse_method(r, search->allowed);
    r->route = search->found;
    r->query = query;
    if (r->route->body != STREAM_BODY)
        TRY(take_body(r, r->route->body == RAW_BODY ? RAW_MAX : JSON_MAX));
    TRY(know_caller(r, search->method, search->path));
    TRY(take_key(r));
    TRY(take_input(r, &search->captures, query));
    return r->route->handler(r);
}

static const struct reason *reason_of(enum error error)
{
    switch (error) {
    case E_NOT_FOUND:
        return &NOT_FOUND;
    case E_AGAIN:
    case E_UNAVAILABLE:
        return &UNAVAILABLE;
    case E_UPSTREAM:
        return &UPSTREAM_FAILED;
    default:
        return &INTERNAL_FAULT;
    }
}

static void answer_error(struct request *r, enum error error)
{
    struct request_work *work = r->work;
    const struct reason *headline = reason_of(error);

    if (error == E_REFUSED && work->reason_count > 0)
        headline = &work->reasons[0].what;
    else
        work->reason_count = 0;
    if (headline->status == 503 || strcmp(headline->code, STILL_RUNNING.code) == 0)
        reply_header(r, "Retry-After", "2");
    reply_reasons(r, *headline);
    if (headline->status >= 500)
        log_error(r, "request_failed", "%s: %s", error_name(error), work->failure);
    else
        log_debug(r, "request_refused", "%d %s", headline->status, headline->code);
}

static int64_t monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void dispatch(struct request *r, const char *method, const char *path, const char *query)
{
    struct search search = {.method = method, .path = path};
    int64_t started = monotonic_us();
    enum error error;

    r->path = path;
    search_routes(&search, r->service);
    error = run_route(r, &search, query);
    if (error == E_OK && r->answer == NULL)
        error = failed(r, E_INTERNAL, "the handler gave no answer");
    audit_finish(r);
    if (error != E_OK)
        answer_error(r, error);
    if (r->process->metrics != NULL)
        metrics_request(r->process->metrics, search.index, r->http_status,
                        monotonic_us() - started);
}
