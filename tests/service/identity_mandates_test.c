/* Who may act for whom: appointing an agent, and ending it from either side. */

#include "service/identity_stage.h"

#include "core/clock.h"
#include "support/database.h"

#define MANDATES "/api/identity/mandates"

struct party {
    const char *person, *token;
};

static struct party arrives(const char *kind)
{
    const char *person = become_verified(new_name(kind));

    return (struct party){person, test.token};
}

static const char *agent_code_of(struct party agent)
{
    test.token = agent.token;
    assert_int_equal(try_route("POST", "/api/identity/agent-codes", ""), 201);
    return said("code");
}

static const char *company_of(struct party representative)
{
    const char *id = new_person(); /* an id that nobody has */

    database_run(
        "INSERT INTO organisation (id, credit_code, name, representative_id, state, source,"
        " observed_at) VALUES ('%s', '9144%s', '福田运输有限公司', '%s', 'active', 'market',"
        " UTC_TIMESTAMP(3))",
        id, id + 12, representative.person);
    return id;
}

/* The day in China so many days from now. */
static const char *day_in(int64_t days)
{
    return day_to_text(test.arena, (struct day){civil_day(clock_now()).number + days});
}

static int appoint(struct party principal, const char *key, const char *code, const char *more)
{
    test.token = principal.token;
    test.key = key;
    try_route("POST", MANDATES, arena_printf(test.arena, "{\"code\":\"%s\",%s}", code, more));
    test.key = NULL;
    return test.asker.r->http_status;
}

static const char *terms(const char *scope, const char *last, const char *organisation)
{
    return arena_printf(test.arena, "\"scope\":[%s],\"valid_to\":\"%s\"%s%s%s", scope, last,
                        organisation == NULL ? "" : ",\"organisation_id\":\"",
                        organisation == NULL ? "" : organisation, organisation == NULL ? "" : "\"");
}

static int end_it(struct party by, const char *id, const char *key)
{
    test.token = by.token;
    test.key = key;
    try_route("POST", arena_printf(test.arena, MANDATES "/%s/end", id), "");
    test.key = NULL;
    return test.asker.r->http_status;
}

static int look(struct party by, const char *path)
{
    test.token = by.token;
    return try_route("GET", arena_printf(test.arena, "/api/identity%s", path), "");
}

static int64_t acting(struct party agent, const char *module, const char *principal)
{
    return database_number("SELECT COUNT(*) FROM %s_acting WHERE agent_id = '%s'"
                           " AND principal_id = '%s'",
                           module, agent.person, principal);
}

static int64_t told(struct party party, const char *kind, const char *words)
{
    return database_number("SELECT COUNT(*) FROM event WHERE consumer = 'notice' AND kind = '%s'"
                           " AND JSON_VALUE(arg, '$.person_id') = '%s'"
                           " AND JSON_VALUE(arg, '$.values.text') LIKE '%%%s%%'",
                           kind, party.person, words);
}

static void an_organisation_appoints_a_handler_and_both_are_told(void **state)
{
    struct party boss = arrives("boss"), handler = arrives("handler");
    const char *company = company_of(boss), *id;

    (void)state;
    assert_int_equal(look(boss, "/organisations"), 200);
    assert_true(said_word(company));
    assert_int_equal(appoint(boss, "mandate-key-1", agent_code_of(handler),
                             terms("\"road\",\"parking\"", day_in(90), company)),
                     201);
    id = said("id");
    assert_true(said_word("\"principal_name\":\"福田运输有限公司\""));
    assert_true(said_word("\"agent_name\":\"*三\"")); /* nobody's name is given away */
    assert_true(said_word("\"state\":\"active\""));
    assert_int_equal(acting(handler, "road", company), 1);
    assert_int_equal(acting(handler, "parking", company), 1);
    assert_int_equal(
        told(handler, "mandate_given", "福田运输有限公司委托您代办道路通行证、经营性停车场"), 1);
    assert_int_equal(told(boss, "mandate_given", "委托*三代办"), 1);
    assert_int_equal(look(handler, "/mandates/held"), 200);
    assert_true(said_word(id));
    assert_int_equal(
        look(boss, arena_printf(test.arena, "/mandates/given?organisation_id=%s", company)), 200);
    assert_true(said_word(id));
    assert_int_equal(look(boss, "/mandates/given"), 200);
    assert_false(said_word(id)); /* the boss gave none for himself */
}

static void a_second_tap_appoints_once_and_a_code_is_good_once(void **state)
{
    struct party principal = arrives("principal"), agent = arrives("agent");
    const char *code = agent_code_of(agent), *text = terms("\"road\"", day_in(1), NULL), *id;

    (void)state;
    assert_int_equal(appoint(principal, "mandate-key-2", code, text), 201);
    id = said("id");
    assert_int_equal(appoint(principal, "mandate-key-2", code, text), 201);
    assert_string_equal(said("id"), id);
    assert_int_equal(told(agent, "mandate_given", ""), 1);
    assert_int_equal(appoint(arrives("thief"), "mandate-key-3", code, text), 422);
    assert_refused(422, "link_code_invalid");
    assert_int_equal(appoint(principal, "mandate-key-16", code, text), 422);
    assert_refused(422, "link_code_invalid");
    assert_int_equal(appoint(principal, "mandate-key-4", agent_code_of(agent), text), 409);
    assert_refused(409, "mandate_exists");
}

/* All reasons at once, and nothing is written. */
static void what_can_not_be_given_is_told(void **state)
{
    struct party boss;
    const char *company, *code;

    (void)state;
    shift_to_noon();
    boss = arrives("boss");
    company = company_of(boss);
    code = agent_code_of(boss);
    database_run("UPDATE organisation SET state = 'revoked' WHERE id = '%s'", company);
    assert_int_equal(
        appoint(boss, "mandate-key-5", code, terms("\"road\",\"everything\"", day_in(-1), company)),
        422);
    assert_true(said_word("\"organisation_inactive\""));
    assert_true(said_word("\"scope_unknown\""));
    assert_true(said_word("\"mandate_end_past\""));
    assert_true(said_word("\"mandate_self\""));
    assert_int_equal(appoint(boss, "mandate-key-6", code, terms("\"road\"", day_in(733), NULL)),
                     422);
    assert_true(said_word("\"mandate_too_long\""));
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM mandate WHERE appointed_by = '%s'", boss.person), 0);
}

static void a_code_is_good_for_its_own_purpose_only(void **state)
{
    struct party principal = arrives("principal"), agent = arrives("agent");
    const char *shown = agent_code_of(agent), *link;

    (void)state;
    assert_int_equal(try_route("POST", "/api/identity/link-codes", ""), 201);
    link = said("code");
    assert_int_equal(appoint(principal, "mandate-key-7", link, terms("\"road\"", day_in(1), NULL)),
                     422);
    assert_refused(422, "link_code_invalid");
    sign_in(new_name("stranger"));
    assert_int_equal(try_route("POST", "/api/identity/links",
                               arena_printf(test.arena, "{\"code\":\"%s\"}", shown)),
                     422);
    assert_refused(422, "link_code_invalid");
    assert_int_equal(appoint(principal, "mandate-key-8", shown, terms("\"road\"", day_in(1), NULL)),
                     201);
}

static void an_organisation_of_another_looks_absent(void **state)
{
    struct party boss = arrives("boss"), stranger = arrives("stranger"), agent = arrives("agent");
    const char *company = company_of(boss);

    (void)state;
    assert_int_equal(appoint(stranger, "mandate-key-9", agent_code_of(agent),
                             terms("\"road\"", day_in(1), company)),
                     404);
    assert_int_equal(
        look(stranger, arena_printf(test.arena, "/mandates/given?organisation_id=%s", company)),
        404);
    assert_int_equal(look(stranger, "/organisations"), 200);
    assert_false(said_word(company));
}

static const char *given(struct party principal, struct party agent, const char *organisation)
{
    assert_int_equal(appoint(principal, new_name("key"), agent_code_of(agent),
                             terms("\"road\"", day_in(30), organisation)),
                     201);
    return said("id");
}

static void either_side_ends_it_at_once(void **state)
{
    struct party principal = arrives("principal"), agent = arrives("agent");
    const char *id = given(principal, agent, NULL);

    (void)state;
    assert_int_equal(acting(agent, "road", principal.person), 1);
    assert_int_equal(acting(agent, "parking", principal.person), 0);
    assert_int_equal(end_it(arrives("stranger"), id, "mandate-key-10"), 404);
    assert_int_equal(acting(agent, "road", principal.person), 1);
    assert_int_equal(end_it(principal, id, "mandate-key-11"), 200);
    assert_true(said_word("\"ended_by\":\"principal\""));
    assert_int_equal(acting(agent, "road", principal.person), 0);
    assert_int_equal(end_it(agent, id, "mandate-key-12"), 200); /* it is ended; by whom stays */
    assert_true(said_word("\"ended_by\":\"principal\""));
    assert_int_equal(told(agent, "mandate_ended", "由委托人终止"), 1);
    assert_int_equal(told(principal, "mandate_ended", "由委托人终止"), 1);
    id = given(principal, agent, NULL); /* and may be given again */
    assert_int_equal(end_it(agent, id, "mandate-key-13"), 200);
    assert_true(said_word("\"ended_by\":\"agent\""));
    assert_int_equal(told(principal, "mandate_ended", "由代办人终止"), 1);
}

/* The register says who ends it; who represented the organisation once does not. */
static void whoever_represents_an_organisation_now_ends_its_mandates(void **state)
{
    struct party old = arrives("old"), new = arrives("new"), agent = arrives("agent");
    const char *company = company_of(old), *id = given(old, agent, company);

    (void)state;
    database_run("UPDATE organisation SET representative_id = '%s' WHERE id = '%s'", new.person,
                 company);
    assert_int_equal(end_it(old, id, "mandate-key-14"), 404);
    assert_int_equal(end_it(new, id, "mandate-key-15"), 200);
    assert_int_equal(told(new, "mandate_ended", ""), 1);
}

static void what_ran_out_makes_room(void **state)
{
    struct party principal = arrives("principal"), agent = arrives("agent");
    const char *id = given(principal, agent, NULL);

    (void)state;
    database_run("UPDATE mandate SET valid_from = '2018-01-01', valid_to = '2018-12-31'"
                 " WHERE id = '%s'",
                 id);
    assert_int_equal(look(agent, "/mandates/held"), 200);
    assert_true(said_word("\"state\":\"expired\""));
    given(principal, agent, NULL);
    assert_int_equal(look(agent, "/mandates/held"), 200);
    assert_true(said_word("\"state\":\"active\""));
    assert_true(said_word("\"state\":\"expired\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_organisation_appoints_a_handler_and_both_are_told),
        TEST(a_second_tap_appoints_once_and_a_code_is_good_once),
        TEST(what_can_not_be_given_is_told),
        TEST(a_code_is_good_for_its_own_purpose_only),
        TEST(an_organisation_of_another_looks_absent),
        TEST(either_side_ends_it_at_once),
        TEST(whoever_represents_an_organisation_now_ends_its_mandates),
        TEST(what_ran_out_makes_room),
        TEST(the_audit_chain_holds),
    };

    return TELL_TWICE(tests);
}
