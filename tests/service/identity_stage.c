#include "service/identity_stage.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/audit.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/db.h"
#include "core/ulid.h"
#include "support/database.h"

struct identity_stage test;

/* ---- asking ---- */

int try_route(const char *method, const char *path, const char *body)
{
    snprintf(test.asker.token, sizeof(test.asker.token), "%s",
             test.token == NULL ? "" : test.token);
    test.asker.key = test.key;
    test.asker.door = test.door;
    return ask(&test.asker, method, path, body);
}

const char *said(const char *member)
{
    const char *text = answer_text(&test.asker, member);

    return text == NULL ? NULL : arena_text(test.arena, text);
}

bool said_word(const char *word)
{
    return strstr(test.asker.r->answer, word) != NULL;
}

void assert_refused(int status, const char *code)
{
    assert_int_equal(test.asker.r->http_status, status);
    assert_string_equal(said("error.code"), code);
}

/* ---- the others ---- */

void put_file(const char *name, const char *text)
{
    FILE *file = fopen(arena_printf(test.arena, "%s/%s", test.upstream.folder, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void can(const char *name, const char *lines)
{
    put_file(arena_printf(test.arena, "answers/%s", name), lines);
}

int arrived(const char *word)
{
    FILE *file = fopen(arena_printf(test.arena, "%s/requests", test.upstream.folder), "r");
    char line[4096];
    int count = 0;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        count += strstr(line, word) != NULL;
    if (file != NULL)
        fclose(file);
    return count;
}

void shift_clock(int64_t ms)
{
    put_file("clock", arena_printf(test.arena, "%-31lld\n", (long long)ms));
}

void shift_to_noon(void)
{
    struct instant now = clock_now();

    shift_clock(day_start(civil_day(now)).ms + 12 * HOUR_MS - now.ms);
}

int64_t count_rows(const char *sql, const char *value)
{
    const char *mark = strchr(sql, '?');

    return database_number("%.*s'%s'%s", (int)(mark - sql), sql, value, mark + 1);
}

/* ---- the usual steps ---- */

const char *new_name(const char *kind)
{
    return arena_printf(test.arena, "%s-%lld", kind, (long long)++test.people);
}

void can_login(const char *openid)
{
    can("sns_jscode2session",
        arena_printf(test.arena, "200 {\"openid\":\"%s\",\"session_key\":\"%s\"}\n", openid,
                     "dGhlIHNlc3Npb24ga2V5IQ=="));
}

const char *sign_in(const char *openid)
{
    can_login(openid);
    assert_int_equal(try_route("POST", SESSIONS, "{\"code\":\"c0de\"}"), 201);
    return test.token = said("token");
}

const char *my_account(void)
{
    assert_int_equal(try_route("GET", "/api/identity/me", ""), 200);
    return said("account_id");
}

void can_person(const char *person_id)
{
    can(PERSONS, arena_printf(test.arena, "200 {\"person_id\":\"%s\"}\n", person_id));
}

const char *new_person(void)
{
    char *id = arena_alloc(test.arena, ULID_SIZE + 1);

    ulid_write(id, clock_now());
    can_person(id);
    return id;
}

int begin_check(const char *key, const char *name, const char *id_no)
{
    test.key = key;
    try_route("POST", CHECKS,
              arena_printf(test.arena, "{\"name\":\"%s\",\"id_no\":\"%s\"}", name, id_no));
    test.key = NULL;
    return test.asker.r->http_status;
}

const char *begun_check(const char *key)
{
    assert_int_equal(begin_check(key, NAME, ID_NO), 201);
    return said("check_id");
}

int finish_check(const char *id)
{
    return try_route("POST", arena_printf(test.arena, CHECKS "/%s/result", id), "");
}

const char *become_verified(const char *openid)
{
    const char *person = new_person();

    sign_in(openid);
    assert_int_equal(finish_check(begun_check("key-verify")), 200);
    return person;
}

/* ---- before and after ---- */

static void set_environment(void)
{
    const char *folder = test.upstream.folder;
    const char *url = arena_printf(test.arena, "https://127.0.0.1:%d", test.upstream.port);

    setenv("CLOCK_FILE", arena_printf(test.arena, "%s/clock", folder), 1);
    setenv("WECHAT_URL", url, 1);
    setenv("WECHAT_APPID", APPID, 1);
    setenv("WECHAT_SECRET_FILE", arena_printf(test.arena, "%s/secret", folder), 1);
    setenv("ALIPAY_URL", arena_printf(test.arena, "%s/gateway.do", url), 1);
    setenv("ALIPAY_APP_ID", "2021000000000001", 1);
    setenv("ALIPAY_APP_KEY_FILE", KEYS "ali_app.key.pem", 0);
    if (getenv("ALIPAY_APP_CERT_FILE") == NULL)
        setenv("ALIPAY_PUBLIC_KEY_FILE", KEYS "ali_gateway.pub.pem", 1);
    setenv("HTTP_HOSTS", url + strlen("https://"), 1);
    setenv("HTTP_CA_FILE", arena_printf(test.arena, "%s/ca.pem", folder), 1);
    setenv("MODULE_SOCKET", arena_printf(test.arena, "%s/socket", folder), 1);
    setenv("BREAKER_FAILURES", "1000", 1);
    setenv("GATEWAY_MS", "20000", 1); /* they answer at once, on a busy machine later */
}

const char *rotated_keys(const char *file, const char *name, const char *state)
{
    static const char second[] = "data 2 active sm4 "
                                 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    size_t size;
    char *original = secret_read(file, 4096, &size);
    const char *rest = strstr(original, " active ") + strlen(" active ");

    put_file(name, arena_printf(test.arena, "data 1 %s %s\n%s\n", state, rest, second));
    secret_forget(original, size);
    return arena_printf(test.arena, "%s/%s", test.upstream.folder, name);
}

void restart_with_keys(const char *file)
{
    asker_close(&test.asker);
    setenv("DATA_KEYS_FILE", file, 1);
    asker_open(&test.asker);
    db_rehearse(&test.asker.process, test.is_rehearsing);
}

static int open_all(void)
{
    char *pem;
    size_t size;

    test.arena = arena_open(1024 * 1024);
    test.people = clock_now().ms;
    if (!fake_upstream_open(&test.upstream))
        return -1;
    shift_clock(0);
    put_file("secret", "0123456789abcdef0123456789abcdef\n");
    mkdir(arena_printf(test.arena, "%s/answers", test.upstream.folder), 0700);
    set_environment();
    database_open();
    asker_open(&test.asker);
    pem = secret_read(KEYS "ali_gateway.key.pem", 8192, &size);
    test.alipay_key = key_private(pem);
    secret_forget(pem, size);
    return 0;
}

int open_plain(void **state)
{
    (void)state;
    test.is_rehearsing = false;
    return open_all();
}

int open_rehearsed(void **state)
{
    (void)state;
    test.is_rehearsing = true;
    return open_all();
}

int close_all(void **state)
{
    (void)state;
    asker_close(&test.asker);
    database_close();
    key_close(test.alipay_key);
    fake_upstream_close(&test.upstream);
    arena_close(test.arena);
    return 0;
}

int begin(void **state)
{
    (void)state;
    arena_reset(test.arena);
    db_rehearse(&test.asker.process, test.is_rehearsing);
    shift_clock(0);
    put_file("requests", "");
    can(TOKEN, "200 {\"access_token\":\"T0KEN\",\"expires_in\":7200}\n");
    can(BEGIN, "200 {\"errcode\":0,\"errmsg\":\"ok\",\"verify_id\":\"VID\",\"expires_in\":3600}\n");
    can(RESULT, PASSED "\n");
    test.door = "citizens";
    test.token = test.key = NULL;
    return 0;
}

void the_audit_chain_holds(void **state)
{
    int64_t bad_seq = -1;

    (void)state;
    request_reset(test.asker.r);
    assert_int_equal(audit_check(test.asker.r, &bad_seq), E_OK);
    assert_int_equal(bad_seq, 0);
}
