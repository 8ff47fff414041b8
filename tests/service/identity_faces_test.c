#include "service/identity_stage.h"

#include <pthread.h>

#include "core/clock.h"
#include "identity/wechat_client.h"

static void a_passed_face_check_verifies_every_session_of_the_account(void **state)
{
    const char *openid = new_name("face"), *other = sign_in(openid), *person, *check;

    (void)state;
    person = new_person();
    sign_in(openid);
    check = begun_check("key-passed");
    assert_string_equal(said("verify_id"), "VID");
    assert_int_equal(finish_check(check), 200);
    assert_string_equal(said("state"), "passed");
    assert_string_equal(said("name_masked"), "*三");
    test.token = other;
    assert_int_equal(try_route("GET", "/api/identity/me", ""), 200);
    assert_true(said_word("\"is_verified\":true"));
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM core_session WHERE person_id = ?"
                                "  AND roles = 3",
                                person),
                     2);
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM face_check WHERE id = ?"
                                "  AND name IS NULL AND id_no IS NULL AND state = 'passed'",
                                check),
                     1);
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM identity_audit WHERE act ="
                                "  'person_bound' AND detail LIKE CONCAT('%', ?, '%')",
                                person),
                     1);
    sign_in(openid);
    assert_int_equal(try_route("POST", "/api/identity/link-codes", ""),
                     201); /* VERIFIED from the start */
}

/* The hash is the one of the vector miniprogram-face-hash's rule, over the name and number claimed.
 */
static void wechat_is_asked_with_the_claimed_identity(void **state)
{
    const char *openid = new_name("asked"), *check;

    (void)state;
    new_person();
    sign_in(openid);
    check = begun_check("key-asked");
    assert_int_equal(arrived("\"cert_type\":\"IDENTITY_CARD\",\"cert_name\":\"" NAME
                             "\",\"cert_no\":\"" ID_NO "\""),
                     1);
    assert_int_equal(finish_check(check), 200);
    assert_int_equal(arrived("\"verify_id\":\"VID\""), 1);
    assert_int_equal(arrived("\"cert_hash\":\""
                             "471b502b022b21f3e120c5deb08295259bd77cac82956ebffc055c6fced73ce0\""),
                     1);
    assert_int_equal(arrived(arena_printf(test.arena, "\"openid\":\"%s\"}", openid)), 2);
    assert_int_equal(
        arrived("/api/exchange/persons {\"name\":\"" NAME "\",\"id_no\":\"" ID_NO "\"}"), 1);
}

static void a_number_is_read_as_it_is_written(void **state)
{
    (void)state;
    sign_in(new_name("canonical"));
    assert_int_equal(begin_check("key-width", NAME, "１１０１０５ 19491231 ００２x"), 201);
    assert_int_equal(arrived("\"cert_no\":\"" ID_NO "\""), 1);
}

static void a_bad_claim_names_both_faults(void **state)
{
    (void)state;
    sign_in(new_name("claim"));
    assert_int_equal(begin_check("key-claim", "张", "110105194912310021"), 400);
    assert_refused(400, "field_invalid");
    assert_true(said_word("[\"name\",\"张\"]"));
    assert_true(said_word("[\"id_no\",\"110***********0021\"]"));
    assert_int_equal(begin_check(NULL, NAME, ID_NO), 400);
    assert_refused(400, "idempotency_key_required");
    assert_int_equal(arrived("/"), 1); /* the sign-in */
}

static void one_key_is_one_face_check(void **state)
{
    const char *check;

    (void)state;
    sign_in(new_name("key"));
    check = begun_check("key-same");
    assert_string_equal(begun_check("key-same"), check);
    assert_int_equal(arrived("getverifyid"), 1);
    assert_int_equal(begin_check("key-same", "李四", ID_NO), 422);
    assert_refused(422, "idempotency_key_reused");
}

static void a_face_check_without_an_answer_can_be_repeated(void **state)
{
    (void)state;
    sign_in(new_name("lost"));
    can(BEGIN, "200 {\"errcode\":-1}\n200 {\"errcode\":0,\"verify_id\":\"VID2\"}\n");
    assert_int_equal(begin_check("key-lost", NAME, ID_NO), 503);
    assert_int_equal(begin_check("key-lost", NAME, ID_NO), 201);
    assert_string_equal(said("verify_id"), "VID2");
}

static void face_checks_are_counted_by_the_day(void **state)
{
    (void)state;
    shift_to_noon();
    sign_in(new_name("count"));
    for (int i = 0; i < 10; i++)
        begun_check(arena_printf(test.arena, "key-count-%d", i));
    assert_int_equal(begin_check("key-count-10", NAME, ID_NO), 429);
    assert_refused(429, "face_checks_used_up");
    assert_int_equal(begin_check("key-count-3", NAME, ID_NO), 201);
}

static void only_errcode_0_with_10000_passes(void **state)
{
    static const struct {
        const char *answer;
        int status;
        const char *code;
    } cases[] = {
        {"200 {\"errcode\":0,\"verify_ret\":90004}\n", 409, "face_check_unfinished"},
        {"200 {\"errcode\":0,\"verify_ret\":10300}\n", 409, "face_check_unfinished"},
        {"200 {\"errcode\":1,\"verify_ret\":10000}\n", 502, "upstream_failed"},
        {"200 {\"verify_ret\":10000}\n", 502, "upstream_failed"},
        {"200 {\"errcode\":0}\n", 502, "upstream_failed"},
        {"200 {\"errcode\":0,\"verify_ret\":\"10000\"}\n", 502, "upstream_failed"},
        {"200 {\"errcode\":0,\"verify_ret\":10004}\n", 422, "face_check_failed"},
        {PASSED "\n", 422, "face_check_failed"}, /* decided is decided */
    };
    const char *check;

    (void)state;
    new_person();
    sign_in(new_name("only"));
    check = begun_check("key-only");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        can(RESULT, cases[i].answer);
        finish_check(check);
        assert_refused(cases[i].status, cases[i].code);
    }
    assert_int_equal(try_route("POST", "/api/identity/link-codes", ""), 403);
    assert_refused(403, "real_name_required");
}

static void a_passed_result_can_be_asked_for_again(void **state)
{
    const char *check, *first;

    (void)state;
    new_person();
    sign_in(new_name("repeat"));
    check = begun_check("key-repeat");
    assert_int_equal(finish_check(check), 200);
    first = arena_text(test.arena, test.asker.r->answer);
    assert_int_equal(finish_check(check), 200);
    assert_string_equal(test.asker.r->answer, first);
    assert_int_equal(arrived("queryverifyinfo"), 1);
}

static void a_face_check_belongs_to_its_account(void **state)
{
    const char *check;

    (void)state;
    new_person();
    sign_in(new_name("mine"));
    check = begun_check("key-mine");
    sign_in(new_name("not-mine"));
    assert_int_equal(finish_check(check), 404);
    assert_int_equal(finish_check("nonsense"), 404);
    assert_int_equal(arrived("queryverifyinfo"), 0);
}

static void an_account_never_changes_its_person(void **state)
{
    const char *first, *second, *person;

    (void)state;
    sign_in(new_name("change"));
    first = begun_check("key-first");
    second = begun_check("key-second");
    person = new_person();
    assert_int_equal(finish_check(first), 200);
    new_person();
    finish_check(second);
    assert_refused(409, "bound_to_other_person");
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM account WHERE person_id = ?", person),
                     1);
    begin_check("key-third", NAME, ID_NO);
    assert_refused(409, "verified_already");
}

static void what_exchange_answers_decides_nothing_for_good(void **state)
{
    const char *check;

    (void)state;
    sign_in(new_name("exchange"));
    check = begun_check("key-exchange");
    can(PERSONS, "503 {}\n");
    assert_int_equal(finish_check(check), 503);
    can(PERSONS, "200 {\"person_id\":\"short\"}\n");
    assert_int_equal(finish_check(check), 502);
    can(PERSONS, "409 {}\n");
    finish_check(check);
    assert_refused(409, "person_conflict");
    new_person();
    assert_int_equal(finish_check(check), 200);
}

static void a_refused_access_token_is_fetched_again_once(void **state)
{
    (void)state;
    sign_in(new_name("token"));
    can(BEGIN, "200 {\"errcode\":40001}\n200 {\"errcode\":0,\"verify_id\":\"VID\"}\n");
    can(TOKEN, "200 {\"access_token\":\"FRESH\",\"expires_in\":7200}\n");
    begun_check("key-token");
    assert_int_equal(arrived("access_token=FRESH"), 1);
    put_file("requests", "");
    can(BEGIN, "200 {\"errcode\":42001}\n");
    assert_int_equal(begin_check("key-token-2", NAME, ID_NO), 502);
    assert_int_equal(arrived("getverifyid"), 2);
    assert_int_equal(arrived("stable_token"), 1);
    can(BEGIN, "200 {\"errcode\":0,\"verify_id\":\"VID\"}\n");
    shift_clock(7000 * SECOND_MS);
    begun_check("key-token-3");
    assert_int_equal(arrived("stable_token"), 2);
    assert_int_equal(arrived("\"force_refresh\":true"), 0);
}

static void *take_token(void *error)
{
    struct request *r = request_open(&test.asker.process);
    char text[ACCESS_TOKEN_SIZE];

    *(enum error *)error = token_take(r, text);
    request_close(r);
    return NULL;
}

static void all_who_wait_share_one_access_token(void **state)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    enum error errors[THREADS];
    char text[ACCESS_TOKEN_SIZE];

    (void)state;
    assert_int_equal(token_take(test.asker.r, text), E_OK);
    token_forget(test.asker.r, text);
    put_file("requests", "");
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_token, &errors[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(errors[i], E_OK);
    }
    assert_int_equal(arrived("stable_token"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_passed_face_check_verifies_every_session_of_the_account),
        TEST(wechat_is_asked_with_the_claimed_identity),
        TEST(a_number_is_read_as_it_is_written),
        TEST(a_bad_claim_names_both_faults),
        TEST(one_key_is_one_face_check),
        TEST(a_face_check_without_an_answer_can_be_repeated),
        TEST(face_checks_are_counted_by_the_day),
        TEST(only_errcode_0_with_10000_passes),
        TEST(a_passed_result_can_be_asked_for_again),
        TEST(a_face_check_belongs_to_its_account),
        TEST(an_account_never_changes_its_person),
        TEST(what_exchange_answers_decides_nothing_for_good),
        TEST(a_refused_access_token_is_fetched_again_once),
        TEST(all_who_wait_share_one_access_token),
    };

    return TELL_TWICE(tests);
}
