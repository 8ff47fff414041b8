/* What must stand on which paper, and what the workshop is given. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "casework/casework.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/json_read.h"
#include "core/work.h"
#include "support/papers.h"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open((size_t)1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static size_t lacks(struct paper paper)
{
    const char *what, *source;
    size_t count = 0;

    while (paper_lacks(&paper, count, &what, &source))
        count++;
    return count;
}

static bool lacks_what(struct paper paper, const char *wanted, const char *whose)
{
    const char *what, *source;

    for (size_t i = 0; paper_lacks(&paper, i, &what, &source); i++)
        if (strcmp(what, wanted) == 0 && strcmp(source, whose) == 0)
            return true;
    return false;
}

static void a_paper_with_everything_lacks_nothing(void **state)
{
    (void)state;
    for (enum paper_kind kind = 0; kind < PAPER_KINDS; kind++)
        assert_int_equal(lacks(full_paper(kind)), 0);
}

static void each_thing_that_is_demanded_of_a_fine_is_missed(void **state)
{
    struct paper empty = paper_of(PAPER_FINE);

    (void)state;
    assert_int_equal(lacks(empty), 14);
    assert_true(lacks_what(empty, "当事人的地址", "《行政处罚法》第五十九条"));
    assert_true(lacks_what(empty, "证据", "《行政处罚法》第五十九条"));
    assert_true(lacks_what(empty, "加处罚款的标准", "《行政强制法》第四十五条"));
}

/* One by one, so that none hides behind another. */
static void one_missing_thing_is_told_alone(void **state)
{
    struct paper paper = full_paper(PAPER_FINE);

    (void)state;
    paper.evidence = "";
    assert_int_equal(lacks(paper), 1);
    assert_true(lacks_what(paper, "证据", "《行政处罚法》第五十九条"));
    paper = full_paper(PAPER_FINE);
    paper.date = (struct day){NONE};
    assert_int_equal(lacks(paper), 1);
    assert_true(lacks_what(paper, "作出决定的日期", "《行政处罚法》第五十九条"));
    paper = full_paper(PAPER_FINE);
    paper.basis.count = 0;
    assert_int_equal(lacks(paper), 1);
    assert_true(lacks_what(paper, "处罚的依据", "《行政处罚法》第五十九条"));
}

static void a_way_to_appeal_without_its_term_is_none(void **state)
{
    struct paper paper = full_paper(PAPER_FINE);
    struct paper_appeal halves[] = {{"行政复议", "深圳市福田区人民政府", "60日内"},
                                    {"行政诉讼", "深圳市盐田区人民法院", ""}};

    (void)state;
    paper.appeals = (struct records){halves, 2};
    assert_int_equal(lacks(paper), 1);
    paper.appeals = (struct records){halves, 1};
    assert_int_equal(lacks(paper), 0);
    paper.appeals = (struct records){halves, 0};
    assert_int_equal(lacks(paper), 1);
}

static void a_warning_has_no_surcharge(void **state)
{
    struct paper paper = full_paper(PAPER_PENALTY);

    (void)state;
    paper.surcharge = NULL;
    assert_int_equal(lacks(paper), 0);
}

static void a_refusal_gives_reasons_and_ways_to_appeal(void **state)
{
    struct paper paper = full_paper(PAPER_REFUSAL);

    (void)state;
    paper.reasons = NULL;
    paper.appeals.count = 0;
    assert_int_equal(lacks(paper), 2);
    assert_true(lacks_what(paper, "不予许可的理由", "《行政许可法》第三十八条"));
}

static void a_correction_says_all_that_is_missing_at_once(void **state)
{
    struct paper paper = full_paper(PAPER_CORRECTION);

    (void)state;
    paper.gaps.count = 0;
    assert_int_equal(lacks(paper), 1);
    assert_true(lacks_what(paper, "需要补正的全部内容", "《行政许可法》第三十二条"));
}

static void no_paper_goes_out_without_a_code(void **state)
{
    (void)state;
    for (enum paper_kind kind = 0; kind < PAPER_KINDS; kind++) {
        struct paper paper = full_paper(kind);

        paper.statement = NULL;
        assert_int_equal(lacks(paper), 1);
    }
}

static void all_that_is_missing_becomes_reasons(void **state)
{
    struct request_work work = {0};
    struct request r = {.arena = arena, .work = &work};
    struct paper paper = full_paper(PAPER_FINE);
    struct reason what;
    struct values about;

    (void)state;
    paper_check(&r, &paper);
    assert_int_equal(refused(&r), E_OK);
    paper.facts = NULL;
    paper.perform = "";
    paper_check(&r, &paper);
    assert_int_equal(refused(&r), E_REFUSED);
    assert_true(reason_at(&r, 1, &what, &about));
    assert_string_equal(what.code, "paper_incomplete");
    assert_string_equal(about.items[0].text, "履行方式和期限");
    assert_string_equal(about.items[1].text, "《行政处罚法》第五十九条");
    assert_false(reason_at(&r, 2, &what, &about));
}

static const struct json_t *json_of(struct paper paper)
{
    const struct json_t *json = read_json(arena, bytes_of(paper_json(arena, &paper)));

    assert_non_null(json);
    return json;
}

static void a_decision_is_told_in_the_order_of_the_law(void **state)
{
    static const char *const headings[] = {
        "一、基本情况",
        "二、违法事实",
        "三、证据",
        "四、理由",
        "五、依据",
        "六、处罚决定",
        "七、需要补正的全部内容",
        "八、履行方式和期限",
        "九、逾期不履行的后果",
        "十、救济途径和期限",
    };
    const struct json_t *json = json_of(full_paper(PAPER_FINE)), *section;

    (void)state;
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++) {
        section = json_item_at(json, "sections", i);
        assert_string_equal(json_text_at(section, "heading"), headings[i]);
    }
    assert_string_equal(json_text_at(json_item_at(section, "rows", 1), "text"),
                        "自知道本决定之日起6个月内，向深圳市盐田区人民法院提出");
    assert_null(json_item_at(json, "sections", 10));
    assert_string_equal(json_text_at(json, "date"), "2026年11月28日");
    assert_string_equal(json_text_at(json, "made_at"), "2026-11-28T01:00:00Z");
    assert_string_equal(json_text_at(json, "code"), "https://tongban.example/v#a.b.c");
}

static void a_licence_says_whose_it_is_and_until_when(void **state)
{
    struct paper paper = full_paper(PAPER_LICENCE);
    const struct json_t *section = json_item_at(json_of(paper), "sections", 0);

    (void)state;
    assert_string_equal(json_text_at(json_item_at(section, "rows", 0), "text"), "张三");
    assert_string_equal(json_text_at(json_item_at(section, "rows", 1), "text"), "粤B12345");
    assert_string_equal(json_text_at(json_item_at(section, "rows", 3), "text"),
                        "2026年12月1日至2026年12月31日");
    paper.valid_to = (struct day){NONE};
    section = json_item_at(json_of(paper), "sections", 0);
    assert_string_equal(json_text_at(json_item_at(section, "rows", 3), "text"),
                        "自2026年12月1日起");
}

static void what_is_not_there_has_no_heading(void **state)
{
    struct paper paper = full_paper(PAPER_RECEIPT);
    const struct json_t *json;

    (void)state;
    paper.particulars.count = paper.gaps.count = paper.appeals.count = paper.basis.count = 0;
    paper.facts = paper.evidence = paper.reasons = paper.perform = paper.surcharge = "";
    json = json_of(paper);
    assert_string_equal(json_text_at(json_item_at(json, "sections", 0), "heading"), "一、办理结果");
    assert_null(json_item_at(json, "sections", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_paper_with_everything_lacks_nothing),
        cmocka_unit_test(each_thing_that_is_demanded_of_a_fine_is_missed),
        cmocka_unit_test(one_missing_thing_is_told_alone),
        cmocka_unit_test(a_way_to_appeal_without_its_term_is_none),
        cmocka_unit_test(a_warning_has_no_surcharge),
        cmocka_unit_test(a_refusal_gives_reasons_and_ways_to_appeal),
        cmocka_unit_test(a_correction_says_all_that_is_missing_at_once),
        cmocka_unit_test(no_paper_goes_out_without_a_code),
        cmocka_unit_test(all_that_is_missing_becomes_reasons),
        cmocka_unit_test(a_decision_is_told_in_the_order_of_the_law),
        cmocka_unit_test(a_licence_says_whose_it_is_and_until_when),
        cmocka_unit_test(what_is_not_there_has_no_heading),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
