/* The officers' desk: routes, schema and rights of office. Rows are inserted as the domains keep
 * them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/db.h"
#include "core/ulid.h"
#include "support/asker.h"
#include "support/database.h"

#include <cmocka.h>

#define FUTIAN "440304"
#define NANSHAN "440305"

static struct asker asker;
static struct arena *texts;
static int count;

static int open_all(void **state)
{
    (void)state;
    texts = arena_open(4 * 1024 * 1024);
    database_open();
    asker_open(&asker);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    asker_close(&asker);
    database_close();
    arena_close(texts);
    return 0;
}

static void officer(const char *id, const char *brigade, unsigned roles)
{
    asker.brigade = brigade;
    asker_sign_in(&asker, id, NULL, OFFICER | roles);
}

static int begin(void **state)
{
    (void)state;
    database_run("DELETE FROM work_item");
    officer("01JD00000000000000000000F1", FUTIAN, REVIEWER);
    return 0;
}

/* `more`: further columns and values, "state = 'issued'". */
static const char *item(const char *brigade, const char *due_on, const char *more)
{
    const char *no = arena_printf(texts, "2018092833%06d", ++count);
    const char *id = arena_printf(texts, "01JD%022d", count);

    no = arena_printf(texts, "%s%c", no, (int)'0');
    database_run("INSERT INTO work_item SET application_id = '%s', module = 'road',"
                 " application_no = '%s', service = 'road.heavy_goods', measure = 'R2',"
                 " channel = 'wechat', brigade = '%s', state = 'accepted', step = 'review',"
                 " due_on = '%s', sort_on = '%s', submitted_at = '2018-09-28 02:00:00'",
                 id, no, brigade, due_on, due_on);
    if (*more != '\0')
        database_run("UPDATE work_item SET %s WHERE application_id = '%s'", more, id);
    return id;
}

static int list(const char *query)
{
    return ask(&asker, "GET", arena_printf(texts, "/api/office/tasks%s", query), NULL);
}

static void what_is_due_first_comes_first_and_only_of_the_brigade(void **state)
{
    const char *late = item(FUTIAN, "2018-10-10", ""), *soon = item(FUTIAN, "2018-09-29", "");

    (void)state;
    item(NANSHAN, "2018-09-01", "");
    item(FUTIAN, "2018-09-01", "sort_on = NULL, step = NULL, state = 'issued'");
    assert_int_equal(list(""), 200);
    assert_int_equal(answer_count(&asker, "items"), 2);
    assert_string_equal(answer_text(&asker, "items.0.application_id"), soon);
    assert_string_equal(answer_text(&asker, "items.1.application_id"), late);
}

static void pages_follow_each_other_without_gap_or_repetition(void **state)
{
    const char *next = "";
    int64_t seen = 0;

    (void)state;
    for (int i = 0; i < 7; i++)
        item(FUTIAN, i < 4 ? "2018-10-08" : "2018-10-09", "");
    for (int pages = 0; next != NULL; pages++) {
        assert_true(pages < 4);
        assert_int_equal(list(arena_printf(texts, "?limit=3%s", next)), 200);
        seen += answer_count(&asker, "items");
        next = answer_text(&asker, "next");
        next = next == NULL ? NULL : arena_printf(texts, "&after=%s", next);
    }
    assert_int_equal(seen, 7);
}

static void odd_cursors_and_words_are_refused(void **state)
{
    (void)state;
    assert_int_equal(list("?after=2018-10-08"), 400);
    assert_int_equal(list("?after=2018-13-08.01JD0000000000000000000001"), 400);
    assert_int_equal(list("?module=road%27"), 400);
    assert_int_equal(list("?limit=0"), 400);
}

static void who_is_no_officer_of_a_brigade_sees_nothing(void **state)
{
    (void)state;
    item(FUTIAN, "2018-10-10", "");
    officer("01JD00000000000000000000F1", NULL, REVIEWER);
    assert_int_equal(list(""), 403);
    officer("01JD00000000000000000000F1", FUTIAN, FINANCE);
    assert_int_equal(list(""), 403);
    asker_sign_in(&asker, "01JD00000000000000000000C1", "01JD00000000000000000000P1",
                  CITIZEN | VERIFIED);
    assert_int_equal(list(""), 403);
}

static void a_number_finds_it_in_its_brigade_alone(void **state)
{
    const char *found = "/api/office/tasks/20180928330000010";

    (void)state;
    item(FUTIAN, "2018-10-10", "application_no = '20180928330000010'");
    assert_int_equal(ask(&asker, "GET", found, NULL), 200);
    assert_int_equal(ask(&asker, "GET", "/api/office/tasks/20180928330000011", NULL), 404);
    officer("01JD00000000000000000000N1", NANSHAN, REVIEWER);
    assert_int_equal(ask(&asker, "GET", found, NULL), 404);
    assert_true(database_number("SELECT COUNT(*) FROM office_audit") > 0);
    officer("01JD00000000000000000000A1", NULL, AUDITOR);
    assert_int_equal(ask(&asker, "GET", found, NULL), 200);
}

#define DECIDED(at, promised)                                                                      \
    "sort_on = NULL, step = NULL, state = 'issued', decided_at = '" at                             \
    "', promised_on = '" promised "'"

static void v8_counts_times_promises_and_what_is_stuck(void **state)
{
    (void)state;
    item(FUTIAN, "2018-09-29", DECIDED("2018-09-28 02:10:00", "2018-09-29"));
    item(FUTIAN, "2018-09-29", DECIDED("2018-09-28 02:30:00", "2018-09-29"));
    item(FUTIAN, "2018-09-29", DECIDED("2018-09-30 02:00:00", "2018-09-29"));
    item(FUTIAN, "2018-09-29", "channel = 'window'"); /* stuck since */
    item(FUTIAN, "2018-09-29", "is_paused = 1");
    officer("01JD00000000000000000000L1", FUTIAN, LEAD);
    assert_int_equal(
        ask(&asker, "GET", "/api/office/statistics?from=2018-09-01&to=2018-09-30", NULL), 200);
    assert_int_equal(answer_number(&asker, "decided.0.decided"), 3);
    assert_int_equal(answer_number(&asker, "decided.0.median_minutes"), 30);
    assert_int_equal(answer_number(&asker, "decided.0.slowest_minutes"), 2880);
    assert_int_equal(answer_number(&asker, "decided.0.promised"), 3);
    assert_int_equal(answer_number(&asker, "decided.0.kept"), 2);
    assert_int_equal(answer_number(&asker, "open.0.open"), 2);
    assert_int_equal(answer_number(&asker, "open.0.overdue"), 1);
    assert_int_equal(answer_number(&asker, "open.0.paused"), 1);
    assert_int_equal(
        ask(&asker, "GET", "/api/office/statistics?from=2018-09-01&to=2019-09-30", NULL), 422);
    asker_sign_out(&asker);
    assert_int_equal(ask(&asker, "GET", "/api/office/share?from=2018-09-01&to=2018-09-30", NULL),
                     200);
    assert_int_equal(answer_number(&asker, "applications"), 5);
    assert_int_equal(answer_number(&asker, "online_applications"), 4);
}

static void office_may_change_nothing(void **state)
{
    (void)state;
    assert_true(database_refuses("office", "UPDATE work_item SET state = 'issued'") != 0);
    assert_true(database_refuses("office", "DELETE FROM work_item") != 0);
    assert_true(database_refuses("office", "SELECT * FROM road_application") != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_due_first_comes_first_and_only_of_the_brigade, begin),
        cmocka_unit_test_setup(pages_follow_each_other_without_gap_or_repetition, begin),
        cmocka_unit_test_setup(odd_cursors_and_words_are_refused, begin),
        cmocka_unit_test_setup(who_is_no_officer_of_a_brigade_sees_nothing, begin),
        cmocka_unit_test_setup(a_number_finds_it_in_its_brigade_alone, begin),
        cmocka_unit_test_setup(v8_counts_times_promises_and_what_is_stuck, begin),
        cmocka_unit_test_setup(office_may_change_nothing, begin),
    };

    return cmocka_run_group_tests_name("office", tests, open_all, close_all);
}
