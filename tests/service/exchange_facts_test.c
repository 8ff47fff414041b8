/* What lines say: facts, faults with all reasons, repetitions; persons for identity; sealed fields.
 */

#include "service/exchange_stage.h"

#include <unistd.h>

#include "core/db.h"
#include "core/seal.h"
#include "exchange/fact.h"

#define OLD "2024-01-01T00:00:00.000Z"
#define NEW "2024-02-01T00:00:00.000Z"
#define COUNT_PLATE "SELECT COUNT(*) AS n FROM vehicle WHERE plate = ?"

static int64_t count_persons(void)
{
    return count_rows("SELECT COUNT(*) AS n FROM person WHERE id <> ?", "");
}

static const char *person_of(const char *id_no)
{
    const char *id = NULL;

    request_reset(test.r);
    assert_int_equal(find_person(test.r, id_no, &id), E_OK);
    return arena_text(test.arena, id);
}

/* ---- facts ---- */

static void lines_become_facts(void **state)
{
    const char *id_no = new_id_no(), *plate = new_plate(), *person;
    const char *lines =
        joined(joined(person_line("张伟", id_no, OLD), vehicle_line(plate, id_no, OLD)),
               licence_line(id_no, "normal", OLD));

    (void)state;
    assert_int_equal(push("vehicle", new_batch(), lines), 200);
    assert_counts(3, 0, 0);
    person = person_of(id_no);
    assert_string_equal(find_text("SELECT owner_id AS text FROM vehicle WHERE plate = ?", plate),
                        person);
    assert_string_equal(
        find_text("SELECT CONCAT(classes, '|', first_issued_on, '|', valid_until, '|', state, '|',"
                  "  source, '|', observed_at) AS text FROM licence WHERE person_id = ?",
                  person),
        "C1 D|2012-07-20|2034-07-20|normal|vehicle|2024-01-01 00:00:00.000");
}

/* A word about an accident is part of the record; none is what it was before there was such a word.
 */
static void t5_what_is_not_told_stays_unknown(void **state)
{
    const char *id_no = new_id_no(), *plate = new_plate(), *quiet = new_record_no(),
               *harmless = new_record_no();
    const char *record = camera_line(harmless, plate, "1344");
    const char *told = arena_printf(test.arena, "{\"accident\":\"none\",%s", record + 1);
    const char *vehicle = vehicle_line(plate, id_no, NEW);
    const char *changed =
        arena_printf(test.arena, "{\"registration_changed_on\":\"2019-03-01\",%s", vehicle + 1);

    (void)state;
    assert_int_equal(push("vehicle", new_batch(),
                          joined(person_line("张伟", id_no, OLD), vehicle_line(plate, id_no, OLD))),
                     200);
    assert_int_equal(count_rows(COUNT_PLATE " AND registration_changed_on IS NULL", plate), 1);
    assert_int_equal(push("vehicle", new_batch(), changed), 200);
    assert_string_equal(
        find_text("SELECT registration_changed_on AS text FROM vehicle WHERE plate = ?", plate),
        "2019-03-01");
    push("traffic", new_batch(), joined(camera_line(quiet, plate, "1344"), told));
    assert_counts(2, 0, 0);
    assert_string_equal(find_text("SELECT CONCAT(COUNT(accident), ' ', MAX(accident)) AS text"
                                  "  FROM camera_record WHERE plate = ?",
                                  plate),
                        "1 none");
    push("traffic", new_batch(), record); /* the same number without the word */
    assert_counts(0, 0, 1);
    push("vehicle", new_batch(),
         arena_printf(test.arena, "{\"registration_changed_on\":\"2018-05-17\",%s", vehicle + 1));
    assert_counts(0, 0, 1); /* before it was registered at all */
}

static void each_new_violation_is_told_to_violation(void **state)
{
    const char *id_no = new_id_no(), *plate = new_plate(), *decision_no = new_decision_no(), *id;
    const char *lines =
        joined(joined(person_line("张伟", id_no, OLD), camera_line(new_record_no(), plate, "1352")),
               street_line(decision_no, id_no, plate));

    (void)state;
    assert_int_equal(push("traffic", new_batch(), lines), 200);
    assert_counts(3, 0, 0);
    id = find_text("SELECT id AS text FROM camera_record WHERE plate = ?", plate);
    assert_string_equal(find_text("SELECT CONCAT(consumer, '|', kind, '|', arg, '|', producer)"
                                  "  AS text FROM event WHERE dedupe = ?",
                                  id),
                        arena_printf(test.arena,
                                     "violation|camera_record|{\"id\":\"%s\",\"code\":\"1352\"}|"
                                     "exchange",
                                     id));
    id = find_text("SELECT id AS text FROM street_decision WHERE decision_no = ?", decision_no);
    assert_string_equal(
        find_text("SELECT CONCAT(kind, '|', arg) AS text FROM event WHERE dedupe = ?", id),
        arena_printf(test.arena, "street_decision|{\"id\":\"%s\",\"code\":\"1301\"}", id));
    assert_string_equal(find_text("SELECT CONCAT(person_id, '|', fine_fen, '|', points, '|',"
                                  "  served_on) AS text FROM street_decision WHERE id = ?",
                                  id),
                        joined(person_of(id_no), "|20000|3|2024-06-01"));
}

static void full_width_and_blanks_become_one_form(void **state)
{
    const char *id_no = new_id_no();
    const char *plain = person_line("张伟", id_no, OLD);
    const char *spaced = person_line(
        "张伟", arena_printf(test.arena, "%.6s %.8s-%s", id_no, id_no + 6, id_no + 14), OLD);
    const char *vehicle = vehicle_line("粤ｂ·Ａ９９９９９", id_no, OLD);

    (void)state;
    assert_int_equal(push("vehicle", new_batch(), joined(joined(plain, spaced), vehicle)), 200);
    assert_int_equal(said_number("lines_bad"), 0);
    assert_int_equal(count_rows(COUNT_PLATE, "粤BA99999"), 1);
    assert_true(said_number("lines_known") >= 1); /* the same person twice */
}

/* ---- repetitions and newer observations ---- */

static void an_older_observation_never_replaces_a_newer_one(void **state)
{
    const char *id_no = new_id_no(), *plate = new_plate(), *person;
    const char *first =
        joined(joined(person_line("张伟", id_no, NEW), licence_line(id_no, "suspended", NEW)),
               vehicle_line(plate, id_no, NEW));
    const char *older =
        joined(joined(person_line("张三", id_no, OLD), licence_line(id_no, "normal", OLD)),
               vehicle_line(plate, new_id_no(), OLD));

    (void)state;
    push("vehicle", new_batch(), first);
    person = person_of(id_no);
    push("vehicle", new_batch(), older);
    assert_counts(2, 2, 1); /* the owner in the last line is nobody */
    assert_string_equal(find_text("SELECT state AS text FROM licence WHERE person_id = ?", person),
                        "suspended");
    assert_string_equal(find_text("SELECT owner_id AS text FROM vehicle WHERE plate = ?", plate),
                        person);
    push("vehicle", new_batch(),
         joined(person_line("张伟", id_no, NEW),
                licence_line(id_no, "normal", "2024-02-01T00:00:00.001Z")));
    assert_counts(2, 1, 0);
    assert_string_equal(find_text("SELECT state AS text FROM licence WHERE person_id = ?", person),
                        "normal");
}

static void a_newer_observation_changes_the_name(void **state)
{
    const char *id_no = new_id_no();

    (void)state;
    push("vehicle", new_batch(), person_line("张伟", id_no, OLD));
    push("vehicle", new_batch(), person_line("张三", id_no, NEW));
    assert_counts(1, 0, 0);
    ask_person("identity", arena_printf(test.arena, "{\"name\":\"张三\",\"id_no\":\"%s\"}", id_no));
    assert_int_equal(test.r->http_status, 200);
}

static void a_record_twice_is_known_and_a_contradiction_is_refused(void **state)
{
    const char *id_no = new_id_no(), *plate = new_plate(), *record_no = new_record_no();
    const char *decision_no = new_decision_no();
    const char *good =
        joined(joined(person_line("张伟", id_no, OLD), camera_line(record_no, plate, "1352")),
               street_line(decision_no, id_no, plate));
    const char *other =
        joined(camera_line(record_no, plate, "1625"), street_line(decision_no, id_no, new_plate()));

    (void)state;
    push("traffic", new_batch(), good);
    push("traffic", new_batch(), good);
    assert_counts(3, 3, 0);
    push("traffic", new_batch(), other);
    assert_counts(0, 0, 2);
    assert_string_equal(codes_of(1), "record_differs");
    assert_string_equal(codes_of(2), "record_differs");
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM event e JOIN camera_record c"
                                "  ON e.dedupe = c.id WHERE c.plate = ?",
                                plate),
                     1);
}

/* ---- faults ---- */

static void every_fault_of_a_line_is_named(void **state)
{
    static const struct {
        const char *line, *codes;
    } cases[] = {
        {"not json\n", "body_not_json"},
        {"[]\n", "body_not_json"},
        {"\n", "body_not_json"},
        {"{\"type\":\"person\",\"type\":\"person\"}\n", "body_not_json"},
        {"{\"name\":\"x\"}\n", "field_missing"},
        {"{\"type\":7}\n", "field_type"},
        {"{\"type\":\"bicycle\"}\n", "type_unknown"},
        {"{\"type\":\"person\",\"name\":\"张\",\"id_no\":\"440300199003078015\",\"phone\":\"1\","
         "\"observed_at\":\"2024-01-01\",\"more\":1}\n",
         "field_type field_unknown field_invalid field_invalid field_invalid"},
        {"{\"type\":\"vehicle\",\"plate_type\":\"00\",\"plate\":\"粤B1234O\",\"vin\":"
         "\"LSGTC52U0JY000001\",\"registered_on\":\"2018-05-18\",\"use_kind\":\"private\","
         "\"observed_at\":\"" OLD "\"}\n",
         "field_invalid field_invalid field_invalid"},
        {"{\"type\":\"camera_record\"}\n",
         "type_not_allowed field_missing field_missing field_missing field_missing field_missing"
         " field_missing field_missing field_missing"},
        {"{\"type\":\"licence\",\"id_no\":\"440300199003078014\",\"file_no\":\"440300012345\","
         "\"classes\":[\"C1\",\"C1\"],\"first_issued_on\":\"2099-01-01\",\"valid_until\":"
         "\"2098-01-01\",\"state\":\"lost\",\"observed_at\":\"2099-01-01T00:00:00.000Z\"}\n",
         "field_repeated field_invalid in_future dates_crossed in_future"},
    };
    enum { CASES = sizeof(cases) / sizeof(*cases) };
    const char *id_no = new_id_no(), *body = "";

    (void)state;
    for (size_t i = 0; i < CASES; i++)
        body = joined(body, cases[i].line);
    body = joined(body, person_line("张伟", id_no, OLD));
    assert_int_equal(push("vehicle", new_batch(), body), 200);
    assert_counts(1, 0, CASES);
    for (size_t i = 0; i < CASES; i++)
        assert_string_equal(codes_of((int64_t)i + 1), cases[i].codes);
    assert_int_equal(strlen(person_of(id_no)), 26);
}

static void amounts_are_whole_fen(void **state)
{
    const char *id_no = new_id_no(), *line = street_line(new_decision_no(), id_no, new_plate());
    const char *head = arena_text_of(test.arena, line, (size_t)(strstr(line, "20000") - line));
    const char *tail = strstr(line, "20000") + strlen("20000"), *body = "";
    static const char *const amounts[] = {"200.5", "\"20000\"", "-1", "1e3", "500001"};

    (void)state;
    for (size_t i = 0; i < 5; i++)
        body = joined(body, arena_printf(test.arena, "%s%s%s", head, amounts[i], tail));
    push("traffic", new_batch(), body);
    assert_counts(0, 0, 5);
    for (int64_t i = 1; i <= 4; i++)
        assert_string_equal(codes_of(i), i == 3 ? "field_range" : "field_type");
    assert_string_equal(codes_of(5), "field_range");
}

static void who_is_unknown_cannot_be_referred_to(void **state)
{
    const char *nobody = new_id_no(), *plate = new_plate();

    (void)state;
    push("vehicle", new_batch(),
         joined(vehicle_line(plate, nobody, OLD), licence_line(nobody, "normal", OLD)));
    assert_counts(0, 0, 2);
    assert_string_equal(codes_of(1), "person_unknown");
    assert_string_equal(codes_of(2), "person_unknown");
    push("traffic", new_batch(), street_line(new_decision_no(), nobody, plate));
    assert_string_equal(codes_of(1), "person_unknown");
    assert_int_equal(count_rows(COUNT_PLATE, plate), 0);
}

static void a_line_that_is_too_long_stops_nothing(void **state)
{
    const char *id_no = new_id_no();
    const char *longest = arena_printf(test.arena, "%016384d\n", 1);
    const char *longer = arena_printf(test.arena, "%016385d\n", 1);
    const char *longer_still = arena_printf(test.arena, "%0200000d\n", 1);

    (void)state;
    push("vehicle", new_batch(),
         joined(joined(longest, longer), joined(longer_still, person_line("张伟", id_no, OLD))));
    assert_counts(1, 0, 3);
    assert_string_equal(codes_of(1), "body_not_json");
    assert_string_equal(codes_of(2), "line_too_long");
    assert_string_equal(codes_of(3), "line_too_long");
    assert_int_equal(strlen(person_of(id_no)), 26);
}

/* A line that the tables could not hold, or that says a day past all days, would stop its batch. */
static void a_line_beyond_the_tables_stops_nothing(void **state)
{
    static const char *const swaps[][2] = {
        {"红荔路", NULL},
        {"2024-06-01T01:00:00.000Z", "9999-12-31T20:00:00.000Z"},
        {"\"fine_fen\":20000", "\"fine_fen\":0"},
    };
    static const char *const codes[] = {"field_invalid", "in_future", "field_invalid"};
    const char *id_no = new_id_no(), *body = person_line("张伟", id_no, OLD);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const char *line = street_line(new_decision_no(), id_no, new_plate());
        const char *at = strstr(line, swaps[i][0]);
        const char *put = i == 0 ? arena_printf(test.arena, "%0121d", 1) : swaps[i][1];

        body = joined(body, arena_printf(test.arena, "%s%s%s",
                                         arena_text_of(test.arena, line, (size_t)(at - line)), put,
                                         at + strlen(swaps[i][0])));
    }
    assert_int_equal(push("traffic", new_batch(), body), 200);
    assert_counts(1, 0, 3);
    for (int64_t i = 0; i < 3; i++)
        assert_string_equal(codes_of(i + 2), codes[i]);
}

static void a_fault_keeps_no_persons_number(void **state)
{
    const char *batch = new_batch(), *reasons;
    const char *body =
        "{\"type\":\"person\",\"name\":\"440300199003078014\",\"id_no\":\"110105194912310021\","
        "\"phone\":\"13812345678９\",\"observed_at\":\"13812345678\",\"13812345678\":1}\n"
        "{\"type\":\"vehicle\",\"plate\":\"４４０３００１９９００３０７８０１４\"}\n";

    (void)state;
    push("vehicle", batch, body);
    assert_counts(0, 0, 2);
    reasons = find_text("SELECT GROUP_CONCAT(f.reasons) AS text FROM batch_fault f"
                        "  JOIN agency_batch b ON f.batch = b.id WHERE b.batch_id = ?",
                        batch);
    assert_null(strstr(reasons, "440300199003078014"));
    assert_null(strstr(reasons, "110105194912310021"));
    assert_null(strstr(reasons, "13812345678"));
    assert_null(strstr(reasons, "４４０３００"));
    assert_non_null(strstr(reasons, "110***********0021"));
}

/* ---- persons for identity ---- */

static const char *person_body(const char *name, const char *id_no)
{
    return arena_printf(test.arena, "{\"name\":\"%s\",\"id_no\":\"%s\"}", name, id_no);
}

static void identity_creates_a_missing_person_once(void **state)
{
    const char *body = person_body("李娜", new_id_no()), *first;
    int64_t before = count_persons();

    (void)state;
    assert_int_equal(ask_person("identity", body), 200);
    first = arena_text(test.arena, test.r->answer);
    assert_int_equal(ask_person("identity", body), 200);
    assert_string_equal(test.r->answer, first);
    assert_int_equal(count_persons(), before + 1);
    assert_string_equal(
        find_text("SELECT source AS text FROM person WHERE id = ?", said("person_id")), "identity");
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM exchange_audit"
                                "  WHERE act = 'person_matched' AND object = ?",
                                said("person_id")),
                     test.is_rehearsing ? 4 : 2); /* each run of the body opens the name */
}

static void identity_finds_who_an_agency_pushed(void **state)
{
    const char *id_no = new_id_no(), *found;

    (void)state;
    push("vehicle", new_batch(), person_line("阿卜杜·买买提", id_no, OLD));
    ask_person("identity", person_body("阿卜杜・买买提", id_no));
    assert_int_equal(test.r->http_status, 200);
    found = said("person_id");
    assert_string_equal(found, person_of(id_no));
}

static void another_name_is_refused(void **state)
{
    const char *id_no = new_id_no();

    (void)state;
    push("vehicle", new_batch(), person_line("张伟", id_no, OLD));
    ask_person("identity", person_body("张三", id_no));
    assert_refused(409, "name_differs");
    assert_false(said_word(id_no));
}

static void bad_persons_are_refused_with_all_reasons(void **state)
{
    (void)state;
    ask_person("identity", person_body("张", "440300199003078015"));
    assert_refused(400, "field_invalid");
    assert_true(said_word("\"name\"") && said_word("\"id_no\""));
    ask_person("identity", "{\"name\":\"张伟\",\"id_no\":\"440300199003078014\",\"more\":1}");
    assert_refused(400, "field_unknown");
}

static void only_identity_may_ask_for_persons(void **state)
{
    const char *body = person_body("张伟", new_id_no());
    int64_t before = count_persons();

    (void)state;
    ask_person(NULL, body);
    assert_refused(401, "unauthenticated");
    ask_person("violation", body); /* its name, but identity's key */
    assert_refused(401, "unauthenticated");
    assert_int_equal(count_persons(), before);
}

/* ---- sealed fields ---- */

static void nothing_personal_stands_in_clear(void **state)
{
    const char *id_no = new_id_no();

    (void)state;
    push("vehicle", new_batch(),
         joined(person_line("张伟", id_no, OLD), licence_line(id_no, "normal", OLD)));
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM person WHERE INSTR(CONCAT(name, id_no,"
                                "  phone, id_no_index), ?) > 0",
                                id_no),
                     0);
    assert_int_equal(
        count_rows("SELECT COUNT(*) AS n FROM person WHERE INSTR(CONCAT(name, phone), ?) > 0",
                   "13800138000"),
        0);
    assert_int_equal(
        count_rows("SELECT COUNT(*) AS n FROM licence WHERE INSTR(file_no, ?) > 0", "440300012345"),
        0);
}

/* The key file with a new active key, as scripts/rotate-data-key writes it. */
static const char *rotated_keys(const char *old_path)
{
    const char *path = arena_printf(test.arena, "%s/rotated.keys", getenv("TMPDIR"));
    FILE *old = fopen(old_path, "r"), *file = fopen(path, "w");
    char line[256];

    assert_true(old != NULL && file != NULL);
    while (fgets(line, sizeof(line), old) != NULL) {
        const char *active = strncmp(line, "data", 4) == 0 ? strstr(line, " active ") : NULL;

        if (active == NULL)
            fputs(line, file);
        else
            fprintf(file, "%.*s decrypt %s", (int)(active - line), line,
                    active + strlen(" active "));
    }
    fputs("data 2 active sm4 "
          "4444444444444444444444444444444444444444444444444444444444444444\n",
          file);
    fclose(old);
    assert_int_equal(fclose(file), 0);
    return path;
}

static int64_t rows_under_key(const char *key_id)
{
    return count_rows("SELECT COUNT(*) AS n FROM (SELECT key_id FROM person UNION ALL"
                      "  SELECT key_id FROM licence) x WHERE key_id = ?",
                      key_id);
}

static void assert_person_opens(const char *name, const char *id_no)
{
    assert_int_equal(ask_person("identity", person_body(name, id_no)), 200);
}

static void a_new_data_key_takes_over_every_row(void **state)
{
    const char *before = new_id_no(), *after = new_id_no();
    const char *keys = arena_text(test.arena, getenv("DATA_KEYS_FILE"));
    int64_t rows;

    (void)state;
    for (int i = 0; i < 60; i++) /* more than one round takes */
        push("vehicle", new_batch(), person_line("张伟", new_id_no(), OLD));
    push("vehicle", new_batch(),
         joined(person_line("张伟", before, OLD), licence_line(before, "normal", OLD)));
    rows = rows_under_key("1");
    setenv("DATA_KEYS_FILE", rotated_keys(keys), 1);
    restart();
    assert_person_opens("张伟", before);
    push("vehicle", new_batch(), person_line("李娜", after, OLD));
    assert_true(rows_under_key("2") >= 1);
    /* A newer observation alone does not take a row over: its number is sealed as before. */
    push("vehicle", new_batch(), person_line("张三", before, NEW));
    assert_int_equal(rows_under_key("1"), rows);
    request_reset(test.r);
    assert_int_equal(reseal(test.r, NULL), E_OK);
    assert_int_equal(rows_under_key("1"), 0);
    assert_person_opens("张三", before);
    assert_person_opens("李娜", after);
    setenv("DATA_KEYS_FILE", keys, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_become_facts),
        TEST(t5_what_is_not_told_stays_unknown),
        TEST(each_new_violation_is_told_to_violation),
        TEST(full_width_and_blanks_become_one_form),
        TEST(an_older_observation_never_replaces_a_newer_one),
        TEST(a_newer_observation_changes_the_name),
        TEST(a_record_twice_is_known_and_a_contradiction_is_refused),
        TEST(every_fault_of_a_line_is_named),
        TEST(amounts_are_whole_fen),
        TEST(who_is_unknown_cannot_be_referred_to),
        TEST(a_line_that_is_too_long_stops_nothing),
        TEST(a_line_beyond_the_tables_stops_nothing),
        TEST(a_fault_keeps_no_persons_number),
        TEST(identity_creates_a_missing_person_once),
        TEST(identity_finds_who_an_agency_pushed),
        TEST(another_name_is_refused),
        TEST(bad_persons_are_refused_with_all_reasons),
        TEST(only_identity_may_ask_for_persons),
        TEST(nothing_personal_stands_in_clear),
    };
    /* Keys are rotated last and once: what was written under the new key opens with no other. */
    const struct CMUnitTest rotation[] = {TEST(a_new_data_key_takes_over_every_row)};

    return TELL_TWICE(tests) +
           cmocka_run_group_tests_name("rotation", rotation, open_rehearsed, close_all);
}
