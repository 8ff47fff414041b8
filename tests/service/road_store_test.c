/* Uploads kept in a bucket, of which bad things are heard; what is signed and what a real service
   says to it is held in tests/interop/store_test.mjs. */

#include "service/road_stage.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "casework/papers.h"
#include "core/process.h"
#include "support/fake_upstream.h"

#define UPLOADS "/api/road/uploads"

static struct {
    struct fake_upstream upstream;
    int keys;
} stage;

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* "https://127.0.0.1:PORT/BUCKET", and what the name of a bucket makes of its answers, the fake
   upstream says. */
static const char *bucket(const char *name)
{
    return arena_printf(texts, "https://127.0.0.1:%d/%s", stage.upstream.port, name);
}

static void use_bucket(const char *name)
{
    struct casework_settings *settings = asker.process.settings;

    settings->uploads.store.s3_url = bucket(name);
}

static bool set_stage(void)
{
    const char *folder = stage.upstream.folder;
    char text[256], path[256];

    if (!fake_upstream_open(&stage.upstream))
        return false;
    snprintf(path, sizeof(path), "%s/answers", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/key", folder);
    write_text(path, "someone\na-secret\n");
    setenv("STORE_S3_KEY_FILE", path, 1);
    snprintf(path, sizeof(path), "%s/ca.pem", folder);
    setenv("HTTP_CA_FILE", path, 1);
    snprintf(text, sizeof(text), "https://127.0.0.1:%d/files", stage.upstream.port);
    setenv("STORE_S3_URL", text, 1);
    snprintf(text, sizeof(text), "127.0.0.1:%d", stage.upstream.port);
    setenv("HTTP_HOSTS", text, 1);
    setenv("BREAKER_FAILURES", "1000", 1);
    setenv("DEVELOPMENT", "1", 1);
    return true;
}

static int open_bucket(void **state)
{
    return set_stage() ? open_applications(state) : -1;
}

static int open_bucket_rehearsed(void **state)
{
    return set_stage() ? open_applications_rehearsed(state) : -1;
}

static int close_bucket(void **state)
{
    fake_upstream_close(&stage.upstream);
    return close_applications(state);
}

static int begin_store(void **state)
{
    begin_applications(state);
    use_bucket("files");
    return 0;
}

/* The file in which the fake upstream finds what it answers for the object of an upload. */
static const char *answers_of(const char *id)
{
    const char *hex =
        database_word("SELECT LOWER(HEX(sha256)) FROM road_upload WHERE id = '%s'", id);

    return arena_printf(texts, "%s/answers/files_road_%.2s_%.2s_%s", stage.upstream.folder, hex,
                        hex + 2, hex);
}

static void forget(const char *answers)
{
    unlink(answers);
    unlink(arena_printf(texts, "%s.headers", answers));
    unlink(arena_printf(texts, "%s/requests", stage.upstream.folder));
}

static bool was_asked(const char *method)
{
    char line[512];
    bool was = false;
    FILE *file = fopen(arena_printf(texts, "%s/requests", stage.upstream.folder), "re");

    assert_non_null(file);
    while (!was && fgets(line, sizeof(line), file) != NULL)
        was = strncmp(line, method, strlen(method)) == 0 && line[strlen(method)] == ' ';
    fclose(file);
    return was;
}

static int show(const char *id)
{
    return ask(&asker, "GET", arena_printf(texts, UPLOADS "/%s", id), NULL);
}

static int put_again(void)
{
    asker.key = arena_printf(texts, "key-store-%d", ++stage.keys);
    return ask_bytes(&asker, "POST", UPLOADS, small_picture());
}

static int64_t own_uploads(const char *person)
{
    return database_number("SELECT COUNT(*) FROM road_upload WHERE person_id = '%s'", person);
}

static void whoever_looks_is_told_what_it_means(void **state)
{
    static const struct {
        const char *answer;
        int status;
    } cases[] = {{"404 <Error><Code>NoSuchKey</Code></Error>", 404},
                 {"404 nothing to read", 404},
                 {"404 <Error><Code>NoSuchBucket</Code></Error>", 503},
                 {"403 <Error><Code>SignatureDoesNotMatch</Code></Error>", 503},
                 {"403 <Code>", 503},
                 {"302 over there", 503},
                 {"500 alas", 503},
                 {"200 what nobody put there", 500},
                 {"200 ", 500}};
    const char *id, *answers;

    (void)state;
    citizen();
    id = uploaded(small_picture());
    answers = answers_of(id);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        write_text(answers, arena_printf(texts, "%s\n", cases[i].answer));
        assert_int_equal(show(id), cases[i].status);
    }
    forget(answers);
}

static void what_cannot_be_kept_leaves_nothing_behind(void **state)
{
    static const char *const cases[] = {"500 alas", "403 <Code>AccessDenied</Code>",
                                        "404 <Code>NoSuchBucket</Code>", "404 what", "301 there"};
    const char *answers, *person;

    (void)state;
    citizen();
    answers = answers_of(uploaded(small_picture()));
    person = citizen();
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        write_text(answers, arena_printf(texts, "%s\n", cases[i]));
        assert_int_equal(put_again(), 503);
        assert_refused(503, "unavailable");
        assert_int_equal(own_uploads(person), 0);
    }
    forget(answers);
    assert_int_equal(put_again(), 201);
}

static void one_that_hangs_or_breaks_off_is_given_up(void **state)
{
    static const char *const buckets[] = {"drop", "half", "dribble"};
    int64_t request_ms = asker.process.config.request_ms;
    const char *id, *person;

    (void)state;
    person = citizen();
    id = uploaded(small_picture());
    for (size_t i = 0; i < sizeof(buckets) / sizeof(*buckets); i++) {
        use_bucket(buckets[i]);
        asker.process.config.request_ms = 1000;
        assert_int_equal(show(id), 503);
        assert_int_equal(put_again(), 503);
        asker.process.config.request_ms = request_ms;
    }
    assert_int_equal(own_uploads(person), 1);
}

/* Both moments are the service's, whatever clock is ours. */
static void only_what_is_old_there_is_dropped(void **state)
{
    static const struct {
        const char *headers;
        bool is_dropped;
    } cases[] = {{"Date: Fri, 28 Sep 2018 03:00:00 GMT\n"
                  "Last-Modified: Fri, 28 Sep 2018 01:59:59 GMT\n",
                  true},
                 {"Date: Fri, 28 Sep 2018 03:00:00 GMT\n"
                  "Last-Modified: Fri, 28 Sep 2018 02:00:01 GMT\n",
                  false},
                 {"Date: Fri, 28 Sep 2018 03:00:00 GMT\n", false},
                 {"Last-Modified: Fri, 28 Sep 2018 01:59:59 GMT\n", false}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *id, *answers;

        database_run("DELETE FROM road_upload");
        citizen();
        id = uploaded(small_picture());
        answers = answers_of(id);
        write_text(answers, "200 \n");
        write_text(arena_printf(texts, "%s.headers", answers), cases[i].headers);
        assert_int_equal(ask(&asker, "DELETE", arena_printf(texts, UPLOADS "/%s", id), NULL), 200);
        database_run("UPDATE road_job SET run_at = '2018-01-01' WHERE kind = 'drop_upload'");
        run_jobs();
        assert_true(was_asked("HEAD"));
        assert_int_equal(was_asked("DELETE"), cases[i].is_dropped);
        forget(answers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(whoever_looks_is_told_what_it_means, begin_store),
        cmocka_unit_test_setup(what_cannot_be_kept_leaves_nothing_behind, begin_store),
        cmocka_unit_test_setup(one_that_hangs_or_breaks_off_is_given_up, begin_store),
        cmocka_unit_test_setup(only_what_is_old_there_is_dropped, begin_store),
    };
    int failures = cmocka_run_group_tests_name("uploads in a bucket, told plainly", tests,
                                               open_bucket, close_bucket);

    return failures + cmocka_run_group_tests_name("uploads in a bucket, rehearsed", tests,
                                                  open_bucket_rehearsed, close_bucket);
}
