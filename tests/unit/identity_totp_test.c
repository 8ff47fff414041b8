#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/clock.h"
#include "identity/totp.h"

static const char secret_text[] = "12345678901234567890"; /* of both RFCs */

static const char *code_of(int64_t step)
{
    static char code[TOTP_DIGITS + 1];

    totp_code(bytes_of(secret_text), step, code);
    return code;
}

static struct instant at_second(int64_t second)
{
    return (struct instant){second * SECOND_MS};
}

static void counters_give_the_codes_of_rfc_4226(void **state)
{
    static const char *const codes[] = {"755224", "287082", "359152", "969429", "338314",
                                        "254676", "287922", "162583", "399871", "520489"};

    (void)state;
    for (int64_t i = 0; i < 10; i++)
        assert_string_equal(code_of(i), codes[i]);
}

/* Appendix B shows eight digits; six are their end. */
static void moments_give_the_codes_of_rfc_6238(void **state)
{
    static const struct {
        int64_t second;
        const char *code;
    } cases[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                 {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(code_of(totp_step(at_second(cases[i].second))), cases[i].code);
}

static void a_code_is_good_for_one_step_on_each_side(void **state)
{
    (void)state;
    for (int64_t step = 0; step < 10; step++) {
        bool is_near = step >= 4 && step <= 6;

        assert_int_equal(totp_find(bytes_of(secret_text), at_second(5 * 30), code_of(step)),
                         is_near ? step : NONE);
        assert_int_equal(totp_find(bytes_of(secret_text), at_second(5 * 30 + 29), code_of(step)),
                         is_near ? step : NONE);
    }
}

static void what_is_no_code_fits_no_step(void **state)
{
    static const char *const texts[] = {"", "28708", "2870820", "287083", "abcdef", "755225"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_int_equal(totp_find(bytes_of(secret_text), at_second(59), texts[i]), NONE);
    assert_int_equal(totp_find(bytes_of("12345678901234567891"), at_second(59), "287082"), NONE);
}

/* RFC 4648, 10, without the padding. */
static void secrets_are_shown_in_base_32(void **state)
{
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "MY"},
                                           {"fo", "MZXQ"},
                                           {"foo", "MZXW6"},
                                           {"foob", "MZXW6YQ"},
                                           {"fooba", "MZXW6YTB"},
                                           {"foobar", "MZXW6YTBOI"},
                                           {secret_text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}};
    struct arena *arena = arena_open((size_t)64 * 1024);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(totp_base32(arena, bytes_of(cases[i][0])), cases[i][1]);
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_give_the_codes_of_rfc_4226),
        cmocka_unit_test(moments_give_the_codes_of_rfc_6238),
        cmocka_unit_test(a_code_is_good_for_one_step_on_each_side),
        cmocka_unit_test(what_is_no_code_fits_no_step),
        cmocka_unit_test(secrets_are_shown_in_base_32),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
