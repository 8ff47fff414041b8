#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/metrics.h"
#include "support/asker.h"
#include "support/database.h"

#include <cmocka.h>

static const char *asker_param(const struct transport *transport, const char *name)
{
    struct asker *asker = transport->context;

    for (size_t i = 0; i < ASKER_HEADERS; i++)
        if (asker->headers[i].name != NULL && strcmp(asker->headers[i].name, name) == 0)
            return asker->headers[i].value;
    if (strcmp(name, "DOOR") == 0)
        return asker->door;
    if (strcmp(name, "HTTP_AUTHORIZATION") == 0 && asker->token[0] != '\0')
        return arena_printf(asker->r->arena, "Bearer %s", asker->token);
    if (strcmp(name, "HTTP_IDEMPOTENCY_KEY") == 0)
        return asker->key;
    if (strcmp(name, "CONTENT_LENGTH") == 0)
        return asker->length;
    if (strcmp(name, "REQUEST_ID") == 0)
        return "00000000000000000000000000000000";
    return strcmp(name, "REMOTE_ADDR") == 0 ? "127.0.0.1" : NULL;
}

static long asker_read(const struct transport *transport, void *buffer, size_t size)
{
    struct asker *asker = transport->context;
    size_t left = asker->body.size - asker->body_at;

    if (size > left)
        size = left;
    if (size > 0)
        memcpy(buffer, asker->body.data + asker->body_at, size);
    asker->body_at += size;
    return (long)size;
}

void asker_open(struct asker *asker)
{
    *asker = (struct asker){.door = "citizens"};
    asker->transport =
        (struct transport){.param = asker_param, .read = asker_read, .context = asker};
    assert_int_equal(process_open(&asker->process, &service, metrics_open()), E_OK);
    asker->r = request_open(&asker->process);
}

void asker_close(struct asker *asker)
{
    struct metrics *metrics = asker->process.metrics;

    json_decref(asker->answer);
    request_close(asker->r);
    process_close(&asker->process);
    metrics_close(metrics);
}

void asker_sign_in(struct asker *asker, const char *actor_id, const char *person_id, unsigned roles)
{
    static const char far_off[] = "2099-01-01 00:00:00";
    struct arena *arena = asker->r->arena;

    snprintf(asker->token, sizeof(asker->token), "%s", random_text(arena, 43));
    database_run(
        "INSERT INTO core_session (token_hash, actor_id, person_id, roles, channel,"
        "  brigade, created_at, expires_at, absolute_expires_at) VALUES (X'%s', '%s',"
        "  NULLIF('%s', ''), %u, 'wechat', NULLIF('%s', ''), UTC_TIMESTAMP(3), '%s', '%s')",
        sha256_hex(arena, bytes_of(asker->token)), actor_id, person_id == NULL ? "" : person_id,
        roles, asker->brigade == NULL ? "" : asker->brigade, far_off, far_off);
}

void asker_sign_out(struct asker *asker)
{
    asker->token[0] = '\0';
}

void asker_header(struct asker *asker, const char *name, const char *value)
{
    size_t free_one = ASKER_HEADERS;

    for (size_t i = 0; i < ASKER_HEADERS; i++) {
        const char *taken = asker->headers[i].name;

        if (taken != NULL && strcmp(taken, name) == 0) {
            free_one = i;
            break;
        }
        if (taken == NULL && free_one == ASKER_HEADERS)
            free_one = i;
    }
    assert_true(free_one < ASKER_HEADERS);
    asker->headers[free_one].name = value == NULL ? NULL : name;
    asker->headers[free_one].value = value;
}

int ask_bytes(struct asker *asker, const char *method, const char *target, struct bytes body)
{
    const char *query = strchr(target, '?');
    size_t path_size = query == NULL ? strlen(target) : (size_t)(query - target);

    json_decref(asker->answer);
    asker->answer = NULL;
    asker->body = body;
    asker->body_at = 0;
    snprintf(asker->length, sizeof(asker->length), "%zu", body.size);
    request_reset(asker->r);
    asker->r->transport = &asker->transport;
    dispatch(asker->r, method, arena_text_of(asker->r->arena, target, path_size),
             query == NULL ? "" : query + 1);
    return asker->r->http_status;
}

int ask(struct asker *asker, const char *method, const char *target, const char *body)
{
    return ask_bytes(asker, method, target, bytes_of(body == NULL ? "" : body));
}

/* The member or item at the end of "a.0.b", or NULL. */
static json_t *find(struct asker *asker, const char *way)
{
    struct request *r = asker->r;
    json_t *at;

    if (asker->answer == NULL)
        asker->answer = json_loadb(r->answer, r->answer_size, JSON_REJECT_DUPLICATES, NULL);
    at = asker->answer;
    assert_non_null(at);
    while (at != NULL && *way != '\0') {
        size_t size = strcspn(way, ".");
        const char *step = arena_text_of(r->arena, way, size);

        at = json_is_array(at) ? json_array_get(at, strtoul(step, NULL, 10))
                               : json_object_get(at, step);
        way += size + (way[size] == '.');
    }
    return at;
}

const char *answer_text(struct asker *asker, const char *way)
{
    return json_string_value(find(asker, way));
}

int64_t answer_number(struct asker *asker, const char *way)
{
    json_t *at = find(asker, way);

    if (json_is_boolean(at))
        return json_boolean_value(at);
    return json_is_integer(at) ? (int64_t)json_integer_value(at) : NONE;
}

int64_t answer_count(struct asker *asker, const char *way)
{
    json_t *at = find(asker, way);

    return json_is_array(at) ? (int64_t)json_array_size(at) : NONE;
}

bool answer_has_reason(struct asker *asker, const char *code)
{
    json_t *reasons = find(asker, "error.reasons");
    json_t *one;
    size_t i;

    json_array_foreach(reasons, i, one)
    {
        const char *found = json_string_value(json_object_get(one, "code"));

        if (found != NULL && strcmp(found, code) == 0)
            return true;
    }
    return false;
}
