#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/db.h"
#include "support/asker.h"
#include "support/database.h"

#include <cmocka.h>

#define ENTRIES "/api/@name@/entries"
#define OWNER "01JD0000000000000000000001"
#define STRANGER "01JD0000000000000000000002"

static struct asker asker;

static int open_all(void **state)
{
    (void)state;
    database_open();
    asker_open(&asker);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    asker_close(&asker);
    database_close();
    return 0;
}

static int sign_in(void **state)
{
    (void)state;
    database_run("DELETE FROM @name@_entry");
    database_run("DELETE FROM @name@_idem");
    asker_sign_in(&asker, OWNER, NULL, CITIZEN);
    asker.key = "key-00000001";
    return 0;
}

static void an_entry_is_seen_by_its_owner_only(void **state)
{
    (void)state;
    assert_int_equal(ask(&asker, "POST", ENTRIES, "{\"title\":\"一\"}"), 201);
    assert_string_equal(answer_text(&asker, "title"), "一");
    assert_int_equal(ask(&asker, "GET", ENTRIES, NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 1);
    asker_sign_in(&asker, STRANGER, NULL, CITIZEN);
    assert_int_equal(ask(&asker, "GET", ENTRIES, NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 0);
    asker_sign_out(&asker);
    assert_int_equal(ask(&asker, "GET", ENTRIES, NULL), 401);
}

static void a_second_tap_makes_no_second_entry(void **state)
{
    char id[32];

    (void)state;
    assert_int_equal(ask(&asker, "POST", ENTRIES, "{\"title\":\"一\"}"), 201);
    snprintf(id, sizeof(id), "%s", answer_text(&asker, "id"));
    assert_int_equal(ask(&asker, "POST", ENTRIES, "{\"title\":\"一\"}"), 201);
    assert_string_equal(answer_text(&asker, "id"), id);
    assert_int_equal(database_number("SELECT COUNT(*) FROM @name@_entry"), 1);
    assert_int_equal(ask(&asker, "POST", ENTRIES, "{\"title\":\"二\"}"), 422);
    assert_true(answer_has_reason(&asker, "idempotency_key_reused"));
}

static void a_lost_commit_makes_no_second_entry(void **state)
{
    (void)state;
    db_rehearse(&asker.process, true);
    assert_int_equal(ask(&asker, "POST", ENTRIES, "{\"title\":\"一\"}"), 201);
    db_rehearse(&asker.process, false);
    assert_int_equal(database_number("SELECT COUNT(*) FROM @name@_entry"), 1);
}

static void a_bad_title_is_refused(void **state)
{
    static const char *const bodies[] = {"{}", "{\"title\":\"\"}", "{\"title\":7}",
                                         "{\"title\":\"a\",\"extra\":1}", "[]"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_int_equal(ask(&asker, "POST", ENTRIES, bodies[i]), 400);
    assert_int_equal(database_number("SELECT COUNT(*) FROM @name@_entry"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_entry_is_seen_by_its_owner_only, sign_in),
        cmocka_unit_test_setup(a_second_tap_makes_no_second_entry, sign_in),
        cmocka_unit_test_setup(a_lost_commit_makes_no_second_entry, sign_in),
        cmocka_unit_test_setup(a_bad_title_is_refused, sign_in),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
