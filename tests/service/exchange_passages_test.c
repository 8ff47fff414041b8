/* T2: passages of plates and records of car parks come in bulk; nothing is told to anybody. */

#include "service/exchange_stage.h"

#include <inttypes.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "exchange/batch.h"

#define OBSERVED "2026-11-01T00:00:00.000Z"
#define LATER "2026-11-02T00:00:00.000Z"
#define PASSED "2026-11-20T01:00:00.123Z"
#define COUNT_PLATE "SELECT COUNT(*) AS n FROM plate_passage WHERE plate = ?"

static const char *site_line(const char *code, const char *kind, const char *name,
                             const char *observed_at)
{
    return arena_printf(test.arena,
                        "{\"type\":\"passage_site\",\"code\":\"%s\",\"name\":\"%s\",\"kind\":"
                        "\"%s\",\"latitude\":22543100,\"longitude\":114057900,\"observed_at\":"
                        "\"%s\"}\n",
                        code, name, kind, observed_at);
}

static const char *passage_line(const char *record_no, const char *plate, const char *site,
                                const char *kind)
{
    return arena_printf(test.arena,
                        "{\"type\":\"passage\",\"record_no\":\"%s\",\"plate_type\":\"02\","
                        "\"plate\":\"%s\",\"passed_at\":\"" PASSED "\",\"site\":\"%s\",\"kind\":"
                        "\"%s\"}\n",
                        record_no, plate, site, kind);
}

static const char *new_site(const char *kind)
{
    const char *code = arena_printf(test.arena, "S%06" PRId64, ++test.numbers);

    assert_int_equal(push("traffic", new_batch(), site_line(code, kind, "深南大道", OBSERVED)),
                     200);
    assert_counts(1, 0, 0);
    return arena_text(test.arena, code);
}

static void passages_come_in_and_are_told_to_nobody(void **state)
{
    const char *camera = new_site("camera"), *lot = new_site("car_park"), *plate = new_plate();
    int64_t events = count_rows("SELECT COUNT(*) AS n FROM event WHERE id <> ?", "");

    (void)state;
    assert_int_equal(push("traffic", new_batch(),
                          joined(passage_line(new_record_no(), plate, camera, "passage"),
                                 joined(passage_line(new_record_no(), plate, lot, "park_in"),
                                        passage_line(new_record_no(), plate, lot, "park_out")))),
                     200);
    assert_counts(3, 0, 0);
    assert_int_equal(count_rows(COUNT_PLATE, plate), 3);
    assert_string_equal(find_text("SELECT CONCAT_WS('|', plate_type, passed_at, agency, site)"
                                  " AS text FROM plate_passage WHERE kind = 'passage'"
                                  " AND plate = ?",
                                  plate),
                        arena_printf(test.arena, "02|2026-11-20 01:00:00.123|traffic|%s", camera));
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM event WHERE id <> ?", ""), events);
}

static void sites_may_come_in_the_same_batch_behind_what_names_them(void **state)
{
    const char *plate = new_plate(), *code = arena_printf(test.arena, "S%s", new_record_no());

    (void)state;
    assert_int_equal(push("traffic", new_batch(),
                          joined(passage_line(new_record_no(), plate, code, "passage"),
                                 site_line(code, "camera", "北环大道", OBSERVED))),
                     200);
    assert_counts(2, 0, 0);
    assert_int_equal(count_rows(COUNT_PLATE, plate), 1);
}

static void an_older_observation_of_a_site_changes_nothing(void **state)
{
    const char *code = new_site("camera"), *plate = new_plate();

    (void)state;
    assert_int_equal(push("traffic", new_batch(), site_line(code, "camera", "新名称", LATER)), 200);
    assert_counts(1, 0, 0);
    assert_int_equal(push("traffic", new_batch(), site_line(code, "camera", "旧名称", OBSERVED)),
                     200);
    assert_counts(1, 1, 0);
    assert_string_equal(find_text("SELECT name AS text FROM passage_site WHERE code = ?", code),
                        "新名称");
    assert_int_equal(count_rows(COUNT_PLATE, plate), 0);
}

static void a_record_that_came_before_changes_nothing(void **state)
{
    const char *camera = new_site("camera"), *plate = new_plate(), *record = new_record_no();
    const char *line = passage_line(record, plate, camera, "passage");

    (void)state;
    assert_int_equal(push("traffic", new_batch(), joined(line, line)), 200);
    assert_counts(2, 1, 0);
    assert_int_equal(push("traffic", new_batch(), line), 200);
    assert_counts(1, 1, 0);
    assert_int_equal(count_rows(COUNT_PLATE, plate), 1);
}

static void another_content_under_a_number_is_a_contradiction(void **state)
{
    const char *camera = new_site("camera"), *plate = new_plate(), *record = new_record_no();
    const char *first = passage_line(record, plate, camera, "passage");
    const char *other = passage_line(record, new_plate(), camera, "passage");

    (void)state;
    assert_int_equal(push("traffic", new_batch(), joined(first, other)), 200);
    assert_counts(1, 0, 1);
    assert_string_equal(codes_of(2), "record_differs");
    assert_int_equal(push("traffic", new_batch(), other), 200);
    assert_counts(0, 0, 1);
    assert_string_equal(codes_of(1), "record_differs");
}

static void each_line_says_what_is_wrong_with_it(void **state)
{
    const char *camera = new_site("camera"), *plate = new_plate();
    const char *future = "{\"type\":\"passage\",\"record_no\":\"A-\",\"plate_type\":\"02\","
                         "\"plate\":\"B\",\"passed_at\":\"2099-01-01T00:00:00.000Z\",\"site\":"
                         "\"S 1\",\"kind\":\"flight\"}\n";

    (void)state;
    assert_int_equal(
        push("traffic", new_batch(),
             joined(joined(passage_line(new_record_no(), plate, "NOWHERE", "passage"),
                           passage_line(new_record_no(), plate, camera, "park_in")),
                    joined(future, passage_line(new_record_no(), plate, camera, "passage")))),
        200);
    assert_counts(1, 0, 3);
    assert_string_equal(codes_of(1), "site_unknown");
    assert_string_equal(codes_of(2), "site_kind_differs");
    assert_string_equal(codes_of(3), "field_invalid field_invalid field_invalid in_future");
    assert_int_equal(count_rows(COUNT_PLATE, plate), 1);
}

static void who_may_not_push_them_is_told_so(void **state)
{
    (void)state;
    assert_int_equal(
        push("vehicle", new_batch(), passage_line(new_record_no(), new_plate(), "S1", "passage")),
        200);
    assert_string_equal(codes_of(1), "type_not_allowed");
}

static void sites_of_another_agency_are_unknown(void **state)
{
    const char *camera = new_site("camera");
    const struct sent sent = {
        .agency = "carpark",
        .batch = new_batch(),
        .key = test.traffic,
        .body = passage_line(new_record_no(), new_plate(), camera, "passage"),
    };

    (void)state;
    assert_int_equal(push_sent(&sent), 200);
    assert_string_equal(codes_of(1), "site_unknown");
}

/* Twenty thousand, one plate in a hundred, on all hours of a day. */
static const char *write_day(const char *plate, const char *camera, int count)
{
    const char *path = arena_printf(test.arena, "%s/day", getenv("TMPDIR"));
    FILE *file = fopen(path, "w");
    const char *others = new_plate();
    int64_t batch = ++test.numbers;

    assert_non_null(file);
    for (int i = 0; i < count; i++)
        assert_true(fprintf(file,
                            "{\"type\":\"passage\",\"record_no\":\"D%" PRId64 "N%06d\","
                            "\"plate_type\":\"02\",\"plate\":\"%s\",\"passed_at\":"
                            "\"2026-11-20T%02d:%02d:%02d.000Z\",\"site\":\"%s\",\"kind\":"
                            "\"passage\"}\n",
                            batch, i, i % 100 == 0 ? plate : others, i / 3600 % 24, i / 60 % 60,
                            i % 60, camera) > 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void a_large_batch_is_resumed_and_its_repetition_changes_nothing(void **state)
{
    const char *camera = new_site("camera"), *plate = new_plate(), *batch = new_batch();
    const char *path = write_day(plate, camera, 20000);
    bool done;

    (void)state;
    assert_int_equal(push_file("traffic", batch, path), 202);
    assert_int_equal(apply_chunk(&test.process, batch_row(batch), &done), E_OK);
    assert_false(done);
    assert_true(count_rows("SELECT next_line AS n FROM agency_batch WHERE batch_id = ?", batch) >
                201);
    restart();
    run_until_done("traffic", batch);
    assert_counts(20000, 0, 0);
    assert_int_equal(count_rows(COUNT_PLATE, plate), 200);
    batch = new_batch();
    assert_int_equal(push_file("traffic", batch, path), 202);
    run_until_done("traffic", batch);
    assert_counts(20000, 20000, 0);
    assert_int_equal(count_rows(COUNT_PLATE, plate), 200);
}

/* As another host would, at the same time. */
static pid_t apply_elsewhere(const char *id)
{
    pid_t pid = fork();

    if (pid == 0) {
        struct process worker;
        bool done = false;

        if (!open_process(&worker))
            _exit(1);
        while (!done)
            if (apply_chunk(&worker, id, &done) != E_OK)
                _exit(2);
        _exit(0);
    }
    return pid;
}

static void the_same_records_in_two_batches_at_once_are_there_once(void **state)
{
    const char *camera = new_site("camera"), *plate = new_plate();
    const char *one = new_batch(), *other = new_batch(), *path = write_day(plate, camera, 5000);
    pid_t elsewhere;
    int status;

    (void)state;
    assert_int_equal(push_file("traffic", one, path), 202);
    assert_int_equal(push_file("traffic", other, path), 202);
    elsewhere = apply_elsewhere(batch_row(other));
    apply_all(&test.process, batch_row(one));
    assert_int_equal(waitpid(elsewhere, &status, 0), elsewhere);
    assert_int_equal(status, 0);
    assert_int_equal(count_rows(COUNT_PLATE, plate), 50);
    assert_int_equal(
        count_rows("SELECT lines_known AS n FROM agency_batch WHERE batch_id = ?", one) +
            count_rows("SELECT lines_known AS n FROM agency_batch WHERE batch_id = ?", other),
        5000);
}

/* A month of them lies together, so that it can be dropped. */
static void each_month_is_a_partition(void **state)
{
    const char *plate = new_plate();

    (void)state;
    assert_int_equal(push("traffic", new_batch(),
                          passage_line(new_record_no(), plate, new_site("camera"), "passage")),
                     200);
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM plate_passage PARTITION (p202611)"
                                " WHERE plate = ?",
                                plate),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(passages_come_in_and_are_told_to_nobody),
        TEST(sites_may_come_in_the_same_batch_behind_what_names_them),
        TEST(an_older_observation_of_a_site_changes_nothing),
        TEST(a_record_that_came_before_changes_nothing),
        TEST(another_content_under_a_number_is_a_contradiction),
        TEST(each_line_says_what_is_wrong_with_it),
        TEST(who_may_not_push_them_is_told_so),
        TEST(sites_of_another_agency_are_unknown),
        TEST(a_large_batch_is_resumed_and_its_repetition_changes_nothing),
        TEST(the_same_records_in_two_batches_at_once_are_there_once),
        TEST(each_month_is_a_partition),
    };

    return TELL_TWICE(tests);
}
