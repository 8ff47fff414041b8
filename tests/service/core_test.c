/*
 * The platform library on a small service of its own, which borrows the tables and the rights of
 * payment: what dispatch refuses, what a transaction survives, who gets a job, what the audit sees.
 */
#include "service/core_stage.h"

#include <pthread.h>

#include "core/audit.h"
#include "core/idempotency.h"
#include "core/job.h"
#include "core/json_read.h"
#include "core/openapi.h"
#include "core/ulid.h"

#define THING_REASONS(X) X(THING_TAKEN, 409, "thing_taken", "已被占用")
THING_REASONS(REASON_DEFINE)

struct thing_input {
    const char *name;
    int64_t size;
    struct texts tags;
};

static const struct param thing_params[] = {
    PARAM(struct thing_input, name, .min = 1, .max = 40),
    PARAM(struct thing_input, size, .min = 1, .max = 9, .optional = true),
    PARAM(struct thing_input, tags, .max = 3, .optional = true),
    PARAM_END,
};

struct thing {
    const char *name;
    int64_t attempts; /* how often the body ran for it, in this process */
};

static const struct field thing_fields[] = {
    FIELD(struct thing, name),
    FIELD(struct thing, attempts),
    FIELD_END,
};

enum { INSERT_THING, FIND_THING, LOCK_THING, STATEMENTS_END };

static const struct statement thing_sql[] = {
    [INSERT_THING] = {.sql = "INSERT INTO payment_case (id, kind, dedupe, detail, created_at)"
                             "  VALUES (?, 'thing', ?, '', ?)"},
    [FIND_THING] = {.sql = "SELECT dedupe AS name, 1 AS attempts FROM payment_case"
                           "  WHERE kind = 'thing' AND dedupe = ?",
                    ROWS(struct thing, thing_fields)},
    [LOCK_THING] = {.sql = "SELECT dedupe AS name, 1 AS attempts FROM payment_case"
                           "  WHERE kind = 'thing' AND dedupe = ? FOR UPDATE",
                    ROWS(struct thing, thing_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static _Atomic int64_t runs; /* of the body below */

static enum error keep_thing(struct request *r, void *product)
{
    const struct thing_input *in = r->input;
    struct thing *thing = product;
    enum error found = db_one(r, &thing_sql[FIND_THING], thing, VALUES(in->name));

    runs++;
    if (found == E_NOT_FOUND) {
        TRY(db_run(r, &thing_sql[INSERT_THING], VALUES(ulid_new(r), in->name, r->now)));
        audit(r, "thing_kept", in->name, "size=%lld", (long long)in->size);
        TRY(job_add(r, "grow", in->name, NULL, r->now));
        found = db_one(r, &thing_sql[FIND_THING], thing, VALUES(in->name));
    } else if (found == E_OK && idempotency_is_new(r)) {
        return refuse(r, THING_TAKEN, VALUES(in->name));
    }
    return found;
}

static enum error create_thing(struct request *r)
{
    struct thing thing;

    TRY(db_transaction(r, keep_thing, &thing));
    return reply_record(r, 201, thing_fields, &thing);
}

struct thing_path {
    const char *name;
};

static const struct param path_params[] = {
    PARAM(struct thing_path, name, .source = PATH, .min = 1, .max = 40),
    PARAM_END,
};

static enum error touch(struct request *r, void *product)
{
    const struct thing_path *in = r->input;

    return db_one(r, &thing_sql[LOCK_THING], product, VALUES(in->name));
}

static enum error touch_thing(struct request *r)
{
    struct thing thing;

    TRY(db_transaction(r, touch, &thing));
    return reply_record(r, 200, thing_fields, &thing);
}

/* A body that swallows what the database said must not commit. */
static enum error swallow(struct request *r, void *product)
{
    struct thing thing;

    (void)product;
    if (db_run(r, &thing_sql[INSERT_THING], VALUES(ulid_new(r), "swallowed", r->now)) != E_OK)
        runs++;
    if (db_one(r, &thing_sql[FIND_THING], &thing, VALUES("nothing")) != E_OK)
        runs++;
    return E_OK;
}

static enum error swallow_errors(struct request *r)
{
    TRY(db_transaction(r, swallow, NULL));
    return reply_text(r, 200, "text/plain", "done");
}

static enum error list_no_things(struct request *r)
{
    return reply_page(r, thing_fields, sizeof(struct thing), (struct records){NULL, 0}, NULL);
}

static enum error show_person(struct request *r)
{
    return reply_text(r, 200, "text/plain", r->person_id);
}

static const struct route routes[] = {
    {GET, "/person", VERIFIED, show_person, .summary = "the person behind the caller"},
    {GET, "/pages", ANYONE, list_no_things, .answer = thing_fields, .is_page = true},
    {POST, "/things/{name}/judge", OFFICER, touch_thing, .answer = thing_fields,
     INPUT(struct thing_path, path_params)},
    {POST, "/things", CITIZEN, create_thing, .answer = thing_fields, .needs_key = true,
     INPUT(struct thing_input, thing_params), .measure = "V1", .summary = "keeps a thing"},
    {POST, "/things/{name}/touch", ANYONE, touch_thing, .answer = thing_fields,
     INPUT(struct thing_path, path_params)},
    {POST, "/swallow", ANYONE, swallow_errors, .summary = "swallows errors"},
    ROUTE_END,
};

static const struct statement *const statements[] = {thing_sql, NULL};
static const struct reason *const reasons[] = {THING_REASONS(REASON_LIST) NULL};

const struct service service = {
    .name = "payment", .title = "试验", .routes = routes, .sql = statements, .reasons = reasons};

static int begin(void **state)
{
    (void)state;
    database_run("DELETE FROM payment_job");
    database_run("DELETE FROM payment_case");
    asker.door = "citizens";
    asker.key = "key-of-a-test";
    asker_sign_in(&asker, ulid_new(asker.r), NULL, CITIZEN);
    runs = 0;
    db_rehearse(&asker.process, false);
    db_fail_after(&asker.process, 0);
    return 0;
}

static int keep(const char *name)
{
    char body[128];

    snprintf(body, sizeof(body), "{\"name\":\"%s\"}", name);
    return ask(&asker, "POST", "/api/payment/things", body);
}

static int64_t things(const char *name)
{
    return database_number("SELECT COUNT(*) FROM payment_case WHERE dedupe = '%s'", name);
}

static void what_is_not_there_is_404_and_what_is_not_done_that_way_405(void **state)
{
    (void)state;
    assert_int_equal(ask(&asker, "GET", "/api/payment/nothing", NULL), 404);
    assert_int_equal(ask(&asker, "GET", "/api/payments/things", NULL), 404);
    assert_int_equal(ask(&asker, "GET", "/api/payment/things", NULL), 405);
    assert_non_null(strstr(asker.r->headers, "Allow: POST\r\n"));
    assert_string_equal(answer_text(&asker, "error.code"), "method_not_allowed");
}

static void a_route_is_open_at_its_own_door_only(void **state)
{
    (void)state;
    asker.door = "gateways";
    assert_int_equal(keep("door"), 404);
    asker.door = NULL;
    assert_int_equal(keep("door"), 404);
    asker.door = "citizens";
    assert_int_equal(ask(&asker, "GET", "/internal/payment/metrics", NULL), 404);
    assert_int_equal(things("door"), 0);
}

static void every_bad_field_is_named_at_once(void **state)
{
    (void)state;
    assert_int_equal(ask(&asker, "POST", "/api/payment/things",
                         "{\"name\":\"\",\"size\":10,\"tags\":[\"a\",\"a\"],\"colour\":1}"),
                     400);
    assert_int_equal(answer_count(&asker, "error.reasons"), 4);
    assert_true(answer_has_reason(&asker, "field_range"));
    assert_true(answer_has_reason(&asker, "field_repeated"));
    assert_true(answer_has_reason(&asker, "field_unknown"));
}

static void odd_numbers_are_no_numbers(void **state)
{
    static const char *const odd[] = {"1e0", "1.0", "\"1\"", "true", "9223372036854775808", "[1]"};
    char body[64];

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        snprintf(body, sizeof(body), "{\"name\":\"n\",\"size\":%s}", odd[i]);
        assert_int_equal(ask(&asker, "POST", "/api/payment/things", body), 400);
    }
}

static void a_body_that_is_no_object_or_too_deep_or_too_large_is_refused(void **state)
{
    static char large[65 * 1024];
    char deep[64] = "{\"name\":";

    (void)state;
    assert_int_equal(ask(&asker, "POST", "/api/payment/things", "[]"), 400);
    assert_int_equal(ask(&asker, "POST", "/api/payment/things", "{\"name\":\"a\"} x"), 400);
    memset(deep + 8, '[', 40);
    assert_int_equal(ask(&asker, "POST", "/api/payment/things", deep), 400);
    assert_string_equal(answer_text(&asker, "error.code"), "body_not_json");
    memset(large, ' ', sizeof(large) - 1);
    assert_int_equal(ask(&asker, "POST", "/api/payment/things", large), 413);
}

static void what_is_said_to_people_is_escaped(void **state)
{
    (void)state;
    assert_int_equal(
        ask(&asker, "POST", "/api/payment/things", "{\"name\":\"a\",\"\\u0001\\\"<\\n\":1}"), 400);
    assert_non_null(strstr(asker.r->answer, "\\u0001\\\"<\\n"));
}

static void a_lost_connection_at_any_statement_leaves_one_effect_or_none(void **state)
{
    char name[32];

    (void)state;
    for (int64_t n = 1; n < 20; n++) {
        int status;

        snprintf(name, sizeof(name), "torn-apart-%lld", (long long)n);
        asker.key = name;
        db_fail_after(&asker.process, n);
        status = keep(name);
        db_fail_after(&asker.process, 0);
        assert_true(status == 201 || status == 503);
        assert_int_equal(things(name), status == 201);
        assert_int_equal(
            database_number("SELECT COUNT(*) FROM payment_job WHERE dedupe = '%s'", name),
            status == 201);
        asker.key = "key-of-a-test";
    }
}

static void a_commit_whose_answer_was_lost_is_found_again(void **state)
{
    (void)state;
    db_rehearse(&asker.process, true);
    assert_int_equal(keep("rehearsed"), 201);
    assert_int_equal(runs, 3);
    assert_int_equal(things("rehearsed"), 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_audit WHERE object ="
                                     " 'rehearsed'"),
                     1);
}

static void a_row_that_stays_locked_is_tried_again_until_it_is_free(void **state)
{
    (void)state;
    assert_int_equal(keep("locked"), 201);
    database_run("BEGIN");
    database_run("UPDATE payment_case SET detail = 'x' WHERE dedupe = 'locked'");
    asker.process.config.request_ms = 3000;
    assert_int_equal(ask(&asker, "POST", "/api/payment/things/locked/touch", ""), 503);
    database_run("COMMIT");
    asker.process.config.request_ms = 10000;
    assert_int_equal(ask(&asker, "POST", "/api/payment/things/locked/touch", ""), 200);
}

static void a_body_that_swallows_an_error_cannot_commit(void **state)
{
    (void)state;
    db_fail_after(&asker.process, 2); /* the second statement of the first run */
    assert_int_equal(ask(&asker, "POST", "/api/payment/swallow", ""), 200);
    assert_int_equal(things("swallowed"), 1); /* by the second run alone */
}

struct tapper {
    pthread_t thread;
    int status;
};

static const char *tap_token;

static const char *tap_param(const struct transport *transport, const char *name)
{
    (void)transport;
    if (strcmp(name, "DOOR") == 0)
        return "citizens";
    if (strcmp(name, "HTTP_IDEMPOTENCY_KEY") == 0)
        return "key-of-all-taps";
    if (strcmp(name, "CONTENT_LENGTH") == 0)
        return "17";
    return strcmp(name, "HTTP_AUTHORIZATION") == 0 ? tap_token : NULL;
}

static long tap_read(const struct transport *transport, void *buffer, size_t size)
{
    (void)transport;
    if (size < 17)
        return -1;
    memcpy(buffer, "{\"name\":\"tapped\"}", 17);
    return 17;
}

static void *tap(void *context)
{
    static const struct transport transport = {.param = tap_param, .read = tap_read};
    struct tapper *tapper = context;
    struct request *r = request_open(&asker.process);

    r->id = "tap";
    r->transport = &transport;
    dispatch(r, "POST", "/api/payment/things", NULL);
    tapper->status = r->http_status;
    request_close(r);
    return NULL;
}

static void forty_taps_at_once_have_one_effect_and_one_answer(void **state)
{
    struct tapper tappers[40];
    char token[96];

    (void)state;
    snprintf(token, sizeof(token), "Bearer %s", asker.token);
    tap_token = token;
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(pthread_create(&tappers[i].thread, NULL, tap, &tappers[i]), 0);
    for (size_t i = 0; i < 40; i++)
        pthread_join(tappers[i].thread, NULL);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(tappers[i].status, 201);
    assert_int_equal(things("tapped"), 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_audit WHERE object = 'tapped'"),
                     1);
}

static int64_t bad_record(void)
{
    asker.door = "internal";
    assert_int_equal(ask(&asker, "GET", "/internal/payment/audit", NULL), 200);
    asker.door = "citizens";
    return answer_number(&asker, "bad_seq");
}

static void the_audit_names_the_first_record_that_was_touched(void **state)
{
    int64_t seq;

    (void)state;
    assert_int_equal(keep("audited"), 201);
    asker.key = "key-audited-2";
    assert_int_equal(keep("audited too"), 201);
    assert_int_equal(bad_record(), 0);
    seq = database_number("SELECT MAX(seq) FROM payment_audit");
    database_run("UPDATE payment_audit SET detail = 'size=1' WHERE seq = %lld", (long long)seq);
    assert_int_equal(bad_record(), seq);
    database_run("UPDATE payment_audit SET detail = 'size=%lld' WHERE seq = %lld",
                 (long long)INT64_MIN, (long long)seq);
    assert_int_equal(bad_record(), 0);
    database_run("CREATE TABLE kept AS SELECT * FROM payment_audit WHERE seq = %lld",
                 (long long)seq);
    database_run("DELETE FROM payment_audit WHERE seq = %lld", (long long)seq);
    assert_int_equal(bad_record(), seq); /* the tail was cut off */
    database_run("DROP TRIGGER payment_audit_follows_head");
    database_run("INSERT INTO payment_audit SELECT * FROM kept");
    assert_int_equal(bad_record(), 0);
}

static void a_refusal_is_audited_whatever_bytes_the_path_has(void **state)
{
    (void)state;
    assert_int_equal(ask(&asker, "POST", "/api/payment/things/\xFF\xC3/judge", "{}"), 403);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_audit WHERE act = 'refused'"
                                     " AND object = '/api/payment/things/\?\?/judge'"),
                     1);
}

static void a_short_audit_key_opens_nothing(void **state)
{
    struct process process;
    char path[512];
    FILE *file;

    (void)state;
    snprintf(path, sizeof(path), "%s/short.key", getenv("TMPDIR"));
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("0123456789abcdef0123456789abcde\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    setenv("AUDIT_KEY_FILE", path, 1);
    assert_int_equal(process_open(&process, &service, NULL), E_REFUSED);
    snprintf(path, sizeof(path), "%s/audit/payment.key", getenv("TEST_KEYS"));
    setenv("AUDIT_KEY_FILE", path, 1);
    assert_int_equal(process_open(&process, &service, NULL), E_OK);
    process_close(&process);
}

static void nobody_is_verified_without_a_person(void **state)
{
    (void)state;
    asker_sign_in(&asker, ulid_new(asker.r), NULL, CITIZEN | VERIFIED);
    assert_int_equal(ask(&asker, "GET", "/api/payment/person", NULL), 403);
    assert_string_equal(answer_text(&asker, "error.code"), "real_name_required");
}

static void a_refusal_by_role_is_audited(void **state)
{
    int64_t before = database_number("SELECT COUNT(*) FROM payment_audit WHERE act = 'refused'");

    (void)state;
    asker_sign_in(&asker, ulid_new(asker.r), NULL, OFFICER);
    assert_int_equal(keep("refused"), 403);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_audit WHERE act = 'refused'"),
                     before + 1);
    assert_int_equal(ask(&asker, "POST", "/api/payment/things", "{"), 403);
}

static void the_description_of_the_api_is_json_and_names_the_measure(void **state)
{
    struct arena *arena = arena_open(1024 * 1024);
    const char *text = openapi_text(arena, &service);

    (void)state;
    assert_non_null(
        read_json(arena, (struct bytes){(const unsigned char *)text, strlen(text) - 1}));
    assert_non_null(strstr(text, "\"/api/payment/things/{name}/touch\""));
    assert_non_null(strstr(text, "measure V1"));
    assert_non_null(strstr(text, "\"next\":{\"type\":[\"string\",\"null\"]},\"items\":"));
    assert_int_equal(ask(&asker, "GET", "/api/payment/pages", NULL), 200);
    assert_string_equal(asker.r->answer, "{\"items\":[],\"next\":null}");
    assert_non_null(strstr(text, "thing_taken"));
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_not_there_is_404_and_what_is_not_done_that_way_405, begin),
        cmocka_unit_test_setup(a_route_is_open_at_its_own_door_only, begin),
        cmocka_unit_test_setup(every_bad_field_is_named_at_once, begin),
        cmocka_unit_test_setup(odd_numbers_are_no_numbers, begin),
        cmocka_unit_test_setup(a_body_that_is_no_object_or_too_deep_or_too_large_is_refused, begin),
        cmocka_unit_test_setup(what_is_said_to_people_is_escaped, begin),
        cmocka_unit_test_setup(a_lost_connection_at_any_statement_leaves_one_effect_or_none, begin),
        cmocka_unit_test_setup(a_commit_whose_answer_was_lost_is_found_again, begin),
        cmocka_unit_test_setup(a_row_that_stays_locked_is_tried_again_until_it_is_free, begin),
        cmocka_unit_test_setup(a_body_that_swallows_an_error_cannot_commit, begin),
        cmocka_unit_test_setup(forty_taps_at_once_have_one_effect_and_one_answer, begin),
        cmocka_unit_test_setup(a_refusal_is_audited_whatever_bytes_the_path_has, begin),
        cmocka_unit_test_setup(a_short_audit_key_opens_nothing, begin),
        cmocka_unit_test_setup(nobody_is_verified_without_a_person, begin),
        cmocka_unit_test_setup(a_refusal_by_role_is_audited, begin),
        cmocka_unit_test_setup(the_audit_names_the_first_record_that_was_touched, begin),
        cmocka_unit_test_setup(the_description_of_the_api_is_json_and_names_the_measure, begin),
    };

    return cmocka_run_group_tests(tests, open_core, close_core);
}
