#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "casework/identifier.h"
#include "core/clock.h"
#include "core/process.h"
#include "violation/rules.h"

#include <cmocka.h>

VIOLATION_REASONS(REASON_DEFINE)

static struct process process;
static struct request *r;

static int begin(void **state)
{
    (void)state;
    r = request_open(&process);
    return 0;
}

static int end(void **state)
{
    (void)state;
    request_close(r);
    return 0;
}

static struct day day(const char *text)
{
    struct day found = {NONE};

    assert_true(text == NULL || day_from_text(text, &found));
    return found;
}

/* Two versions of one code, with another code around them. */
static const struct code_rule *chosen(struct code_rule old, struct code_rule now, const char *acted,
                                      const char *decided)
{
    static struct code_rule rules[4];

    old.code = now.code = "1352";
    old.valid_from = day("2013-01-01");
    old.valid_to = day("2022-03-31");
    now.valid_from = day("2022-04-01");
    now.valid_to.number = NONE;
    rules[0] = (struct code_rule){.code = "1344", .valid_from = {0}, .valid_to = {NONE}};
    rules[1] = old;
    rules[2] = now;
    rules[3] = rules[0];
    rules[3].code = "1625";
    return code_rule_for(rules, 4, "1352", day(acted), day(decided));
}

static void rule_is(int64_t old_fine, int64_t old_points, int64_t now_fine, int64_t now_points,
                    const char *acted, const char *decided, const char *valid_from)
{
    const struct code_rule *rule =
        chosen((struct code_rule){.fine_fen = {old_fine}, .points = old_points},
               (struct code_rule){.fine_fen = {now_fine}, .points = now_points}, acted, decided);

    if (valid_from == NULL) {
        assert_null(rule);
        return;
    }
    assert_non_null(rule);
    assert_string_equal(rule->code, "1352");
    assert_int_equal(rule->valid_from.number, day(valid_from).number);
}

static void the_day_of_the_act_selects_the_version(void **state)
{
    (void)state;
    rule_is(15000, 3, 20000, 3, "2022-03-31", "2022-03-31", "2013-01-01");
    rule_is(15000, 3, 20000, 3, "2022-03-31", "2022-04-01", "2013-01-01");
    rule_is(15000, 3, 20000, 3, "2022-04-01", "2022-04-01", "2022-04-01");
    rule_is(15000, 3, 20000, 3, "2012-12-31", "2022-04-01", NULL);
}

static void a_later_rule_applies_when_it_is_lighter_all_through(void **state)
{
    (void)state;
    rule_is(15000, 3, 5000, 0, "2022-03-31", "2022-04-01", "2022-04-01");
    rule_is(15000, 3, 15000, 0, "2022-03-31", "2022-04-01", "2022-04-01");
    rule_is(15000, 3, 5000, 3, "2022-03-31", "2022-04-01", "2022-04-01");
    rule_is(15000, 3, 0, 0, "2022-03-31", "2022-04-01", "2022-04-01"); /* a warning now */
    rule_is(15000, 3, 15000, 3, "2022-03-31", "2022-04-01", "2013-01-01");
    rule_is(15000, 3, 5000, 6, "2022-03-31", "2022-04-01", "2013-01-01");
    rule_is(15000, 3, 20000, 0, "2022-03-31", "2022-04-01", "2013-01-01");
    rule_is(15000, 3, 5000, 0, "2022-03-31", "2022-03-31", "2013-01-01"); /* not in force yet */
}

static void facts_say_when_where_what_and_how_fast(void **state)
{
    struct violation act = {
        .place = "深南大道", .plate = "粤B12345", .measured = NONE, .allowed = NONE};

    (void)state;
    assert_true(instant_from_text("2026-10-15T15:59:59.000Z", &act.occurred_at));
    assert_string_equal(facts_text(r->arena, &act, "违法停车"),
                        "2026年10月15日23时59分，在深南大道，号牌号码粤B12345，违法停车");
    act.measured = 69;
    act.allowed = 60;
    act.occurred_at.ms += 1000;
    assert_string_equal(facts_text(r->arena, &act, "超速"),
                        "2026年10月16日00时00分，在深南大道，号牌号码粤B12345，超速"
                        "，测得时速69公里，限速60公里");
}

static void a_penalty_names_fine_and_points(void **state)
{
    (void)state;
    assert_string_equal(penalty_text(r->arena, (struct fen){0}, 0), "警告");
    assert_string_equal(penalty_text(r->arena, (struct fen){15050}, 0), "罚款150.50元，不记分");
    assert_string_equal(penalty_text(r->arena, (struct fen){20000}, 6), "罚款200.00元，记6分");
}

static void two_hundred_yuan_are_still_simple(void **state)
{
    const struct fen limit = {20000};

    (void)state;
    assert_null(officer_step(limit, limit, NULL));
    assert_string_equal(officer_step((struct fen){20001}, limit, NULL), STEP_GENERAL);
    assert_string_equal(officer_step(limit, limit, "我有话说"), STEP_STATEMENT);
    assert_string_equal(officer_step((struct fen){20001}, limit, "我有话说"), STEP_GENERAL);
}

static void one_class_of_many_is_enough(void **state)
{
    (void)state;
    assert_true(has_class("C1", "A1 B1 C1 C2"));
    assert_true(has_class("D C2", "A1 B1 C1 C2"));
    assert_false(has_class("D E", "A1 B1 C1 C2"));
    assert_false(has_class("C", "A1 B1 C1 C2"));
    assert_false(has_class("C11", "A1 B1 C1 C2"));
    assert_false(has_class("", "A1 B1 C1 C2"));
}

static const struct licence good = {.id = "L",
                                    .classes = "C1",
                                    .first_issued_on = {15000},
                                    .valid_until = {21000},
                                    .state = "normal"};

/* The codes of what stands against it, each once. */
static void licence_is(const struct licence *licence, const char *wanted, int64_t acted,
                       int64_t today, bool may_take, const char *codes)
{
    const struct licence_check check = {.licence = licence,
                                        .wanted_classes = wanted,
                                        .acted = {acted},
                                        .today = {today},
                                        .points_total = 12,
                                        .points_full = 12,
                                        .may_take = may_take};
    const char *found = "";
    struct reason what;
    struct values about;

    check_licence(r, &check);
    for (size_t i = 0; reason_at(r, i, &what, &about); i++)
        found = arena_printf(r->arena, "%s%s ", found, what.code);
    assert_string_equal(found, codes);
    reasons_forget(r);
}

static void each_thing_against_a_licence_is_a_reason(void **state)
{
    struct licence licence = good;

    (void)state;
    licence_is(&good, "C1 C2", 15000, 21000, true, "");
    licence_is(&good, NULL, 20000, 20500, true, "");
    licence_is(NULL, "C1", 20000, 20500, false, "licence_missing ");
    licence_is(&good, "C1", 14999, 20500, true, "licence_later ");
    licence_is(&good, "C1", 20000, 21001, true, "licence_expired ");
    licence_is(&good, "D E", 20000, 20500, true, "licence_class ");
    licence_is(&good, "C1", 20000, 20500, false, "points_full ");
    licence.valid_until.number = NONE;
    licence_is(&licence, "C1", 20000, 99999, true, "");
    licence.state = "retained";
    licence_is(&licence, "D", 14999, 20500, false,
               "licence_not_normal licence_later licence_class points_full ");
}

static void only_what_is_undecided_can_be_confirmed(void **state)
{
    static const struct {
        const char *state, *code;
    } cases[] = {{"open", NULL},
                 {"announced", NULL},
                 {"confirmed", NULL},
                 {"decided", "already_decided"},
                 {"warned", "already_decided"},
                 {"paid", "already_decided"},
                 {"withdrawn", "case_withdrawn"}};
    struct reason what = {0};
    struct values about;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct violation act = {.id = "V", .state = cases[i].state};

        check_undecided(r, &act);
        assert_int_equal(reason_at(r, 0, &what, &about), cases[i].code != NULL);
        if (cases[i].code != NULL)
            assert_string_equal(what.code, cases[i].code);
        reasons_forget(r);
    }
}

static void a_decision_number_has_its_check_digit(void **state)
{
    (void)state;
    assert_string_equal(decision_number(r->arena, "4403001", 1), "4403001000000010");
    for (int64_t serial = 40000000; serial < 40000100; serial++)
        assert_true(is_decision_no(decision_number(r->arena, "4403001", serial)));
}

static void the_next_step_follows_the_state(void **state)
{
    (void)state;
    assert_string_equal(next_step("open", false, false, true), "read_announcement");
    assert_string_equal(next_step("announced", true, false, true), "confirm");
    assert_string_equal(next_step("announced", false, false, true), "read_announcement");
    assert_string_equal(next_step("open", false, false, false), "wait");
    assert_string_equal(next_step("confirmed", true, false, true), "see_officer");
    assert_string_equal(next_step("decided", true, true, true), "pay");
    assert_string_equal(next_step("decided", true, false, true), "none");
    assert_string_equal(next_step("paid", true, false, true), "none");
    assert_string_equal(next_step("withdrawn", true, false, true), "none");
    assert_non_null(strstr(step_text("see_officer", STEP_GENERAL), "两名民警"));
    assert_non_null(strstr(step_text("see_officer", STEP_STATEMENT), "陈述和申辩"));
    assert_string_equal(step_text("pay", NULL), "请在期限内缴纳罚款");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_day_of_the_act_selects_the_version),
        cmocka_unit_test(a_later_rule_applies_when_it_is_lighter_all_through),
        cmocka_unit_test(facts_say_when_where_what_and_how_fast),
        cmocka_unit_test(a_penalty_names_fine_and_points),
        cmocka_unit_test(two_hundred_yuan_are_still_simple),
        cmocka_unit_test(one_class_of_many_is_enough),
        cmocka_unit_test(each_thing_against_a_licence_is_a_reason),
        cmocka_unit_test(only_what_is_undecided_can_be_confirmed),
        cmocka_unit_test(a_decision_number_has_its_check_digit),
        cmocka_unit_test(the_next_step_follows_the_state),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
