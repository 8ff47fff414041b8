/* Batches: who may push them, what is refused, and that none is lost or doubled. What lines say is
   in exchange_facts_test.c. */

#include "service/exchange_stage.h"

#include "core/audit.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "exchange/spool.h"

#define OBSERVED "2024-01-01T00:00:00.000Z"
#define COUNT_BATCHES "SELECT COUNT(*) AS n FROM agency_batch WHERE batch_id = ?"
#define COUNT_CAMERAS "SELECT COUNT(*) AS n FROM camera_record WHERE plate = ?"

/* ---- good ones ---- */

static void a_small_batch_is_applied_before_the_answer(void **state)
{
    const char *id_no = new_id_no(), *batch = new_batch();
    const char *lines =
        joined(person_line("张伟", id_no, OBSERVED), licence_line(id_no, "normal", OBSERVED));

    (void)state;
    assert_int_equal(push("vehicle", batch, lines), 200);
    assert_counts(2, 0, 0);
    assert_string_equal(said("agency"), "vehicle");
    assert_string_equal(said("batch_id"), batch);
    assert_string_equal(said("sha256"), sha256_hex(test.arena, bytes_of(lines)));
    assert_int_equal(spool_files(), 0);
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM agency_batch WHERE batch_id = ?"
                                "  AND spool_key IS NULL AND done_at IS NOT NULL",
                                batch),
                     1);
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM exchange_audit"
                                "  WHERE act = 'batch_received' AND object = ?",
                                joined("vehicle/", batch)),
                     1);
}

static void the_last_line_needs_no_line_feed(void **state)
{
    const char *line = person_line("张伟", new_id_no(), OBSERVED);
    char *body = arena_text(test.arena, line);

    (void)state;
    body[strlen(body) - 1] = '\0';
    assert_int_equal(push("vehicle", new_batch(), body), 200);
    assert_counts(1, 0, 0);
}

static void the_same_batch_again_gets_the_same_report(void **state)
{
    const char *plate = new_plate(), *batch = new_batch();
    const char *body = camera_line(new_record_no(), plate, "1352"), *first;

    (void)state;
    assert_int_equal(push("traffic", batch, body), 200);
    first = arena_text(test.arena, test.r->answer);
    assert_int_equal(push("traffic", batch, body), 200);
    assert_string_equal(test.r->answer, first);
    assert_int_equal(ask_report(&(struct sent){.agency = "traffic", .batch = batch}), 200);
    assert_string_equal(test.r->answer, first);
    assert_int_equal(count_rows(COUNT_CAMERAS, plate), 1);
    assert_int_equal(count_rows(COUNT_BATCHES, batch), 1);
    assert_int_equal(spool_files(), 0);
}

static void another_body_under_the_same_number_is_refused(void **state)
{
    const char *batch = new_batch(), *plate = new_plate();

    (void)state;
    push("traffic", batch, camera_line(new_record_no(), new_plate(), "1352"));
    push("traffic", batch, camera_line(new_record_no(), plate, "1352"));
    assert_refused(409, "batch_id_reused");
    assert_int_equal(count_rows(COUNT_CAMERAS, plate), 0);
    assert_int_equal(spool_files(), 0);
}

static void two_agencies_may_use_the_same_number(void **state)
{
    const char *batch = new_batch();

    (void)state;
    push("traffic", batch, camera_line(new_record_no(), new_plate(), "1352"));
    assert_int_equal(push("vehicle", batch, person_line("张伟", new_id_no(), OBSERVED)), 200);
    assert_int_equal(count_rows(COUNT_BATCHES, batch), 2);
}

/* ---- refused ones: nothing is stored ---- */

static void assert_nothing_stored(const char *batch)
{
    assert_int_equal(count_rows(COUNT_BATCHES, batch), 0);
    assert_int_equal(spool_files(), 0);
}

static void strangers_and_wrong_signatures_look_the_same(void **state)
{
    const char *batch = new_batch(), *body = person_line("张伟", new_id_no(), OBSERVED);
    const struct sent cases[] = {
        {.agency = "nobody", .key = test.vehicle},
        {.agency = "vehicle", .key = test.traffic},
        {.agency = "vehicle", .signature = "AAAA"},
        {.agency = "vehicle", .signature = "not base64!"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct sent sent = cases[i];

        sent.batch = batch;
        sent.body = body;
        push_sent(&sent);
        assert_refused(401, "signature_refused");
        assert_nothing_stored(batch);
    }
}

static void a_signature_covers_number_and_body(void **state)
{
    const char *batch = new_batch(), *other = new_batch(), *stamp, *signature;
    const char *body = person_line("张伟", new_id_no(), OBSERVED);

    (void)state;
    assert_int_equal(push("vehicle", batch, body), 200);
    stamp = arena_text(test.arena, test.headers[2]);
    signature = arena_text(test.arena, test.headers[3]);
    push_sent(&(struct sent){.agency = "vehicle",
                             .batch = other,
                             .body = body,
                             .timestamp = stamp,
                             .signature = signature});
    assert_refused(401, "signature_refused");
    push_sent(&(struct sent){.agency = "vehicle",
                             .batch = batch,
                             .body = joined(body, "\n"),
                             .timestamp = stamp,
                             .signature = signature});
    assert_refused(401, "signature_refused");
    assert_nothing_stored(other);
}

static void an_agency_without_a_row_is_a_stranger(void **state)
{
    const char *batch = new_batch();

    (void)state;
    push_sent(
        &(struct sent){.agency = "guest", .batch = batch, .key = test.traffic, .body = "{}\n"});
    assert_refused(401, "signature_refused");
    assert_nothing_stored(batch);
}

static void old_and_future_timestamps_are_refused(void **state)
{
    static const int64_t away[] = {-10 * MINUTE_MS - 2000, 10 * MINUTE_MS + 20000};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *batch = new_batch();
        const char *stamp = arena_printf(test.arena, "%lld", (long long)(clock_now().ms + away[i]));

        push_sent(&(struct sent){.agency = "vehicle",
                                 .batch = batch,
                                 .timestamp = stamp,
                                 .body = person_line("张伟", new_id_no(), OBSERVED)});
        assert_refused(401, "timestamp_refused");
        assert_nothing_stored(batch);
    }
}

static void all_missing_and_malformed_headers_are_named(void **state)
{
    (void)state;
    push_sent(&(struct sent){.agency = "UPPER",
                             .batch = "has blank",
                             .timestamp = "yesterday",
                             .key = test.vehicle,
                             .body = "{}\n"});
    assert_refused(400, "field_invalid");
    assert_true(said_word("Tongban-Agency") && said_word("Tongban-Batch") &&
                said_word("Tongban-Timestamp"));
}

static void bodies_that_are_no_batch_are_refused(void **state)
{
    static const struct {
        int64_t length;
        int status;
        const char *code;
    } cases[] = {{BODY_MAX + 1, 413, "body_too_large"},
                 {1000000, 400, "body_not_json"},
                 {10, 400, "body_not_json"}};

    (void)state;
    push("vehicle", new_batch(), "");
    assert_refused(400, "batch_empty");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *batch = new_batch();

        push_sent(&(struct sent){.agency = "vehicle",
                                 .batch = batch,
                                 .length = cases[i].length,
                                 .body = person_line("张伟", new_id_no(), OBSERVED)});
        assert_refused(cases[i].status, cases[i].code);
        assert_nothing_stored(batch);
    }
}

static void a_sender_that_goes_away_leaves_nothing(void **state)
{
    const char *batch = new_batch();

    (void)state;
    test.failing_at = 5000;
    push("vehicle", batch, arena_printf(test.arena, "%09000d\n", 1));
    assert_refused(400, "body_not_json");
    assert_nothing_stored(batch);
}

/* ---- reports ---- */

static void a_report_is_for_its_own_agency(void **state)
{
    const char *batch = new_batch();

    (void)state;
    push("vehicle", batch, person_line("张伟", new_id_no(), OBSERVED));
    ask_report(&(struct sent){.agency = "traffic", .batch = batch});
    assert_refused(404, "not_found");
    ask_report(&(struct sent){.agency = "vehicle", .batch = batch, .key = test.traffic});
    assert_refused(401, "signature_refused");
    ask_report(&(struct sent){
        .agency = "vehicle", .batch = new_batch(), .path = joined(BATCHES "/", batch)});
    assert_refused(400, "field_invalid");
    ask_report(&(struct sent){.agency = "vehicle", .batch = new_batch()});
    assert_refused(404, "not_found");
}

static void the_citizens_door_is_closed(void **state)
{
    (void)state;
    push_sent(&(struct sent){
        .agency = "vehicle", .batch = new_batch(), .body = "{}\n", .door = "citizens"});
    assert_refused(404, "not_found");
}

static const char *bad_lines(int count)
{
    char *body = arena_alloc(test.arena, (size_t)count * 3 + 1);

    for (int i = 0; i < count; i++)
        memcpy(body + i * 3, "{}\n", 3);
    return body;
}

static void bad_lines_come_in_pages(void **state)
{
    const char *batch = new_batch();
    struct sent sent = {.agency = "vehicle", .batch = batch};

    (void)state;
    assert_int_equal(push("vehicle", batch, bad_lines(130)), 200);
    assert_counts(0, 0, 130);
    assert_int_equal(said_number("faults_after"), 100);
    assert_string_equal(codes_of(100), "field_missing");
    sent.query = "after=100";
    assert_int_equal(ask_report(&sent), 200);
    assert_string_equal(codes_of(100), "");
    assert_string_equal(codes_of(130), "field_missing");
    assert_int_equal(said_number("faults_after"), NONE);
}

static void the_audit_chain_holds(void **state)
{
    int64_t bad_seq = -1;

    (void)state;
    request_reset(test.r);
    assert_int_equal(audit_check(test.r, &bad_seq), E_OK);
    assert_int_equal(bad_seq, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_small_batch_is_applied_before_the_answer),
        TEST(the_last_line_needs_no_line_feed),
        TEST(the_same_batch_again_gets_the_same_report),
        TEST(another_body_under_the_same_number_is_refused),
        TEST(two_agencies_may_use_the_same_number),
        TEST(strangers_and_wrong_signatures_look_the_same),
        TEST(a_signature_covers_number_and_body),
        TEST(an_agency_without_a_row_is_a_stranger),
        TEST(old_and_future_timestamps_are_refused),
        TEST(all_missing_and_malformed_headers_are_named),
        TEST(bodies_that_are_no_batch_are_refused),
        TEST(a_sender_that_goes_away_leaves_nothing),
        TEST(a_report_is_for_its_own_agency),
        TEST(the_citizens_door_is_closed),
        TEST(bad_lines_come_in_pages),
        TEST(the_audit_chain_holds),
    };

    return TELL_TWICE(tests);
}
