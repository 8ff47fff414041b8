/* T4: what schools and the examination office tell of drivers. */

#include "service/exchange_stage.h"

#define OLD "2024-01-01T00:00:00.000Z"
#define NEW "2024-02-01T00:00:00.000Z"

static const char *study_of(const char *record_no, const char *id_no, const char *kind,
                            const char *ended_on, int minutes)
{
    return arena_printf(test.arena,
                        "{\"type\":\"study\",\"record_no\":\"%s\",\"id_no\":\"%s\",\"kind\":\"%s\","
                        "\"begun_on\":\"2024-01-10\",\"ended_on\":\"%s\",\"minutes\":%d,"
                        "\"is_passed\":true,\"observed_at\":\"" NEW "\"}\n",
                        record_no, id_no, kind, ended_on, minutes);
}

static const char *study_line(const char *record_no, const char *id_no, const char *kind,
                              const char *ended_on)
{
    return study_of(record_no, id_no, kind, ended_on, 45);
}

static const char *cheating_line(const char *record_no, const char *found_on)
{
    return arena_printf(test.arena,
                        "{\"type\":\"study_cheating\",\"record_no\":\"%s\",\"found_on\":"
                        "\"%s\",\"observed_at\":\"" NEW "\"}\n",
                        record_no, found_on);
}

static const char *examination_line(const char *record_no, const char *id_no, const char *subject)
{
    return arena_printf(test.arena,
                        "{\"type\":\"examination\",\"record_no\":\"%s\",\"id_no\":\"%s\","
                        "\"subject\":\"%s\",\"taken_on\":\"2024-01-20\",\"is_passed\":true,"
                        "\"observed_at\":\"" NEW "\"}\n",
                        record_no, id_no, subject);
}

static const char *new_driver(void)
{
    const char *id_no = new_id_no();

    push("vehicle", new_batch(), person_line("张伟", id_no, OLD));
    return id_no;
}

static void t4_studies_and_examinations_become_facts(void **state)
{
    const char *id_no = new_driver(), *number = new_record_no();
    const char *lines = joined(study_line(number, id_no, "reduction_online", "2024-01-12"),
                               examination_line(new_record_no(), id_no, "theory"));

    (void)state;
    push("school", new_batch(), lines);
    assert_counts(2, 0, 0);
    push("school", new_batch(), joined(lines, cheating_line(number, "2024-01-20")));
    assert_counts(3, 2, 0);
    push("school", new_batch(), cheating_line(number, "2024-01-20"));
    assert_counts(1, 1, 0);
    assert_string_equal(
        find_text("SELECT CONCAT_WS(' ', s.kind, s.begun_on, s.ended_on, s.minutes, s.is_passed,"
                  "  c.found_on) AS text FROM driver_study s"
                  "  JOIN study_cheating c ON c.study_id = s.id WHERE s.record_no = ?",
                  number),
        "reduction_online 2024-01-10 2024-01-12 45 1 2024-01-20");
}

static void t4_a_number_stands_for_one_study(void **state)
{
    const char *id_no = new_driver(), *number = new_record_no();

    (void)state;
    push("school", new_batch(),
         joined(study_line(number, id_no, "volunteer", "2024-01-12"),
                study_line(number, id_no, "volunteer", "2024-01-13")));
    assert_counts(1, 0, 1);
    assert_string_equal(codes_of(2), "record_differs");
}

static void t4_what_a_school_tells_wrongly_is_named(void **state)
{
    const char *id_no = new_driver();

    (void)state;
    push("school", new_batch(),
         joined(joined(study_line(new_record_no(), new_id_no(), "volunteer", "2024-01-12"),
                       cheating_line(new_record_no(), "2024-01-20")),
                joined(study_line(new_record_no(), id_no, "sleeping", "2024-01-09"),
                       examination_line(new_record_no(), id_no, "swimming"))));
    assert_counts(0, 0, 4);
    assert_string_equal(codes_of(1), "person_unknown");
    assert_string_equal(codes_of(2), "study_unknown");
    assert_string_equal(codes_of(3), "field_invalid dates_crossed");
    assert_string_equal(codes_of(4), "field_invalid");
}

/* Full study is counted in days, so that each day is a line; and a day has 1,440 minutes. */
static void t4_days_of_a_full_study_are_lines_of_their_own(void **state)
{
    const char *id_no = new_driver();

    (void)state;
    push("school", new_batch(),
         joined(joined(study_of(new_record_no(), id_no, "full_on_site", "2024-01-12", 600),
                       study_of(new_record_no(), id_no, "full_on_site", "2024-01-10", 1441)),
                joined(study_of(new_record_no(), id_no, "volunteer", "2024-01-11", 2881),
                       study_of(new_record_no(), id_no, "full_on_site", "2024-01-10", 600))));
    assert_counts(1, 0, 3);
    for (int i = 1; i <= 3; i++)
        assert_string_equal(codes_of(i), "field_invalid");
}

static void t4_cheating_is_found_on_one_day(void **state)
{
    const char *id_no = new_driver(), *number = new_record_no();

    (void)state;
    push("school", new_batch(),
         joined(study_line(number, id_no, "volunteer", "2024-01-12"),
                cheating_line(number, "2024-01-20")));
    push("school", new_batch(), cheating_line(number, "2024-01-21"));
    assert_counts(0, 0, 1);
    assert_string_equal(codes_of(1), "record_differs");
}

static void t4_only_schools_push_studies(void **state)
{
    const char *id_no = new_driver();

    (void)state;
    push("vehicle", new_batch(), study_line(new_record_no(), id_no, "volunteer", "2024-01-12"));
    assert_string_equal(codes_of(1), "type_not_allowed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(t4_studies_and_examinations_become_facts),
        TEST(t4_a_number_stands_for_one_study),
        TEST(t4_what_a_school_tells_wrongly_is_named),
        TEST(t4_days_of_a_full_study_are_lines_of_their_own),
        TEST(t4_cheating_is_found_on_one_day),
        TEST(t4_only_schools_push_studies),
    };

    return TELL_TWICE(tests);
}
