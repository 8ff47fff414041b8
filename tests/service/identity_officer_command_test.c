/* Officers as their operator makes, lists, unlocks and disables them, and how they are stored. */

#include "service/identity_stage_officers.h"

#include "core/seal.h"
#include "identity/identity.h"
#include "support/database.h"

static void the_table_gives_no_secret_away(void **state)
{
    const struct officer_card card = new_officer("finance");

    (void)state;
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM officer WHERE name = '%s' AND password_hash LIKE"
                        "  '$argon2id$v=19$m=19456,t=2,p=1$%%' AND INSTR(totp_secret, '%s') = 0"
                        "  AND INSTR(totp_secret, UNHEX('%s')) = 0"
                        "  AND INSTR(display_name, '" NAME "') = 0",
                        card.name, card.secret, card.secret),
        1);
}

static bool is_explained(void)
{
    struct reason what;
    struct values about;

    return reason_at(test.asker.r, 0, &what, &about) || *failure_text(test.asker.r) != '\0';
}

static void every_conflict_of_roles_is_told_at_once(void **state)
{
    const struct reason *const wanted[] = {&ROLES_EXCLUDE, &ROLES_EXCLUDE, &ROLES_EXCLUDE,
                                           &BRIGADE_UNKNOWN};
    struct reason what;
    struct values about;
    const char *output;
    size_t count = 0;

    (void)state;
    assert_int_equal(run_command(&output, "add abc --display 张 --roles auditor,security,lead"
                                          " --brigade 999999"),
                     E_REFUSED);
    for (; reason_at(test.asker.r, count, &what, &about); count++)
        assert_string_equal(what.code, wanted[count]->code);
    assert_int_equal(count, 4);
    assert_true(reason_at(test.asker.r, 0, &what, &about));
    assert_string_equal(about.items[0].text, "auditor");
    assert_string_equal(about.items[1].text, "lead");
}

static void the_command_says_what_it_does_not_do(void **state)
{
    const struct officer_card card = new_officer("finance");
    const struct {
        const char *line;
        enum error error;
    } cases[] = {
        {"", E_REFUSED},
        {"remove abc", E_REFUSED},
        {"add", E_REFUSED},
        {"add Abc --display 张 --roles finance", E_REFUSED},
        {"add abc --roles finance", E_REFUSED},
        {"add abc --display 张", E_REFUSED},
        {"add abc --display 张 --roles finance,admin", E_REFUSED},
        {"add abc --display 张 --roles finance --ver 7", E_REFUSED},
        {"add abc --display 张 --roles intake", E_REFUSED},
        {"add abc --display 张 --roles intake --brigade 999999", E_REFUSED},
        {"add abc --display 张 --roles auditor,finance", E_REFUSED},
        {"add abc --display 张 --roles security,lead --brigade 440304", E_REFUSED},
        {"change abc", E_REFUSED},
        {"change nobody-here --roles finance", E_NOT_FOUND},
        {arena_printf(test.arena, "change %s --roles intake", card.name), E_REFUSED},
        {"reset", E_REFUSED},
        {"reset nobody-here", E_NOT_FOUND},
        {arena_printf(test.arena, "add %s --display 张 --roles finance", card.name), E_EXISTS},
        {"list all", E_REFUSED},
        {"unlock", E_REFUSED},
        {"unlock abc def", E_REFUSED},
        {"unlock nobody-here", E_NOT_FOUND},
        {"disable nobody-here", E_NOT_FOUND},
    };
    int64_t before = database_number("SELECT COUNT(*) FROM officer");
    const char *output;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(run_command(&output, cases[i].line), cases[i].error);
        assert_string_equal(output, "");
        assert_true(is_explained());
    }
    assert_int_equal(database_number("SELECT COUNT(*) FROM officer"), before);
}

static void the_list_shows_everybody_and_is_audited(void **state)
{
    const struct officer_card card = new_officer("finance"), locked = new_officer("auditor");
    int64_t before = database_number("SELECT COUNT(*) FROM identity_audit WHERE act ="
                                     "  'officers_listed' AND actor = 'os:tester'");
    const char *output;

    (void)state;
    lock_out(&locked);
    database_run("DELETE FROM officer WHERE key_id <> 1"); /* of another test */
    assert_int_equal(run_command(&output, "list"), E_OK);
    assert_non_null(strstr(
        output, arena_printf(test.arena, "%-20s new       -       finance                  " NAME,
                             card.name)));
    assert_non_null(strstr(
        output, arena_printf(test.arena, "%-20s locked    -       auditor                  " NAME,
                             locked.name)));
    assert_true(database_number("SELECT COUNT(*) FROM identity_audit WHERE act ="
                                "  'officers_listed' AND actor = 'os:tester'") > before);
}

/* Whoever is moved to another brigade or gets other rights signs in anew, and has them then. */
static void other_rights_end_the_sessions_and_stand_in_the_next(void **state)
{
    const struct officer_card card = settled_officer("finance");
    const char *output;

    (void)state;
    officer_signs_in(&card);
    assert_int_equal(run_command(&output, arena_printf(test.arena,
                                                       "change %s --roles intake,reviewer"
                                                       " --brigade 440304",
                                                       card.name)),
                     E_OK);
    assert_int_equal(database_number("SELECT COUNT(*) FROM core_session s JOIN officer o"
                                     " ON o.id = s.actor_id WHERE o.name = '%s'",
                                     card.name),
                     0);
    officer_signs_in(&card);
    assert_int_equal(database_number("SELECT COUNT(*) FROM core_session s JOIN officer o"
                                     " ON o.id = s.actor_id WHERE o.name = '%s'"
                                     " AND s.brigade = '440304' AND s.roles = %u",
                                     card.name, OFFICER | INTAKE | REVIEWER),
                     1);
    assert_int_equal(run_command(&output, arena_printf(test.arena, "reset %s", card.name)), E_OK);
    assert_non_null(strstr(output, "password="));
    assert_int_equal(try_sign_in(card.name, card.password, code_at(&card, 0)), 422);
}

static void an_operator_unlocks(void **state)
{
    const struct officer_card card = new_officer("finance");
    const char *output;

    (void)state;
    lock_out(&card);
    assert_int_equal(run_command(&output, arena_printf(test.arena, "unlock %s", card.name)), E_OK);
    officer_signs_in(&card);
    assert_int_equal(audited(&card, "officer_unlocked", "failures=5"), 1);
}

static void a_disabled_officer_is_out_at_once(void **state)
{
    const struct officer_card card = new_officer("finance");
    const char *output, *token = officer_signs_in(&card);

    (void)state;
    assert_int_equal(run_command(&output, arena_printf(test.arena, "disable %s", card.name)), E_OK);
    test.token = token;
    assert_int_equal(try_route("DELETE", "/api/identity/session", ""), 401);
    assert_int_equal(try_sign_in(card.name, card.password, code_at(&card, 0)), 422);
    assert_int_equal(audited(&card, "officer_disabled", ""), 1);
}

static void a_new_data_key_takes_over_every_officer(void **state)
{
    const char *file = arena_text(test.arena, getenv("DATA_KEYS_FILE"));
    const struct officer_card card = new_officer("finance");
    enum error error;

    (void)state;
    restart_with_keys(rotated_keys(file, "rotating", "decrypt"));
    assert_string_equal(service.jobs[1].name, "reseal");
    do {
        request_reset(test.asker.r);
        error = service.jobs[1].run(test.asker.r, NULL);
    } while (error == E_AGAIN);
    assert_int_equal(error, E_OK);
    assert_int_equal(count_rows("SELECT COUNT(*) FROM officer WHERE key_id <> ?", "2"), 0);
    restart_with_keys(rotated_keys(file, "rotated", "retired"));
    officer_signs_in(&card);
    assert_string_equal(said("name_masked"), "*三");
    restart_with_keys(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OFFICER_TEST(the_table_gives_no_secret_away),
        OFFICER_TEST(every_conflict_of_roles_is_told_at_once),
        OFFICER_TEST(the_command_says_what_it_does_not_do),
        OFFICER_TEST(the_list_shows_everybody_and_is_audited),
        OFFICER_TEST(other_rights_end_the_sessions_and_stand_in_the_next),
        OFFICER_TEST(an_operator_unlocks),
        OFFICER_TEST(a_disabled_officer_is_out_at_once),
        OFFICER_TEST(a_new_data_key_takes_over_every_officer),
        OFFICER_TEST(the_audit_chain_holds),
    };

    return TELL_TWICE(tests);
}
