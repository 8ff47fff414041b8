#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "casework/identifier.h"
#include "casework/utf8.h"
#include "core/clock.h"

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open(65536);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static void all(bool (*check)(const char *text), const char *const *texts, size_t count,
                bool expected)
{
    for (size_t i = 0; i < count; i++) {
        if (check(texts[i]) != expected)
            fail_msg("\"%s\" was %s", texts[i], expected ? "refused" : "accepted");
    }
}

#define ACCEPTS(check, ...)                                                                        \
    all((check), (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})),  \
        true)
#define REFUSES(check, ...)                                                                        \
    all((check), (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})),  \
        false)

static void the_canonical_form_is_half_width_and_upper_case(void **state)
{
    (void)state;
    assert_string_equal(canonical(arena, "11010519491231002x"), "11010519491231002X");
    assert_string_equal(canonical(arena, "１１０１０５１９４９１２３１００２ｘ"),
                        "11010519491231002X");
    assert_string_equal(canonical(arena, "  粤b·12345\n"), "粤B12345");
    assert_string_equal(canonical(arena, "粤Ｂ・Ｄ１２３４５　"), "粤BD12345");
    assert_string_equal(canonical(arena, "粤B-1 23\t45"), "粤B12345");
    assert_string_equal(canonical(arena, "粤B－12345"), "粤B12345");
    assert_string_equal(canonical(arena, ""), "");
    assert_string_equal(canonical(arena, "张三"), "张三");
}

static void malformed_and_overlong_text_has_no_canonical_form(void **state)
{
    static const char *const bad[] = {"\xff",
                                      "a\x80",
                                      "\xe7\xb2",         /* cut */
                                      "\xc0\xaf",         /* overlong */
                                      "\xe0\x80\xaf",     /* overlong */
                                      "\xed\xa0\x80",     /* surrogate */
                                      "\xf4\x90\x80\x80", /* above U+10FFFF */
                                      "\xf0\x80\x80\xaf"};
    char text[66];

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_null(canonical(arena, bad[i]));
        assert_true(utf8_count(bad[i]) == SIZE_MAX);
    }
    memset(text, 'a', sizeof(text));
    text[64] = '\0';
    assert_non_null(canonical(arena, text));
    text[64] = 'a';
    text[65] = '\0';
    assert_null(canonical(arena, text));
    assert_int_equal(utf8_count("粤B\xf0\xa0\x80\x80"), 3);
}

static void identity_numbers_are_checked_to_the_last_digit(void **state)
{
    (void)state;
    ACCEPTS(is_id_no, "11010519491231002X", "440524188001010014", "440300199003078014",
            "110105200002290013");
    REFUSES(is_id_no, "110105194912310021", /* wrong check digit */
            "11010519491331002X",           /* month 13 */
            "11010519491231002x",           /* not canonical */
            "440300199003078015", "44030019900307801", "4403001990030780144", "",
            "4403001990030780１4", "44030019900307801 ", "X40300199003078014");
}

/* Their check digits are right, so that only the date or the division can refuse them. */
static void impossible_dates_and_divisions_are_refused(void **state)
{
    (void)state;
    REFUSES(is_id_no, "440300199002308017", /* 30 February */
            "440300190002290012",           /* 29 February 1900 */
            "440300199004310014",           /* 31 April */
            "440300199000010014",           /* month 0 */
            "440300199001000010",           /* day 0 */
            "440300000001010015",           /* year 0 */
            "160300199003078017", "000300199003078012", "840300199003078019");
}

static void nobody_is_born_tomorrow_or_older_than_150(void **state)
{
    const char *id_no = "440300199003078014"; /* 1990-03-07 */

    (void)state;
    assert_true(is_id_no_on(id_no, day_of(1990, 3, 7)));
    assert_false(is_id_no_on(id_no, day_of(1990, 3, 6)));
    assert_true(is_id_no_on(id_no, day_of(2141, 3, 6))); /* 150 years, until the 151st birthday */
    assert_false(is_id_no_on(id_no, day_of(2141, 3, 7)));
    assert_false(is_id_no_on("440300199003078015", day_of(2018, 8, 15)));
}

static void a_year_is_full_on_the_day_after_the_birthday(void **state)
{
    const char *id_no = "440300199003078014"; /* 1990-03-07 */

    (void)state;
    assert_int_equal(id_no_age(id_no, day_of(1990, 3, 6)), 0);
    assert_int_equal(id_no_age(id_no, day_of(1990, 3, 7)), 0);
    assert_int_equal(id_no_age(id_no, day_of(2004, 3, 7)), 13);
    assert_int_equal(id_no_age(id_no, day_of(2004, 3, 8)), 14);
    assert_int_equal(id_no_age(id_no, day_of(2026, 11, 29)), 36);
}

static void credit_codes_satisfy_their_check_letter(void **state)
{
    (void)state;
    ACCEPTS(is_credit_code, "91350100M000100Y43");
    REFUSES(is_credit_code, "91350100M000100Y44", "91350100I000100Y43", "91350100M000100Y4",
            "91350100M000100Y433", "", "91350100m000100y43");
    ACCEPTS(is_organisation_code, "M000100Y4");
    REFUSES(is_organisation_code, "M000100Y5", "M000100Y", "M000100Y44", "m000100y4", "");
}

/* Bodies made so that the sum leaves 1 and 0: the letters X and 0. */
static void an_organisation_code_may_end_in_x_or_zero(void **state)
{
    (void)state;
    ACCEPTS(is_organisation_code, "40000000X", "000000000");
    REFUSES(is_organisation_code, "400000000", "00000000X");
}

static void a_vin_from_china_has_its_check_digit(void **state)
{
    (void)state;
    ACCEPTS(is_vin, "1M8GDM9AXKP042788", "LSVAA49J132047371");
    REFUSES(is_vin, "LSGTC52U0JY000001", /* the digit should be X */
            "1M8GDM9AXKP04278O",         /* the letter O */
            "LSVAA49J13204737I", "LSVAA49J13204737Q", "LSVAA49J13204737", "LSVAA49J1320473711", "",
            "lsvaa49j132047371", "LSVAA49J１3204737");
    ACCEPTS(has_vin_check_digit, "1M8GDM9AXKP042788", "LSVAA49J132047371", "11111111111111111",
            "LSGTC52UXJY000001");
    REFUSES(has_vin_check_digit, "LSGTC52U0JY000001", "1M8GDM9A1KP042788");
    ACCEPTS(is_vin, "1M8GDM9A1KP042788"); /* imported: allowed without */
}

static void a_vin_of_one_repeated_character_is_refused(void **state)
{
    (void)state;
    REFUSES(is_vin, "11111111111111111", "00000000000000000", "AAAAAAAAAAAAAAAAA");
}

static void plates_follow_one_of_the_patterns(void **state)
{
    (void)state;
    ACCEPTS(is_plate, "粤B12345", "粤BA1B2C", "京A00000", "琼E12345", /* ordinary */
            "粤BD12345", "粤BF12345", "粤BDA1234", "粤BK12345",       /* small new energy */
            "粤B12345D", "粤B12345F", "粤BD123挂",                    /* large; trailer */
            "粤B1234学", "粤B1234警", "粤Z1234港", "粤ZAB12澳",       /* school, police, border */
            "粤B1234领", "使123456", "123456使");                     /* consulate, embassy */
    REFUSES(is_plate, "粤BO1234", "粤BI2345", "粤B1234", "粤B123456", /* I, O, length */
            "粤BL12345", "粤B12345L", "粤BD1234A", "粤B1234AD",       /* new energy */
            "B12345", "粤112345", "粤b12345", "粤B１2345", "粤B·12345", "台A12345", "粤B1234港",
            "粤Z12345港", "使12345", "使1234567", "123456", "", "粤", "粤B1234\xe6\x8c",
            "粤B12345粤", "粤BI234学", "粤BO1234D");
}

static void a_local_plate_is_of_shenzhen_or_foreign(void **state)
{
    (void)state;
    ACCEPTS(is_local_plate, "粤B12345", "粤BD12345", "粤Z1234港", "粤Z1234澳", "使123456",
            "京A1234领");
    REFUSES(is_local_plate, "粤A12345", "湘A12345", "粤Z12345", "粤BI2345", "粤B", "");
}

static void plate_types_are_those_of_the_standard(void **state)
{
    (void)state;
    ACCEPTS(is_plate_type, "01", "02", "09", "15", "27", "31", "33", "41", "43", "51", "52", "99");
    REFUSES(is_plate_type, "00", "28", "30", "34", "40", "44", "50", "53", "98", "2", "002", "0A",
            "");
}

static void mobile_and_file_numbers_have_their_digits(void **state)
{
    (void)state;
    ACCEPTS(is_mobile, "13812341234", "19900000000");
    REFUSES(is_mobile, "12812341234", "1381234123", "138123412345", "23812341234", "1381234123x",
            "+8613812341234", "1３812341234", "");
    ACCEPTS(is_file_no, "440312345678");
    REFUSES(is_file_no, "44031234567", "4403123456789", "44031234567X", "");
}

static void licence_classes_are_known_letters(void **state)
{
    (void)state;
    ACCEPTS(is_licence_class, "A1", "A3", "B2", "C1", "C6", "D", "P");
    REFUSES(is_licence_class, "A4", "B3", "C7", "c1", "G", "", "A1A2");
}

static void a_bank_account_is_digits_and_a_card_ends_in_its_check_digit(void **state)
{
    (void)state;
    ACCEPTS(is_bank_account, "6222020200112233446", "6222021234567894", "4000021209200123456",
            "12345678", "123456789012345678901234567890");
    REFUSES(is_bank_account, "6222020200112233447", "6222020200112234346", "6222021234567893",
            "1234567", "1234567890123456789012345678901", "12345678X", "", "-12345678");
}

static void names_have_letters_han_and_inner_dots(void **state)
{
    (void)state;
    ACCEPTS(is_person_name, "张三", "欧阳小明", "买买提·吐尔逊", "ZHANG", "𠀀三",
            "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二");
    REFUSES(is_person_name, "张", "", "·张三", "张三·", "买提··吐", "张3", "张 三", "张三!",
            "张\xe4\xb8", "张，三",
            "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三");
}

static void a_decision_number_ends_in_its_check_digit(void **state)
{
    (void)state;
    assert_int_equal(check_digit("440300100000001", 15), '0');
    ACCEPTS(is_decision_no, "4403001000000010");
    REFUSES(is_decision_no, "4403001000000011", "4403001000000100", "440300100000001",
            "44030010000000100", "44030010000000X0", "");
}

/* Each single wrong digit and each swap of neighbours in the number shows. */
static void a_slip_of_the_pen_in_a_decision_number_shows(void **state)
{
    const char *good = "4403001000000010";

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        for (char digit = '0'; digit <= '9'; digit++) {
            char text[17];

            memcpy(text, good, sizeof(text));
            text[i] = digit;
            assert_int_equal(is_decision_no(text), digit == good[i]);
        }
    }
    REFUSES(is_decision_no, "4430001000000010", "4403010000000010");
}

static void others_see_a_part_only(void **state)
{
    (void)state;
    assert_string_equal(mask_id_no(arena, "440300199003078014"), "440***********8014");
    assert_string_equal(mask_mobile(arena, "13812341234"), "138****1234");
    assert_string_equal(mask_name(arena, "张华"), "*华");
    assert_string_equal(mask_name(arena, "欧阳小华"), "*华");
    assert_string_equal(mask_plate(arena, "粤B12345"), "粤B1**45");
    assert_string_equal(mask_plate(arena, "粤BD12345"), "粤BD**345");
    assert_string_equal(mask_vin(arena, "LSVAA49J132047371"), "***********047371");
}

static void what_is_too_short_or_malformed_is_hidden_whole(void **state)
{
    (void)state;
    assert_string_equal(mask_id_no(arena, "E12345678"), "*********");
    assert_string_equal(mask_mobile(arena, "1381234"), "*******");
    assert_string_equal(mask_vin(arena, "047371"), "******");
    assert_string_equal(mask_plate(arena, "粤B123"), "*****");
    assert_string_equal(mask_name(arena, "华"), "*");
    assert_string_equal(mask_name(arena, ""), "*");
    assert_string_equal(mask_id_no(arena, "4403001990030780\xff\x31"), "***");
    assert_string_equal(mask_name(arena, "\xff\xff"), "*");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_canonical_form_is_half_width_and_upper_case),
        cmocka_unit_test(malformed_and_overlong_text_has_no_canonical_form),
        cmocka_unit_test(identity_numbers_are_checked_to_the_last_digit),
        cmocka_unit_test(impossible_dates_and_divisions_are_refused),
        cmocka_unit_test(nobody_is_born_tomorrow_or_older_than_150),
        cmocka_unit_test(a_year_is_full_on_the_day_after_the_birthday),
        cmocka_unit_test(credit_codes_satisfy_their_check_letter),
        cmocka_unit_test(an_organisation_code_may_end_in_x_or_zero),
        cmocka_unit_test(a_vin_from_china_has_its_check_digit),
        cmocka_unit_test(a_vin_of_one_repeated_character_is_refused),
        cmocka_unit_test(plates_follow_one_of_the_patterns),
        cmocka_unit_test(a_local_plate_is_of_shenzhen_or_foreign),
        cmocka_unit_test(plate_types_are_those_of_the_standard),
        cmocka_unit_test(mobile_and_file_numbers_have_their_digits),
        cmocka_unit_test(licence_classes_are_known_letters),
        cmocka_unit_test(names_have_letters_han_and_inner_dots),
        cmocka_unit_test(a_bank_account_is_digits_and_a_card_ends_in_its_check_digit),
        cmocka_unit_test(a_decision_number_ends_in_its_check_digit),
        cmocka_unit_test(a_slip_of_the_pen_in_a_decision_number_shows),
        cmocka_unit_test(others_see_a_part_only),
        cmocka_unit_test(what_is_too_short_or_malformed_is_hidden_whole),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
