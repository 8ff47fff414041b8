#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/certificate.h"

#define KEYS VECTORS_DIR "/keys/"

static struct arena *arena;

static char *file_text(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = arena_alloc(arena, 16 * 1024);

    assert_non_null(file);
    assert_true(fread(text, 1, 16 * 1024 - 1, file) > 0);
    fclose(file);
    return text;
}

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

static struct certificate *read_file(const char *path)
{
    struct certificate *certificate = certificate_read(file_text(path));

    assert_non_null(certificate);
    return certificate;
}

static void serials_are_written_as_the_gateways_write_them(void **state)
{
    struct certificate *platform = read_file(KEYS "wx_platform_a.cert.pem");
    struct certificate *union_pay = read_file(KEYS "up_sign.cert.pem");

    (void)state;
    assert_string_equal(certificate_serial_hex(arena, platform),
                        "5157F09EFDC096DE15EBE81A47057A7232F1B8E1");
    assert_string_equal(certificate_serial_decimal(arena, platform),
                        "464389378319535425530970086054627680253797054689");
    assert_string_equal(certificate_serial_hex(arena, union_pay), "1012345678");
    assert_string_equal(certificate_serial_decimal(arena, union_pay), "69024896632");
    certificate_close(platform);
    certificate_close(union_pay);
}

static void a_serial_has_no_leading_zeros(void **state)
{
    const char *rest = file_text(KEYS "ali_root_bundle.pem");
    struct certificate *first = certificate_next(&rest);
    struct certificate *second = certificate_next(&rest);

    (void)state;
    assert_string_equal(certificate_serial_hex(arena, first), "4D1A2B3C4D5E6F70");
    assert_string_equal(certificate_serial_hex(arena, second), "33");
    certificate_close(first);
    certificate_close(second);
}

static void the_issuer_is_written_last_part_first(void **state)
{
    struct certificate *certificate = read_file(KEYS "ali_app.cert.pem");

    (void)state;
    assert_string_equal(certificate_issuer(arena, certificate),
                        "CN=Test Class 2 R1,OU=Certification Authority,O=Ant-like Test,C=CN");
    certificate_close(certificate);
}

static struct instant at(int64_t seconds)
{
    return (struct instant){seconds * 1000};
}

static void validity_has_its_first_and_its_last_second(void **state)
{
    /* 2020-01-01 and 2022-01-01, 00:00:00 UTC */
    const int64_t from = 1577836800, to = 1640995200;
    struct certificate *certificate = read_file(KEYS "up_sign_expired.cert.pem");

    (void)state;
    assert_false(certificate_valid_at(certificate, (struct instant){from * 1000 - 1}));
    assert_true(certificate_valid_at(certificate, at(from)));
    assert_true(certificate_valid_at(certificate, (struct instant){to * 1000 + 999}));
    assert_false(certificate_valid_at(certificate, at(to + 1)));
    assert_int_equal(certificate_ends_at(certificate).ms, to * 1000);
    certificate_close(certificate);
}

static void its_key_verifies_what_the_private_half_signed(void **state)
{
    struct certificate *certificate = read_file(KEYS "wx_merchant.cert.pem");
    struct key *public_key = certificate_key(certificate);
    struct key *private_key = key_private(file_text(KEYS "wx_merchant.key.pem"));

    (void)state;
    assert_non_null(public_key);
    assert_non_null(private_key);
    certificate_close(certificate);
    assert_true(key_is_pair(private_key, public_key));
    key_close(public_key);
    key_close(private_key);
}

static size_t count_of(const char *bundle, size_t *rsa_signed)
{
    struct certificate *certificate;
    size_t count = 0;

    *rsa_signed = 0;
    while ((certificate = certificate_next(&bundle)) != NULL) {
        count++;
        *rsa_signed += certificate_is_signed_by_rsa(certificate);
        certificate_close(certificate);
    }
    assert_string_equal(bundle, "");
    return count;
}

static void a_bundle_is_read_to_its_end(void **state)
{
    const char *bundle = file_text(KEYS "ali_root_bundle.pem");
    size_t rsa_signed;

    (void)state;
    assert_int_equal(count_of(bundle, &rsa_signed), 3);
    assert_int_equal(rsa_signed, 2);
}

static void prose_other_blocks_and_broken_certificates_are_skipped(void **state)
{
    static const char broken[] = "-----BEGIN CERTIFICATE-----\r\nMAMCAQE=\r\n"
                                 "-----END CERTIFICATE-----\r\n";
    const char *one = file_text(KEYS "wx_merchant.cert.pem");
    const char *key = file_text(KEYS "wx_pubkey.pub.pem");
    size_t rsa_signed;

    (void)state;
    assert_int_equal(count_of(arena_printf(arena, "subject: x\n%sprose\r\n%s\n%s%s%send", broken,
                                           one, key, broken, one),
                              &rsa_signed),
                     2);
    assert_int_equal(count_of(broken, &rsa_signed), 0);
    assert_int_equal(count_of("", &rsa_signed), 0);
}

static void what_is_no_certificate_is_none(void **state)
{
    (void)state;
    assert_null(certificate_read(""));
    assert_null(certificate_read("-----BEGIN CERTIFICATE-----\n"));
    assert_null(certificate_read(file_text(KEYS "wx_pubkey.pub.pem")));
    certificate_close(NULL);
}

static void the_common_name_is_utf8(void **state)
{
    struct certificate *signer = read_file(KEYS "up_sign.cert.pem");
    struct certificate *root = read_file(KEYS "up_root.cert.pem");

    (void)state;
    assert_string_equal(certificate_common_name(arena, signer),
                        "041@8310000000083040@中国银联股份有限公司@00016495");
    assert_string_equal(certificate_common_name(arena, root), "Test Root CA");
    certificate_close(signer);
    certificate_close(root);
}

static bool is_covered(const char *root, const char *between, const char *path, int64_t seconds)
{
    struct trust *trust = trust_open(file_text(root), between != NULL ? file_text(between) : NULL);
    struct certificate *certificate = read_file(path);
    bool covered;

    assert_non_null(trust);
    covered = trust_covers(trust, certificate, at(seconds));
    certificate_close(certificate);
    trust_close(trust);
    return covered;
}

static void a_chain_leads_to_a_root_of_ours_in_its_time(void **state)
{
    const char *root = KEYS "up_root.cert.pem", *middle = KEYS "up_middle.cert.pem";
    const char *signer = KEYS "up_sign.cert.pem";
    const int64_t in_time = 1767323100, before = 1767225599;

    (void)state;
    assert_true(is_covered(root, middle, signer, in_time));
    assert_false(is_covered(root, middle, signer, before));
    assert_false(is_covered(root, NULL, signer, in_time));
    assert_false(is_covered(middle, root, signer, in_time));
    assert_false(is_covered(signer, middle, signer, in_time)); /* itself is no root either */
    assert_false(is_covered(root, middle, KEYS "up_sign_otherca.cert.pem", in_time));
    assert_false(is_covered(KEYS "wx_platform_a.cert.pem", middle, signer, in_time));
}

static void trust_without_certificates_is_none(void **state)
{
    const char *root = file_text(KEYS "up_root.cert.pem");

    (void)state;
    assert_null(trust_open("", NULL));
    assert_null(trust_open("", root));
    assert_null(trust_open(root, ""));
    trust_close(NULL);
}

#define CERTIFICATE_TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CERTIFICATE_TEST(serials_are_written_as_the_gateways_write_them),
        CERTIFICATE_TEST(a_serial_has_no_leading_zeros),
        CERTIFICATE_TEST(the_issuer_is_written_last_part_first),
        CERTIFICATE_TEST(validity_has_its_first_and_its_last_second),
        CERTIFICATE_TEST(its_key_verifies_what_the_private_half_signed),
        CERTIFICATE_TEST(a_bundle_is_read_to_its_end),
        CERTIFICATE_TEST(prose_other_blocks_and_broken_certificates_are_skipped),
        CERTIFICATE_TEST(what_is_no_certificate_is_none),
        CERTIFICATE_TEST(the_common_name_is_utf8),
        CERTIFICATE_TEST(a_chain_leads_to_a_root_of_ours_in_its_time),
        CERTIFICATE_TEST(trust_without_certificates_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
