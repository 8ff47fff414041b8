/* What violation tells citizens, and the walk over what is still to be paid. */

#include "service/violation_stage.h"

#include "core/db.h"
#include "core/job.h"
#include "violation/tell.h"

static int64_t told(const char *kind, const char *person_id)
{
    return database_number("SELECT COUNT(*) FROM event WHERE consumer = 'notice' AND kind = '%s'"
                           " AND JSON_VALUE(arg, '$.person_id') = '%s'",
                           kind, person_id);
}

static const char *value(const char *kind, const char *person_id, const char *way)
{
    return database_word("SELECT JSON_VALUE(arg, '$.%s') FROM event WHERE consumer = 'notice'"
                         " AND kind = '%s' AND JSON_VALUE(arg, '$.person_id') = '%s'",
                         way, kind, person_id);
}

/* The job, as often as it wants to be called. */
static void walk(void)
{
    const struct task task = {.id = new_id(), .kind = "remind", .dedupe = "periodic"};

    for (int i = 0; i < 100; i++) {
        struct request *r = request_open(&asker.process);
        enum error done = remind(r, &task);

        request_close(r);
        if (done == E_OK)
            return;
        assert_int_equal(done, E_AGAIN);
    }
    fail_msg("the walk does not end");
}

static void forget_walks(void)
{
    database_run("DELETE FROM violation_reminder_walk");
}

/* As when a brigade's archive is taken in. */
static void records_of_long_ago_are_no_news(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera_on(citizen.plate, "1625", "2026-09-22");

    (void)state;
    assert_int_equal(told("violation_new", citizen.person_id), 0);
    sign_in(citizen.person_id);
    assert_int_equal(show(id), 200);
    camera_on(citizen.plate, "1625", "2026-09-23");
    assert_int_equal(told("violation_new", citizen.person_id), 1);
}

static void the_owner_is_told_of_a_record_once_and_without_more_than_needed(void **state)
{
    struct citizen citizen = new_driver();
    const char *fact_id = insert_camera(citizen.plate, "1625", "2026-11-18");
    const char *arg;

    (void)state;
    consume();
    publish_again("camera_record", fact_id);
    consume();
    assert_int_equal(told("violation_new", citizen.person_id), 1);
    assert_string_equal(value("violation_new", citizen.person_id, "about"), case_of(fact_id));
    assert_string_equal(value("violation_new", citizen.person_id, "values.day"), "2026年11月18日");
    arg = database_word("SELECT arg FROM event WHERE kind = 'violation_new'"
                        " AND JSON_VALUE(arg, '$.person_id') = '%s'",
                        citizen.person_id);
    assert_null(strstr(arg, citizen.plate));
    assert_null(strstr(arg, "深南大道"));
}

static void who_represents_an_organisation_is_told_of_its_vehicles(void **state)
{
    const char *boss = new_owner().person_id, *company = company_of(boss),
               *plate = new_lorry_of(company);

    (void)state;
    camera(plate, "1625");
    assert_int_equal(told("violation_new", boss), 1);
    database_run("UPDATE organisation SET state = 'cancelled' WHERE id = '%s'", company);
    camera(plate, "1039");
    assert_int_equal(told("violation_new", boss), 1);
}

static void nobody_is_told_of_a_vehicle_without_an_owner(void **state)
{
    int64_t before = database_number("SELECT COUNT(*) FROM event WHERE consumer = 'notice'");

    (void)state;
    camera("粤BNONE9", "1344");
    assert_int_equal(database_number("SELECT COUNT(*) FROM event WHERE consumer = 'notice'"),
                     before);
}

static void a_decision_is_told_with_its_last_day(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344");

    (void)state;
    assert_int_equal(confirm_plainly(id), 201);
    assert_int_equal(told("decision_made", citizen.person_id), 1);
    assert_string_equal(value("decision_made", citizen.person_id, "about"), id);
    assert_string_equal(value("decision_made", citizen.person_id, "values.next"),
                        "缴款期限2026年12月7日");
}

static void a_warning_asks_for_no_money(void **state)
{
    const char *person_id = new_id();

    (void)state;
    street(person_id, "1039", 0, 0, "2026-11-20");
    assert_string_equal(value("decision_made", person_id, "values.next"), "无需缴款");
    assert_string_equal(value("decision_made", person_id, "values.penalty"), "警告");
}

/* Served on the 20th of November: fifteen days later it is a Saturday, so the last day is the
 * Monday. */
static const char *owing(void)
{
    const char *person_id = new_id();

    street(person_id, "1301", 20000, 3, "2026-11-20");
    assert_string_equal(
        database_word("SELECT due_on FROM obligation WHERE person_id = '%s'", person_id),
        "2026-12-07");
    return person_id;
}

static void who_owes_is_reminded_once_three_days_before(void **state)
{
    const char *person_id = owing();

    (void)state;
    forget_walks();
    set_clock("2026-12-03T06:00:00.000Z");
    walk();
    assert_int_equal(told("fine_due_soon", person_id), 0);
    set_clock("2026-12-04T00:59:00.000Z"); /* 8:59 in China: too early in the day */
    walk();
    assert_int_equal(told("fine_due_soon", person_id), 0);
    set_clock("2026-12-04T01:00:00.000Z");
    walk();
    walk();
    set_clock("2026-12-04T09:00:00.000Z");
    walk();
    assert_int_equal(told("fine_due_soon", person_id), 1);
    assert_string_equal(value("fine_due_soon", person_id, "values.amount"), "200.00元");
    assert_string_equal(value("fine_due_soon", person_id, "values.day"), "2026年12月7日");
    assert_string_equal(value("fine_due_soon", person_id, "values.rate"), "3%");
    assert_int_equal(told("surcharge_starts", person_id), 0);
}

static void what_was_lowered_is_reminded_of_as_it_is_owed(void **state)
{
    const char *person_id = owing();

    (void)state;
    database_run("UPDATE obligation SET lowered_fen = 10000, lowered_at = '2026-11-25'"
                 " WHERE person_id = '%s'",
                 person_id);
    forget_walks();
    set_clock("2026-12-04T01:00:00.000Z");
    walk();
    assert_string_equal(value("fine_due_soon", person_id, "values.amount"), "100.00元");
}

static void the_surcharge_is_told_on_its_first_day(void **state)
{
    const char *person_id = owing();

    (void)state;
    forget_walks();
    set_clock("2026-12-07T02:00:00.000Z");
    walk();
    assert_int_equal(told("surcharge_starts", person_id), 0);
    set_clock("2026-12-08T02:00:00.000Z");
    walk();
    walk();
    assert_int_equal(told("surcharge_starts", person_id), 1);
}

static void what_is_paid_or_withdrawn_is_not_reminded_of(void **state)
{
    const char *paid = owing(), *withdrawn = owing();

    (void)state;
    forget_walks();
    settle(database_word("SELECT id FROM obligation WHERE person_id = '%s'", paid), 20000,
           "2026-11-25 00:00:00");
    database_run("UPDATE obligation SET withdrawn_at = '2026-11-25' WHERE person_id = '%s'",
                 withdrawn);
    set_clock("2026-12-04T02:00:00.000Z");
    walk();
    set_clock("2026-12-08T02:00:00.000Z");
    walk();
    assert_int_equal(told("fine_due_soon", paid) + told("surcharge_starts", paid), 0);
    assert_int_equal(told("fine_due_soon", withdrawn) + told("surcharge_starts", withdrawn), 0);
}

/* Days that nobody walked are made up for; but what was due before is no longer due soon. */
static void after_a_rest_the_walk_goes_on_where_it_was(void **state)
{
    const char *late = owing(), *soon = new_id();

    (void)state;
    street(soon, "1301", 20000, 3, "2026-11-26"); /* until the 11th of December */
    forget_walks();
    set_clock("2026-11-30T02:00:00.000Z");
    walk();
    set_clock("2026-12-09T02:00:00.000Z");
    walk();
    assert_int_equal(told("fine_due_soon", late), 0);
    assert_int_equal(told("surcharge_starts", late), 1);
    assert_int_equal(told("fine_due_soon", soon), 1);
    assert_int_equal(told("surcharge_starts", soon), 0);
}

static void what_was_late_before_the_first_walk_is_no_news(void **state)
{
    const char *person_id = owing();

    (void)state;
    forget_walks();
    set_clock("2026-12-20T02:00:00.000Z");
    walk();
    assert_int_equal(told("surcharge_starts", person_id), 0);
}

/* More than a batch on one day, most of it paid: each batch is bounded, and everybody is told. */
static void many_of_one_day_are_walked_in_batches(void **state)
{
    const char *person_id = new_id(), *prefix = new_id();

    (void)state;
    street(person_id, "1301", 20000, 3, "2026-11-20");
    database_run("INSERT INTO obligation (id, module, kind, ref_no, account, title, person_id,"
                 " base_fen, late_percent_a_day, late_percent_max, due_on, decided_at)"
                 " SELECT CONCAT(LEFT('%s', 22), LPAD(seq, 4, '0')), 'violation', 'fine',"
                 " CONCAT('B', RIGHT('%s', 8), seq), 'fine_treasury', '罚款', '%s', 5000, 3, 100,"
                 " '2026-12-07', '2026-11-20' FROM seq_1_to_1000",
                 prefix, prefix, person_id);
    database_run(
        "INSERT INTO violation_decision (decision_no, case_id, stands, withdrawn_at, manner,"
        " person_id, authority, facts, fact_source, fact_observed_at, title, basis,"
        " rule_source, fine_fen, points, late_percent_a_day, late_percent_max, decided_at,"
        " served_on, due_on, obligation_id) SELECT ref_no, (SELECT case_id FROM"
        " violation_decision WHERE person_id = '%s' LIMIT 1), NULL, '2026-11-20', 'street',"
        " person_id, '', '', '', '2026-11-20', '逆向行驶', '', '', 5000, 0, 3, 100,"
        " '2026-11-20', '2026-11-20', '2026-12-07', id FROM obligation"
        " WHERE ref_no LIKE CONCAT('B', RIGHT('%s', 8), '%%')",
        person_id, prefix);
    forget_walks();
    set_clock("2026-12-08T02:00:00.000Z");
    walk();
    walk();
    assert_int_equal(told("surcharge_starts", person_id), 1001);
}

static void the_walk_reads_an_index(void **state)
{
    (void)state;
    assert_string_equal(
        database_word("SELECT COUNT(*) FROM information_schema.statistics WHERE table_name ="
                      " 'obligation' AND index_name = 'by_due'"),
        "3");
}

#define TEST(name) cmocka_unit_test_setup(name, begin_violation)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(records_of_long_ago_are_no_news),
        TEST(the_owner_is_told_of_a_record_once_and_without_more_than_needed),
        TEST(who_represents_an_organisation_is_told_of_its_vehicles),
        TEST(nobody_is_told_of_a_vehicle_without_an_owner),
        TEST(a_decision_is_told_with_its_last_day),
        TEST(a_warning_asks_for_no_money),
        TEST(who_owes_is_reminded_once_three_days_before),
        TEST(what_was_lowered_is_reminded_of_as_it_is_owed),
        TEST(the_surcharge_is_told_on_its_first_day),
        TEST(what_is_paid_or_withdrawn_is_not_reminded_of),
        TEST(after_a_rest_the_walk_goes_on_where_it_was),
        TEST(what_was_late_before_the_first_walk_is_no_news),
        TEST(many_of_one_day_are_walked_in_batches),
        TEST(the_walk_reads_an_index),
    };

    return cmocka_run_group_tests_name("plain", tests, open_applications, close_applications) +
           cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                       close_applications);
}
