#include "support/applications.h"

#include <sys/stat.h>

#include "core/clock.h"
#include "core/db.h"
#include "core/job.h"
#include "core/ulid.h"
#include "support/fake_upstream.h"

struct asker asker;
static struct fake_upstream others;
struct arena *texts;
const char *officer_id, *mandate;

bool is_rehearsing;
static struct {
    int plates, keys, companies;
} stage;

static void set(const char *variable, const char *folder, const char *name)
{
    assert_int_equal(setenv(variable, arena_printf(texts, "%s/%s", folder, name), 1), 0);
}

void others_say(const char *lines)
{
    FILE *file =
        fopen(arena_printf(texts, "%s/answers/api_exchange_persons_name", others.folder), "w");

    assert_non_null(file);
    assert_true(fputs(lines, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int open_stage(bool rehearsed)
{
    texts = arena_open(16 * 1024 * 1024);
    database_open();
    set("STORE_DIR", getenv("TMPDIR"), "store");
    set("PAPER_KEY_FILE", getenv("TEST_KEYS"), "paper/signer.key");
    set("PAPER_CERT_FILE", getenv("TEST_KEYS"), "paper/signer.crt");
    set("STATEMENT_KEY_FILE", getenv("TEST_KEYS"), "paper/statement.key");
    assert_int_equal(setenv("PUBLIC_URL", "https://tongban.example", 1), 0);
    assert_true(fake_upstream_open(&others));
    mkdir(arena_printf(texts, "%s/answers", others.folder), 0700);
    others_say("200 {\"name\":\"张三\"}\n");
    set("MODULE_SOCKET", others.folder, "socket");
    asker_open(&asker);
    is_rehearsing = rehearsed;
    return 0;
}

int open_applications(void **state)
{
    (void)state;
    return open_stage(false);
}

int open_applications_rehearsed(void **state)
{
    (void)state;
    return open_stage(true);
}

int close_applications(void **state)
{
    (void)state;
    asker_close(&asker);
    fake_upstream_close(&others);
    database_close();
    arena_close(texts);
    return 0;
}

int begin_applications(void **state)
{
    (void)state;
    set_clock("2018-09-28T02:00:00.000Z");
    db_rehearse(&asker.process, is_rehearsing);
    asker.door = "citizens";
    asker.key = NULL;
    asker.brigade = NULL;
    mandate = NULL;
    asker_sign_out(&asker);
    return 0;
}

const char *new_id(void)
{
    char *id = arena_alloc(texts, ULID_SIZE + 1);

    ulid_write(id, clock_now());
    return id;
}

const char *new_plate(const char *prefix)
{
    return arena_printf(texts, "%s%05d", prefix, ++stage.plates);
}

const char *database_word(const char *format, ...)
{
    char query[2048], word[2048];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(query, sizeof(query), format, arguments);
    va_end(arguments);
    return arena_text(texts, database_text(word, sizeof(word), "%s", query));
}

const char *answer_kept(const char *way)
{
    const char *text = answer_text(&asker, way);

    assert_non_null(text);
    return arena_text(texts, text);
}

void assert_refused(int status, const char *code)
{
    assert_non_null(answer_text(&asker, "error.code"));
    assert_string_equal(answer_text(&asker, "error.code"), code);
    assert_int_equal(asker.r->http_status, status);
}

void citizen_again(const char *person_id)
{
    asker.brigade = NULL;
    asker_sign_in(&asker, new_id(), person_id, CITIZEN | VERIFIED);
}

const char *citizen(void)
{
    const char *person_id = new_id();

    citizen_again(person_id);
    return person_id;
}

void officer_again(const char *id, const char *brigade, unsigned roles)
{
    asker.brigade = brigade;
    officer_id = id;
    asker_sign_in(&asker, id, NULL, OFFICER | roles);
}

void officer_as_person(const char *person_id, const char *brigade, unsigned roles)
{
    asker.brigade = brigade;
    officer_id = new_id();
    asker_sign_in(&asker, officer_id, person_id, OFFICER | roles);
}

void officer(const char *brigade, unsigned roles)
{
    officer_again(new_id(), brigade, roles);
}

const char *company_of(const char *person_id)
{
    const char *id = new_id();

    database_run(
        "INSERT INTO organisation (id, credit_code, name, representative_id, state, source,"
        " observed_at) VALUES ('%s', '9144%s', '%d号停车管理有限公司', '%s', 'active', 'test',"
        " UTC_TIMESTAMP(3))",
        id, id + 12, ++stage.companies, person_id);
    return id;
}

const char *mandate_for(const char *agent_id, const char *kind, const char *principal_id,
                        const char *scope)
{
    const char *id = new_id();

    database_run(
        "INSERT INTO mandate (id, principal_kind, principal_id, agent_id, scope, valid_from,"
        " valid_to, appointed_by, request_key, created_at) VALUES ('%s', '%s', '%s', '%s',"
        " '%s', '2018-09-28', '2019-09-27', '%s', '%s', '2018-09-28')",
        id, kind, principal_id, agent_id, scope, principal_id, id);
    return id;
}

static const char *new_key(void)
{
    return arena_printf(texts, "key-%08d", ++stage.keys);
}

const char *begin(const char *code, const char *form)
{
    const char *path =
        arena_printf(texts, "/api/%s/services/%s/applications%s%s", service.name, code,
                     mandate == NULL ? "" : "?mandate_id=", mandate == NULL ? "" : mandate);

    asker.key = new_key();
    assert_int_equal(ask(&asker, "POST", path, arena_printf(texts, "{%s}", form)), 201);
    return answer_kept("id");
}

int64_t version_of(const char *id)
{
    return database_number("SELECT ver FROM %s_application WHERE id = '%s'", service.name, id);
}

const char *state_of(const char *id)
{
    return database_word("SELECT state FROM %s_application WHERE id = '%s'", service.name, id);
}

int act(const char *id, const char *path, const char *more)
{
    bool is_officer = asker.brigade != NULL;
    const char *target = arena_printf(texts, "/api/%s%s/applications/%s/%s", service.name,
                                      is_officer ? "/office" : "", id, path);

    asker.key = new_key();
    return ask(&asker, "POST", target,
               arena_printf(texts, "{\"ver\":%lld%s%s}", (long long)version_of(id),
                            *more == '\0' ? "" : ",", more));
}

void change_form(const char *id, const char *form)
{
    asker.key = new_key();
    assert_int_equal(ask(&asker, "POST",
                         arena_printf(texts, "/api/%s/applications/%s/form?ver=%lld", service.name,
                                      id, (long long)version_of(id)),
                         arena_printf(texts, "{%s}", form)),
                     200);
}

int submit(const char *id)
{
    return act(id, "submission", "");
}

const char *filed(const char *code, const char *form)
{
    const char *id = begin(code, form);

    assert_int_equal(submit(id), 200);
    return id;
}

const char *uploaded(struct bytes file)
{
    asker.key = new_key();
    assert_int_equal(
        ask_bytes(&asker, "POST", arena_printf(texts, "/api/%s/uploads", service.name), file), 201);
    return answer_kept("id");
}

void attach(const char *id, const char *code, struct bytes file)
{
    const char *upload_id = uploaded(file);

    assert_int_equal(
        act(id, "documents",
            arena_printf(texts, "\"code\":\"%s\",\"upload_id\":\"%s\"", code, upload_id)),
        200);
}

/* A white point. */
struct bytes small_picture(void)
{
    static const unsigned char png[] = {
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48,
        0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
        0x00, 0x3A, 0x7E, 0x9B, 0x55, 0x00, 0x00, 0x00, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78,
        0xDA, 0x63, 0xF8, 0x0F, 0x00, 0x01, 0x01, 0x01, 0x00, 0x1C, 0xB0, 0x8C, 0x99, 0x00,
        0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};

    return (struct bytes){png, sizeof(png)};
}

void run_jobs(void)
{
    db_rehearse(&asker.process, false);
    assert_int_equal(jobs_begin(&asker.process), E_OK);
    /* The clock was turned back between tests; its minute has passed all the same. */
    database_run("UPDATE %s_job SET run_at = '2018-01-01' WHERE kind = 'watch_clocks'",
                 service.name);
    while (jobs_run_due(&asker.process))
        ;
    db_rehearse(&asker.process, is_rehearsing);
}
