#include "service/notice_stage.h"

#include <sys/stat.h>

#include "core/clock.h"
#include "core/job.h"
#include "core/ulid.h"
#include "support/fake_upstream.h"

struct asker asker;
struct arena *texts;
const char *person, *account;
static struct fake_upstream others;
static bool is_rehearsing;

/* ---- the others, the clock and the database ---- */

static void put_file(const char *name, const char *text)
{
    FILE *file = fopen(arena_printf(texts, "%s/%s", others.folder, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void can(const char *name, const char *lines)
{
    put_file(arena_printf(texts, "answers/%s", name), lines);
}

int arrived(const char *text)
{
    FILE *file = fopen(arena_printf(texts, "%s/requests", others.folder), "r");
    char line[4096];
    int count = 0;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        count += strstr(line, text) != NULL;
    if (file != NULL)
        fclose(file);
    return count;
}

const char *new_id(void)
{
    char *id = arena_alloc(texts, ULID_SIZE + 1);

    ulid_write(id, clock_now());
    return id;
}

const char *word(const char *format, ...)
{
    char query[1024], text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(query, sizeof(query), format, arguments);
    va_end(arguments);
    return arena_text(texts, database_text(text, sizeof(text), "%s", query));
}

/* ---- what happens ---- */

void tell(const char *kind, const char *who, const char *id, const char *subject,
          const char *the_values)
{
    database_run("INSERT INTO event (id, consumer, kind, dedupe, arg, producer, run_at,"
                 " created_at) VALUES ('%s', 'notice', '%s', '%s', '{\"subject\":\"%s\","
                 "\"%s\":\"%s\",\"about\":\"%s\",\"values\":%s}', 'violation', '2026-01-01',"
                 " '2026-01-01')",
                 new_id(), kind, new_id(), subject, who, id, subject, the_values);
}

const char *told_of_violation(void)
{
    const char *subject = new_id();

    tell("violation_new", "person_id", person, subject, VALUES_OF_NEW);
    return subject;
}

static enum error run(const struct job *jobs, const char *kind, const struct task *task)
{
    struct request *r = request_open(&asker.process);
    enum error error = E_NOT_FOUND;

    for (; jobs->name != NULL; jobs++)
        if (strcmp(jobs->name, kind) == 0)
            error = jobs->run(r, task);
    request_close(r);
    return error;
}

/* Nobody is told of what concerns nobody known, and nothing twice. */
static bool is_there(const char *id)
{
    return database_number("SELECT COUNT(*) FROM notice_message WHERE id = '%s'", id) == 1;
}

#define READY_EVENT " FROM event WHERE state = 'ready' ORDER BY id LIMIT 1"

/* Taking a lease is not rehearsed, so the bodies come first, and then the worker, for whom little
   is left to do. */
static void rehearse(void)
{
    const char *kind = word("SELECT kind" READY_EVENT);
    enum error delivered = E_OK;
    struct task event, job;

    if (!is_rehearsing || *kind == '\0')
        return;
    event = (struct task){.id = word("SELECT id" READY_EVENT),
                          .kind = kind,
                          .dedupe = "rehearsed",
                          .arg = word("SELECT arg" READY_EVENT)};
    job = (struct task){.id = new_id(), .kind = "deliver", .dedupe = event.id};
    if (run(service.events, kind, &event) == E_OK && is_there(event.id))
        delivered = run(service.jobs, "deliver", &job);
    if (delivered != E_OK) /* the same as the worker's: its next try is later */
        database_run("UPDATE notice_job SET run_at = '%s' + INTERVAL 5 SECOND"
                     "  WHERE kind = 'deliver' AND state = 'ready'",
                     word("SELECT MAX(updated_at) FROM notice_delivery"));
}

void work(void)
{
    rehearse();
    db_rehearse(&asker.process, false);
    while (jobs_run_due(&asker.process))
        ;
    db_rehearse(&asker.process, is_rehearsing);
}

void chosen(const char *channel)
{
    database_run("INSERT INTO notice_preference (person_id, grp, channel, updated_at)"
                 " VALUES ('%s', 'case', '%s', '2026-11-01')",
                 person, channel);
}

void consented(int count)
{
    database_run("INSERT INTO notice_subscription (person_id, account_id, template, remaining,"
                 " updated_at) VALUES ('%s', '%s', '" NEW_TEMPLATE "', %d, '2026-11-01')",
                 person, account, count);
}

int64_t consents_left(void)
{
    return database_number("SELECT SUM(remaining) FROM notice_subscription WHERE person_id = '%s'",
                           person);
}

#define STATE_OF(channel)                                                                          \
    "SELECT d.state FROM notice_delivery d JOIN notice_message m ON m.id = d.message_id"           \
    "  WHERE d.channel = '" channel "' AND m.subject = '%s'"

void assert_states(const char *subject, const char *wechat, const char *sms)
{
    assert_string_equal(word(STATE_OF("wechat"), subject), wechat);
    assert_string_equal(word(STATE_OF("sms"), subject), sms);
}

/* ---- before and after ---- */

static int open_all(bool rehearsed)
{
    is_rehearsing = rehearsed;
    texts = arena_open(16 * 1024 * 1024);
    database_open();
    assert_true(fake_upstream_open(&others));
    mkdir(arena_printf(texts, "%s/answers", others.folder), 0700);
    put_file("key", "00112233445566778899aabbccddeeff\n");
    setenv("SMS_URL", arena_printf(texts, "https://127.0.0.1:%d", others.port), 1);
    setenv("SMS_APP", "tongban", 1);
    setenv("SMS_MS", "20000", 1); /* it answers at once, on a busy machine later */
    setenv("SMS_KEY_FILE", arena_printf(texts, "%s/key", others.folder), 1);
    setenv("HTTP_HOSTS", arena_printf(texts, "127.0.0.1:%d", others.port), 1);
    setenv("HTTP_CA_FILE", arena_printf(texts, "%s/ca.pem", others.folder), 1);
    setenv("MODULE_SOCKET", arena_printf(texts, "%s/socket", others.folder), 1);
    setenv("BREAKER_FAILURES", "1000", 1);
    asker_open(&asker);
    return 0;
}

int open_notice(void **state)
{
    (void)state;
    return open_all(false);
}

int open_notice_rehearsed(void **state)
{
    (void)state;
    return open_all(true);
}

int close_notice(void **state)
{
    (void)state;
    asker_close(&asker);
    fake_upstream_close(&others);
    database_close();
    arena_close(texts);
    return 0;
}

int begin_notice(void **state)
{
    static const char *const tables[] = {
        "notice_delivery",     "notice_message", "notice_job", "notice_preference",
        "notice_subscription", "notice_idem",    "event"};

    (void)state;
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        database_run("DELETE FROM %s", tables[i]);
    put_file("requests", "");
    set_clock("2026-11-22T02:00:00.000Z"); /* 10:00 in China */
    can(WECHAT, SENT_BY_WECHAT);
    can(PHONE, "200 {\"phone\":\"13812345678\"}\n");
    can(SMS, SENT_BY_SMS);
    person = new_id();
    account = new_id();
    asker_sign_in(&asker, account, person, CITIZEN | VERIFIED);
    asker.key = "key-00000001";
    db_rehearse(&asker.process, is_rehearsing);
    return 0;
}
