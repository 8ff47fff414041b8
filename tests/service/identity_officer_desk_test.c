/* Officers of security at work: making officers, changing their rights, taking them away. */

#include "service/identity_stage_officers.h"

#include "support/database.h"

#define DESK "/api/identity/officers"

static int tap(const char *key, const char *path, const char *body)
{
    test.key = key;
    try_route("POST", arena_printf(test.arena, DESK "%s", path), body);
    test.key = NULL;
    return test.asker.r->http_status;
}

static const char *path_of(const struct officer_card *card, const char *act)
{
    return arena_printf(test.arena, "/%s/%s", card->name, act);
}

static struct officer_card security_signs_in(void)
{
    const struct officer_card card = settled_officer("security");

    officer_signs_in(&card);
    return card;
}

static const char *body_of(const char *name, const char *roles, const char *brigade)
{
    return arena_printf(test.arena,
                        "{\"name\":\"%s\",\"display_name\":\"" NAME "\",\"roles\":[%s]%s%s%s}",
                        name, roles, brigade == NULL ? "" : ",\"brigade\":\"",
                        brigade == NULL ? "" : brigade, brigade == NULL ? "" : "\"");
}

static int64_t sessions_of(const struct officer_card *card)
{
    return database_number("SELECT COUNT(*) FROM core_session s JOIN officer o"
                           " ON o.id = s.actor_id WHERE o.name = '%s'",
                           card->name);
}

/* By whom, in the audit. */
static int64_t audited_by(const struct officer_card *by, const struct officer_card *card,
                          const char *act)
{
    return database_number("SELECT COUNT(*) FROM identity_audit WHERE act = '%s'"
                           " AND object = (SELECT id FROM officer WHERE name = '%s')"
                           " AND actor = (SELECT id FROM officer WHERE name = '%s')",
                           act, card->name, by->name);
}

static void security_makes_an_officer_whose_secrets_are_told_once(void **state)
{
    const struct officer_card security = security_signs_in();
    struct officer_card made = {.name = new_name("made")};
    const char *body = body_of(made.name, "\"intake\",\"reviewer\"", "440304");

    (void)state;
    assert_int_equal(tap("key-make-1", "", body), 201);
    made.password = said("password");
    assert_int_equal(strlen(made.password), 20);
    assert_int_equal(strlen(said("totp_secret")), 32);
    assert_int_equal(tap("key-make-1", "", body), 201);
    assert_string_equal(said("name"), made.name);
    assert_null(said("password"));
    assert_null(said("totp_secret"));
    assert_int_equal(audited_by(&security, &made, "officer_added"), 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM officer WHERE name = '%s' AND roles = %d"
                                     " AND brigade = '440304' AND must_change",
                                     made.name, OFFICER | INTAKE | REVIEWER),
                     1);
}

static void what_cannot_be_is_refused_with_all_reasons(void **state)
{
    const struct officer_card security = security_signs_in();

    (void)state;
    tap("key-odd-1", "", body_of(security.name, "\"finance\"", NULL));
    assert_refused(409, "officer_exists");
    tap("key-odd-2", "", body_of("abc", "\"chief\"", NULL));
    assert_refused(422, "role_unknown");
    tap("key-odd-3", "", body_of("abc", "\"finance\",\"lead\",\"auditor\"", NULL));
    assert_refused(422, "roles_exclude_each_other");
    assert_int_equal(answer_count(&test.asker, "error.reasons"), 4);
    assert_true(answer_has_reason(&test.asker, "brigade_required"));
    tap("key-odd-4", "", body_of("abc", "\"lead\"", "449999"));
    assert_refused(422, "brigade_unknown");
    assert_int_equal(tap("key-odd-5", "", body_of("A b", "\"finance\"", NULL)), 400);
    assert_int_equal(tap(NULL, "", body_of("abc", "\"finance\"", NULL)), 400);
    assert_int_equal(tap("key-odd-6", "/nobody-here/rights", "{\"roles\":[\"finance\"]}"), 404);
    assert_int_equal(tap("key-odd-7", "/nobody-here/reset", ""), 404);
    assert_int_equal(tap("key-odd-8", "/nobody-here/unlock", ""), 404);
    assert_int_equal(tap("key-odd-9", "/nobody-here/disable", ""), 404);
    assert_int_equal(tap("key-odd-a", path_of(&security, "rights"), "{}"), 400);
    assert_int_equal(database_number("SELECT COUNT(*) FROM officer WHERE name = 'abc'"), 0);
}

static void other_rights_end_the_sessions(void **state)
{
    const struct officer_card other = settled_officer("finance"), security = security_signs_in();
    const char *own = test.token;

    (void)state;
    officer_signs_in(&other);
    test.token = own;
    assert_int_equal(tap("key-rights", path_of(&other, "rights"),
                         "{\"roles\":[\"maker\"],\"brigade\":\"440305\"}"),
                     200);
    assert_string_equal(said("roles.0"), "maker");
    assert_string_equal(said("brigade"), "440305");
    assert_int_equal(sessions_of(&other), 0);
    assert_int_equal(audited_by(&security, &other, "officer_changed"), 1);
    tap("key-rights-2", path_of(&other, "rights"), "{\"roles\":[\"maker\",\"finance\"]}");
    assert_refused(422, "roles_exclude_each_other");
}

/* Between the taps somebody else changed it back: the second one must not do it again. */
static void a_second_tap_changes_nothing(void **state)
{
    const struct officer_card other = settled_officer("finance");
    const char *change = "{\"roles\":[\"auditor\"]}", *output;

    (void)state;
    security_signs_in();
    assert_int_equal(tap("key-again", path_of(&other, "rights"), change), 200);
    assert_int_equal(
        run_command(&output, arena_printf(test.arena, "change %s --roles finance", other.name)),
        E_OK);
    assert_int_equal(tap("key-again", path_of(&other, "rights"), change), 200);
    assert_string_equal(said("roles.0"), "finance");
}

static void who_lost_the_phone_gets_new_secrets(void **state)
{
    const struct officer_card other = settled_officer("finance"), security = security_signs_in();
    const char *own = test.token, *password;

    (void)state;
    officer_signs_in(&other);
    test.token = own;
    assert_int_equal(tap("key-reset", path_of(&other, "reset"), ""), 200);
    password = said("password");
    assert_string_not_equal(password, other.password);
    assert_int_equal(tap("key-reset", path_of(&other, "reset"), ""), 200);
    assert_null(said("password"));
    assert_int_equal(sessions_of(&other), 0);
    assert_int_equal(audited_by(&security, &other, "officer_reset"), 1);
    assert_int_equal(try_sign_in(other.name, password, code_at(&other, 0)),
                     422); /* the old phone */
    assert_int_equal(
        database_number("SELECT must_change FROM officer WHERE name = '%s'", other.name), 1);
}

static void security_unlocks_and_disables(void **state)
{
    const struct officer_card other = settled_officer("finance"), security = security_signs_in();
    const char *own = test.token;

    (void)state;
    lock_out(&other);
    test.token = own;
    assert_int_equal(tap("key-unlock", path_of(&other, "unlock"), ""), 200);
    assert_string_equal(said("state"), "active");
    officer_signs_in(&other);
    test.token = own;
    assert_int_equal(tap("key-disable", path_of(&other, "disable"), ""), 200);
    assert_string_equal(said("state"), "disabled");
    assert_int_equal(sessions_of(&other), 0);
    assert_int_equal(audited_by(&security, &other, "officer_disabled"), 1);
    tap("key-late", path_of(&other, "reset"), "");
    assert_refused(409, "officer_disabled");
    tap("key-late-2", path_of(&other, "rights"), "{\"roles\":[\"auditor\"]}");
    assert_refused(409, "officer_disabled");
}

static void nobody_does_it_to_himself(void **state)
{
    static const char *const acts[] = {"rights", "reset", "unlock", "disable"};
    const struct officer_card security = security_signs_in();

    (void)state;
    for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
        tap(arena_printf(test.arena, "key-self-%zu", i), path_of(&security, acts[i]),
            i == 0 ? "{\"roles\":[\"finance\"]}" : "");
        assert_refused(403, "officer_self");
    }
    assert_int_equal(sessions_of(&security), 1);
    assert_true(refusals(&security, "of oneself") >= 4);
}

static void others_do_not_reach_the_desk(void **state)
{
    static const char *const roles[] = {"finance", "auditor", "lead --brigade 440304"};
    const struct officer_card target = settled_officer("finance");

    (void)state;
    for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
        const struct officer_card card = settled_officer(roles[i]);

        officer_signs_in(&card);
        assert_int_equal(try_route("GET", DESK, ""), 403);
        assert_int_equal(tap("key-other", "", body_of("abc", "\"finance\"", NULL)), 403);
        assert_int_equal(tap("key-other", path_of(&target, "disable"), ""), 403);
    }
    become_verified(new_name("citizen"));
    assert_int_equal(try_route("GET", DESK, ""), 403);
    test.token = NULL;
    assert_int_equal(try_route("GET", DESK, ""), 401);
    assert_int_equal(
        database_number("SELECT is_active FROM officer WHERE name = '%s'", target.name), 1);
}

static void the_list_comes_in_pages(void **state)
{
    const struct officer_card security = security_signs_in();
    const char *next = "";
    int64_t seen = 0;

    (void)state;
    database_run("DELETE FROM officer WHERE key_id <> 1"); /* of another test */
    while (next != NULL) {
        assert_int_equal(try_route("GET",
                                   arena_printf(test.arena, DESK "?limit=3%s%s",
                                                *next == '\0' ? "" : "&after=", next),
                                   ""),
                         200);
        assert_string_equal(said("items.0.display_name"), NAME);
        assert_null(said("items.0.password_hash"));
        seen += answer_count(&test.asker, "items");
        next = said("next");
    }
    assert_int_equal(seen, database_number("SELECT COUNT(*) FROM officer"));
    assert_true(database_number("SELECT COUNT(*) FROM identity_audit WHERE act = 'officers_listed'"
                                " AND actor = (SELECT id FROM officer WHERE name = '%s')",
                                security.name) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OFFICER_TEST(security_makes_an_officer_whose_secrets_are_told_once),
        OFFICER_TEST(what_cannot_be_is_refused_with_all_reasons),
        OFFICER_TEST(other_rights_end_the_sessions),
        OFFICER_TEST(a_second_tap_changes_nothing),
        OFFICER_TEST(who_lost_the_phone_gets_new_secrets),
        OFFICER_TEST(security_unlocks_and_disables),
        OFFICER_TEST(nobody_does_it_to_himself),
        OFFICER_TEST(others_do_not_reach_the_desk),
        OFFICER_TEST(the_list_comes_in_pages),
        OFFICER_TEST(the_audit_chain_holds),
    };

    return TELL_TWICE(tests);
}
