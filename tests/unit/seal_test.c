#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "core/metrics.h"
#include "core/process.h"
#include "core/vault.h"
#include "core/work.h"
#include "support/said.h"

#define ONE "1111111111111111111111111111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222222222222222222222222222"
#define INDEX "index 1 active 3333333333333333333333333333333333333333333333333333333333333333\n"
#define GCM_KEYS "data 1 active gcm " ONE "\n" INDEX
#define SM4_KEYS "data 1 active sm4 " ONE "\n" INDEX

#define TEXT "310101199801011234"

static const struct sealed_column id_no = {"person", "id_no"};
static const struct sealed_column phone = {"person", "phone"};
static const struct sealed_column other_table = {"partner", "id_no"};

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open((size_t)4 * 1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

/* What vault_open makes of a file with these lines; its complaints are not shown. */
static struct vault *try_keys(const char *lines)
{
    char path[] = "/tmp/seal_test_XXXXXX";
    int file = mkstemp(path);
    struct vault *vault;
    struct said said;

    assert_true(file >= 0);
    assert_int_equal(write(file, lines, strlen(lines)), (long)strlen(lines));
    close(file);
    said_begin(&said, STDERR_FILENO);
    vault = vault_open(path);
    (void)said_end(&said, arena);
    unlink(path);
    return vault;
}

static struct vault *vault_with(const char *lines)
{
    struct vault *vault = try_keys(lines);

    assert_non_null(vault);
    return vault;
}

static void opens_as_sealed(const char *lines)
{
    struct vault *vault = vault_with(lines);
    static const char *const texts[] = {"", "a", "0123456789abcdef", TEXT, "张三的身份证号码"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct bytes sealed = vault_seal(vault, arena, &id_no, "row1", texts[i]);

        assert_string_equal(vault_unseal(vault, arena, &id_no, "row1", sealed), texts[i]);
    }
    vault_close(vault);
}

static void both_suites_open_what_they_sealed(void **state)
{
    (void)state;
    opens_as_sealed(GCM_KEYS);
    opens_as_sealed(SM4_KEYS);
}

static void the_layout_is_the_documented_one(void **state)
{
    struct vault *gcm = vault_with("data 513 active gcm " ONE "\n" INDEX);
    struct vault *sm4 = vault_with("data 513 active sm4 " ONE "\n" INDEX);
    struct bytes a = vault_seal(gcm, arena, &id_no, "row1", TEXT);
    struct bytes b = vault_seal(sm4, arena, &id_no, "row1", TEXT);

    (void)state;
    assert_memory_equal(a.data, "\x01\x01\x02\x01", 4);
    assert_int_equal(a.size, 4 + 12 + strlen(TEXT) + 16);
    assert_memory_equal(b.data, "\x01\x02\x02\x01", 4);
    assert_int_equal(b.size, 4 + 16 + 32 + 32);
    assert_int_equal(sealed_key_id(a), 513);
    assert_int_equal(vault_active_key(gcm), 513);
    vault_close(gcm);
    vault_close(sm4);
}

static void refuses_changes(const char *lines)
{
    struct vault *vault = vault_with(lines);
    struct bytes sealed = vault_seal(vault, arena, &id_no, "row1", TEXT);
    unsigned char changed[128];

    assert_true(sealed.size < sizeof(changed));
    for (size_t i = 0; i < sealed.size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            memcpy(changed, sealed.data, sealed.size);
            changed[i] ^= (unsigned char)(1 << bit);
            assert_null(
                vault_unseal(vault, arena, &id_no, "row1", (struct bytes){changed, sealed.size}));
        }
    }
    for (size_t size = 0; size < sealed.size; size++)
        assert_null(vault_unseal(vault, arena, &id_no, "row1", (struct bytes){sealed.data, size}));
    memcpy(changed, sealed.data, sealed.size);
    assert_null(
        vault_unseal(vault, arena, &id_no, "row1", (struct bytes){changed, sealed.size + 1}));
    assert_null(vault_unseal(vault, arena, &id_no, "row1", (struct bytes){NULL, 0}));
    assert_non_null(vault_unseal(vault, arena, &id_no, "row1", sealed));
    vault_close(vault);
}

static void every_changed_bit_and_every_other_length_is_refused(void **state)
{
    (void)state;
    refuses_changes(GCM_KEYS);
    refuses_changes(SM4_KEYS);
}

static void refuses_moves(const char *lines)
{
    struct vault *vault = vault_with(lines);
    struct bytes sealed = vault_seal(vault, arena, &id_no, "row1", TEXT);

    assert_null(vault_unseal(vault, arena, &id_no, "row2", sealed));
    assert_null(vault_unseal(vault, arena, &id_no, "", sealed));
    assert_null(vault_unseal(vault, arena, &phone, "row1", sealed));
    assert_null(vault_unseal(vault, arena, &other_table, "row1", sealed));
    assert_non_null(vault_unseal(vault, arena, &id_no, "row1", sealed));
    vault_close(vault);
}

static void a_value_moved_to_another_row_column_or_table_is_refused(void **state)
{
    (void)state;
    refuses_moves(GCM_KEYS);
    refuses_moves(SM4_KEYS);
}

static void the_border_between_the_names_is_bound_too(void **state)
{
    static const struct sealed_column a = {"ab", "c"}, b = {"a", "bc"};
    struct vault *vault = vault_with(GCM_KEYS);
    struct bytes sealed = vault_seal(vault, arena, &a, "row1", TEXT);

    (void)state;
    assert_null(vault_unseal(vault, arena, &b, "row1", sealed));
    vault_close(vault);
}

static void a_value_is_sealed_differently_each_time(void **state)
{
    struct vault *vault = vault_with(GCM_KEYS);
    struct bytes a = vault_seal(vault, arena, &id_no, "row1", TEXT);
    struct bytes b = vault_seal(vault, arena, &id_no, "row1", TEXT);

    (void)state;
    assert_false(bytes_equal(a, b));
    vault_close(vault);
}

static void after_rotation_old_values_open_and_new_ones_use_the_new_key(void **state)
{
    struct vault *before = vault_with(SM4_KEYS);
    struct vault *after =
        vault_with("data 1 decrypt sm4 " ONE "\ndata 2 active gcm " TWO "\n" INDEX);
    struct bytes sealed = vault_seal(before, arena, &id_no, "row1", TEXT);

    (void)state;
    assert_string_equal(vault_unseal(after, arena, &id_no, "row1", sealed), TEXT);
    assert_int_equal(sealed_key_id(sealed), 1);
    assert_int_equal(sealed_key_id(vault_seal(after, arena, &id_no, "row1", TEXT)), 2);
    vault_close(before);
    vault_close(after);
}

static void a_key_that_changed_its_suite_still_opens_the_other_one(void **state)
{
    struct vault *before = vault_with(SM4_KEYS);
    struct vault *after = vault_with(GCM_KEYS);

    (void)state;
    assert_string_equal(
        vault_unseal(after, arena, &id_no, "row1", vault_seal(before, arena, &id_no, "row1", TEXT)),
        TEXT);
    assert_string_equal(
        vault_unseal(before, arena, &id_no, "row1", vault_seal(after, arena, &id_no, "row1", TEXT)),
        TEXT);
    vault_close(before);
    vault_close(after);
}

static void a_retired_or_missing_or_other_key_opens_nothing(void **state)
{
    struct vault *before = vault_with(GCM_KEYS);
    struct bytes sealed = vault_seal(before, arena, &id_no, "row1", TEXT);
    static const char *const later[] = {
        "data 1 retired gcm " ONE "\ndata 2 active gcm " TWO "\n" INDEX,
        "data 2 active gcm " ONE "\n" INDEX,
        "data 1 active gcm " TWO "\n" INDEX,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
        struct vault *after = vault_with(later[i]);

        assert_null(vault_unseal(after, arena, &id_no, "row1", sealed));
        vault_close(after);
    }
    vault_close(before);
}

static void the_blind_index_is_equal_for_equal_values_of_one_column(void **state)
{
    struct vault *vault = vault_with(GCM_KEYS);
    struct vault *rotated =
        vault_with("data 1 decrypt gcm " ONE "\ndata 2 active sm4 " TWO "\n" INDEX);
    struct bytes index = vault_index(vault, arena, &id_no, TEXT);

    (void)state;
    assert_int_equal(index.size, 16);
    assert_true(bytes_equal(index, vault_index(vault, arena, &id_no, TEXT)));
    assert_true(bytes_equal(index, vault_index(rotated, arena, &id_no, TEXT)));
    assert_false(bytes_equal(index, vault_index(vault, arena, &id_no, TEXT "X")));
    assert_false(bytes_equal(index, vault_index(vault, arena, &phone, TEXT)));
    assert_false(bytes_equal(index, vault_index(vault, arena, &other_table, TEXT)));
    vault_close(vault);
    vault_close(rotated);
}

static void the_blind_index_depends_on_its_key(void **state)
{
    struct vault *one = vault_with("data 1 active gcm " ONE "\nindex 1 active " ONE "\n");
    struct vault *two = vault_with("data 1 active gcm " ONE "\nindex 1 active " TWO "\n");

    (void)state;
    assert_false(
        bytes_equal(vault_index(one, arena, &id_no, TEXT), vault_index(two, arena, &id_no, TEXT)));
    vault_close(one);
    vault_close(two);
}

static void a_key_file_may_have_comments_and_blank_lines(void **state)
{
    struct vault *vault =
        vault_with("# keys\n\n  data 65535\tactive  gcm " ONE "\r\n" INDEX "#end");

    (void)state;
    assert_int_equal(vault_active_key(vault), 65535);
    vault_close(vault);
}

static void a_faulty_key_file_opens_no_vault(void **state)
{
    static const char *const faulty[] = {
        "",
        INDEX,
        "data 1 active gcm " ONE "\n",
        "data 1 decrypt gcm " ONE "\n" INDEX,
        "data 0 active gcm " ONE "\n" INDEX,
        "data 65536 active gcm " ONE "\n" INDEX,
        "data 01 active gcm " ONE "\n" INDEX,
        "data -1 active gcm " ONE "\n" INDEX,
        "data 1 old gcm " ONE "\n" INDEX,
        "data 1 active aes " ONE "\n" INDEX,
        "data 1 active gcm " ONE "1\n" INDEX,
        "data 1 active gcm 11\n" INDEX,
        "data 1 active gcm g" ONE "\n" INDEX,
        "data 1 active gcm " ONE " more\n" INDEX,
        "data 1 active gcm " ONE "\ndata 1 decrypt gcm " TWO "\n" INDEX,
        "data 1 active gcm " ONE "\ndata 2 active gcm " TWO "\n" INDEX,
        GCM_KEYS INDEX,
        GCM_KEYS "something else\n",
        "data 1 active gcm " ONE "\nindex 1 retired " ONE "\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(faulty) / sizeof(faulty[0]); i++)
        if (try_keys(faulty[i]) != NULL)
            fail_msg("accepted: %s", faulty[i]);
}

static void a_missing_key_file_opens_no_vault(void **state)
{
    (void)state;
    assert_null(vault_open("/nonexistent/keys"));
}

static void a_request_counts_what_it_opens_and_says_what_does_not(void **state)
{
    static const struct service owner = {.name = "test"};
    struct process process = {.service = &owner, .wake_fd = -1};
    struct request *r;
    struct bytes sealed;
    const char *text = NULL;

    (void)state;
    process.vault = vault_with(GCM_KEYS);
    process.metrics = metrics_open();
    r = request_open(&process);
    sealed = seal(r, &id_no, "row1", TEXT);
    assert_int_equal(unseal(r, &id_no, "row1", sealed, &text), E_OK);
    assert_string_equal(text, TEXT);
    assert_non_null(
        strstr(metrics_text(r->arena, &process), "unsealed_total{service=\"test\"} 1\n"));
    text = NULL;
    assert_int_equal(unseal(r, &id_no, "row2", sealed, &text), E_INTERNAL);
    assert_null(text);
    assert_non_null(strstr(r->work->failure, "person.id_no of row row2"));
    assert_null(strstr(r->work->failure, TEXT));
    assert_non_null(
        strstr(metrics_text(r->arena, &process), "unsealed_total{service=\"test\"} 1\n"));
    request_close(r);
    metrics_close(process.metrics);
    vault_close(process.vault);
}

static void a_value_is_old_when_another_key_is_active(void **state)
{
    static const struct service owner = {.name = "test"};
    struct process process = {.service = &owner, .wake_fd = -1};
    struct vault *before = vault_with(SM4_KEYS);
    struct request *r;
    struct bytes sealed;

    (void)state;
    process.vault = vault_with("data 1 decrypt sm4 " ONE "\ndata 2 active gcm " TWO "\n" INDEX);
    r = request_open(&process);
    sealed = vault_seal(before, r->arena, &id_no, "row1", TEXT);
    assert_true(seal_is_old(r, sealed));
    assert_false(seal_is_old(r, seal(r, &id_no, "row1", TEXT)));
    assert_int_equal(seal_active_key(r), 2);
    assert_true(
        bytes_equal(blind_index(r, &id_no, TEXT), vault_index(before, r->arena, &id_no, TEXT)));
    request_close(r);
    vault_close(before);
    vault_close(process.vault);
}

#define SEAL_TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEAL_TEST(both_suites_open_what_they_sealed),
        SEAL_TEST(the_layout_is_the_documented_one),
        SEAL_TEST(every_changed_bit_and_every_other_length_is_refused),
        SEAL_TEST(a_value_moved_to_another_row_column_or_table_is_refused),
        SEAL_TEST(the_border_between_the_names_is_bound_too),
        SEAL_TEST(a_value_is_sealed_differently_each_time),
        SEAL_TEST(after_rotation_old_values_open_and_new_ones_use_the_new_key),
        SEAL_TEST(a_key_that_changed_its_suite_still_opens_the_other_one),
        SEAL_TEST(a_retired_or_missing_or_other_key_opens_nothing),
        SEAL_TEST(the_blind_index_is_equal_for_equal_values_of_one_column),
        SEAL_TEST(the_blind_index_depends_on_its_key),
        SEAL_TEST(a_key_file_may_have_comments_and_blank_lines),
        SEAL_TEST(a_faulty_key_file_opens_no_vault),
        SEAL_TEST(a_missing_key_file_opens_no_vault),
        SEAL_TEST(a_request_counts_what_it_opens_and_says_what_does_not),
        SEAL_TEST(a_value_is_old_when_another_key_is_active),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
