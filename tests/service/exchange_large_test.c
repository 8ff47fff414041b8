/* Large batches and bad days: no line is lost, none doubled, and memory is bounded. */

#include "service/exchange_stage.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/job.h"
#include "core/ulid.h"
#include "exchange/batch.h"
#include "exchange/spool.h"

#define OBSERVED "2024-01-01T00:00:00.000Z"
#define COUNT_CAMERAS "SELECT COUNT(*) AS n FROM camera_record WHERE plate = ?"

static const char *camera_lines(const char *plate, int count)
{
    size_t room = (size_t)count * 320;
    char *body = arena_alloc(test.arena, room);
    size_t size = 0;

    for (int i = 0; i < count; i++) {
        const char *line = camera_line(new_record_no(), plate, "1352");

        assert_true(size + strlen(line) < room);
        memcpy(body + size, line, strlen(line));
        size += strlen(line);
    }
    return body;
}

static void a_large_batch_is_applied_by_the_job(void **state)
{
    const char *plate = new_plate(), *batch = new_batch();

    (void)state;
    assert_int_equal(push("traffic", batch, camera_lines(plate, 600)), 202);
    assert_string_equal(said("state"), "received");
    assert_int_equal(said_number("lines_total"), 600);
    assert_int_equal(spool_files(), 1);
    run_until_done("traffic", batch);
    assert_counts(600, 0, 0);
    assert_int_equal(count_rows(COUNT_CAMERAS, plate), 600);
    assert_int_equal(spool_files(), 0);
}

static enum error kill_job(struct request *r, void *id)
{
    static const struct statement statement = {
        .sql = "UPDATE exchange_job SET state = 'dead' WHERE dedupe = ?"};

    return db_change(r, &statement, VALUES((const char *)id));
}

static void a_batch_whose_job_died_goes_on_when_pushed_again(void **state)
{
    const char *plate = new_plate(), *batch = new_batch(), *body = camera_lines(plate, 600);

    (void)state;
    assert_int_equal(push("traffic", batch, body), 202);
    request_reset(test.r);
    db_rehearse(&test.process, false);
    assert_int_equal(db_transaction(test.r, kill_job, (void *)(uintptr_t)batch_row(batch)), E_OK);
    db_rehearse(&test.process, test.is_rehearsing);
    assert_int_equal(push("traffic", batch, body), 202);
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM exchange_job"
                                "  WHERE state = 'ready' AND dedupe = ?",
                                batch_row(batch)),
                     1);
    run_until_done("traffic", batch);
    assert_counts(600, 0, 0);
    assert_int_equal(spool_files(), 0);
}

static bool holds(const char *data, size_t size, const char *word)
{
    for (size_t i = 0; i + strlen(word) <= size; i++)
        if (memcmp(data + i, word, strlen(word)) == 0)
            return true;
    return false;
}

static const char *spool_path(const char *id)
{
    return arena_printf(test.arena, "%s/%s", getenv("SPOOL"), id);
}

static void a_spooled_body_is_not_readable_and_not_changeable(void **state)
{
    const char *plate = new_plate(), *batch = new_batch(), *id, *path;
    static char text[300000];
    ssize_t size;
    int file;
    bool done;

    (void)state;
    assert_int_equal(push("traffic", batch, camera_lines(plate, 600)), 202);
    id = batch_row(batch);
    path = spool_path(id);
    file = open(path, O_RDWR);
    size = read(file, text, sizeof(text));
    assert_true(size > 100000);
    assert_false(holds(text, (size_t)size, "camera_record"));
    text[1000] ^= 1;
    assert_int_equal(pwrite(file, text + 1000, 1, 1000), 1);
    assert_int_equal(apply_chunk(&test.process, id, &done), E_INTERNAL);
    assert_int_equal(count_rows(COUNT_CAMERAS, plate), 0);
    text[1000] ^= 1;
    assert_int_equal(pwrite(file, text + 1000, 1, 1000), 1);
    close(file);
    run_until_done("traffic", batch);
    assert_counts(600, 0, 0);
}

static void a_restart_between_chunks_loses_and_doubles_nothing(void **state)
{
    const char *plate = new_plate(), *batch = new_batch();
    bool done;

    (void)state;
    push("traffic", batch, camera_lines(plate, 1000));
    assert_int_equal(apply_chunk(&test.process, batch_row(batch), &done), E_OK);
    assert_false(done);
    assert_int_equal(count_rows(COUNT_CAMERAS, plate), 200);
    restart();
    run_until_done("traffic", batch);
    assert_counts(1000, 0, 0);
    assert_int_equal(count_rows(COUNT_CAMERAS, plate), 1000);
}

static int64_t next_line_of(const char *batch)
{
    return count_rows("SELECT next_line AS n FROM agency_batch WHERE batch_id = ?", batch);
}

/* The background worker of another process, which works until it is killed. */
static pid_t start_worker(const char *id)
{
    pid_t pid = fork();

    if (pid == 0) {
        struct process worker;

        if (open_process(&worker) && test.is_rehearsing)
            apply_all(&worker, id);
        while (!test.is_rehearsing)
            jobs_run_due(&worker);
        _exit(1);
    }
    return pid;
}

static void a_killed_worker_loses_and_doubles_nothing(void **state)
{
    const char *plate = new_plate(), *batch = new_batch();
    int64_t killed_at;
    pid_t worker;

    (void)state;
    push("traffic", batch, camera_lines(plate, 3000));
    worker = start_worker(batch_row(batch));
    while (next_line_of(batch) == 1)
        assert_int_equal(waitpid(worker, NULL, WNOHANG), 0);
    assert_int_equal(kill(worker, SIGKILL), 0);
    assert_int_equal(waitpid(worker, NULL, 0), worker);
    killed_at = next_line_of(batch);
    assert_true(killed_at > 1 && killed_at < 3001);
    run_until_done("traffic", batch);
    assert_counts(3000, 0, 0);
    assert_int_equal(count_rows(COUNT_CAMERAS, plate), 3000);
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM event e JOIN camera_record c"
                                "  ON e.dedupe = c.id WHERE c.plate = ?",
                                plate),
                     3000);
    assert_int_equal(spool_files(), 0);
}

static int64_t memory_peak_kib(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    fclose(file);
    return kib;
}

/* A hundred thousand lines, a good one among a hundred. */
static const char *write_large_body(const char *plate)
{
    const char *path = arena_printf(test.arena, "%s/large", getenv("TMPDIR"));
    FILE *file = fopen(path, "w");
    int64_t first = test.numbers;

    assert_non_null(file);
    for (int i = 0; i < 100000; i++) {
        const char *good = i % 100 == 0 ? camera_line(new_record_no(), plate, "1352") : NULL;

        if (good != NULL)
            fputs(good, file);
        else
            fprintf(file, "{\"type\":\"camera_record\",\"record_no\":\"%0200d\"}\n", i);
    }
    assert_int_equal(test.numbers - first, 1000);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* Sanitizers keep what was freed, so how much memory is held says nothing there. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_MEASURED false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MEMORY_IS_MEASURED false
#endif
#endif
#ifndef MEMORY_IS_MEASURED
#define MEMORY_IS_MEASURED true
#endif

static void a_hundred_thousand_lines_need_little_memory(void **state)
{
    const char *plate = new_plate(), *batch = new_batch(), *path = write_large_body(plate);
    int64_t before_kib = memory_peak_kib();

    (void)state;
    assert_int_equal(push_file("traffic", batch, path), 202);
    run_until_done("traffic", batch);
    assert_counts(1000, 0, 99000);
    assert_int_equal(count_rows(COUNT_CAMERAS, plate), 1000);
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM batch_fault f JOIN agency_batch b"
                                "  ON f.batch = b.id WHERE b.batch_id = ?",
                                batch),
                     FAULTS_KEPT);
    if (MEMORY_IS_MEASURED)
        assert_in_range(memory_peak_kib() - before_kib, 0, 8 * 1024);
}

/* ---- on bad days ---- */

static void a_lost_database_at_any_statement_loses_nothing(void **state)
{
    const char *plate = new_plate(), *batch = new_batch();
    const char *body = joined(camera_line(new_record_no(), plate, "1352"),
                              camera_line(new_record_no(), plate, "1625"));
    int64_t failures = 0;

    (void)state;
    for (int64_t n = 1; n < 60; n++) {
        db_fail_after(&test.process, n);
        failures += push("traffic", batch, body) >= 500;
        db_fail_after(&test.process, 0);
        assert_true(test.r->http_status == 503 || test.r->http_status <= 202);
    }
    assert_int_equal(push("traffic", batch, body), 200);
    run_until_done("traffic", batch);
    assert_counts(2, 0, 0);
    assert_int_equal(count_rows(COUNT_CAMERAS, plate), 2);
    assert_true(failures < 59);
    /* A COMMIT that may have come through leaves the file to the sweep. */
    request_reset(test.r);
    test.r->now = instant_add(test.r->now, 2 * HOUR_MS);
    assert_int_equal(sweep_spool(test.r, NULL), E_OK);
    assert_int_equal(spool_files(), 0);
}

static void a_full_disk_is_a_clean_refusal(void **state)
{
    const char *batch = new_batch(), *spool = arena_text(test.arena, getenv("SPOOL"));
    const char *away = joined(spool, "-away");

    (void)state;
    assert_int_equal(rename(spool, away), 0);
    push("vehicle", batch, person_line("张伟", new_id_no(), OBSERVED));
    assert_int_equal(rename(away, spool), 0);
    assert_refused(503, "unavailable");
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM agency_batch WHERE batch_id = ?", batch),
                     0);
    assert_int_equal(spool_files(), 0);
}

static void put_spool_file(const char *id)
{
    FILE *file = fopen(spool_path(id), "w");

    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void the_sweep_removes_what_nobody_owns(void **state)
{
    char young[ULID_SIZE + 1], old[ULID_SIZE + 1];
    const char *batch = new_batch();
    struct request *r = request_open(&test.process);

    (void)state;
    push("traffic", batch, camera_lines(new_plate(), 600));
    ulid_write(young, r->now);
    ulid_write(old, instant_add(r->now, -2 * HOUR_MS));
    put_spool_file(young);
    put_spool_file(old);
    assert_int_equal(sweep_spool(r, NULL), E_OK);
    assert_int_equal(spool_files(), 2);
    assert_int_not_equal(access(spool_path(old), F_OK), 0);
    /* Later the young one is old, too; that of the batch stays until it is done. */
    r->now = instant_add(r->now, 2 * HOUR_MS);
    assert_int_equal(sweep_spool(r, NULL), E_OK);
    assert_int_equal(spool_files(), 1);
    request_close(r);
    run_until_done("traffic", batch);
    assert_int_equal(spool_files(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_large_batch_is_applied_by_the_job),
        TEST(a_batch_whose_job_died_goes_on_when_pushed_again),
        TEST(a_spooled_body_is_not_readable_and_not_changeable),
        TEST(a_restart_between_chunks_loses_and_doubles_nothing),
        TEST(a_killed_worker_loses_and_doubles_nothing),
        TEST(a_lost_database_at_any_statement_loses_nothing),
        TEST(a_full_disk_is_a_clean_refusal),
        TEST(the_sweep_removes_what_nobody_owns),
    };
    const struct CMUnitTest large[] = {TEST(a_hundred_thousand_lines_need_little_memory)};

    return TELL_TWICE(tests) + cmocka_run_group_tests_name("large", large, open_plain, close_all);
}
