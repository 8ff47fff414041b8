/* Files of applications: taken in, made clean, sealed, shown to whom they concern, and forgotten.
 */

#include "service/road_stage.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include <stdio.h>
#include <unistd.h>

#include "core/db.h"
#include "core/job.h"

#define UPLOADS "/api/road/uploads"
#define RESCUE "\"rescue_kind\":\"供水\",\"site\":\"红荔路\",\"purpose\":\"水管爆裂\""

static int keys;

static int upload(struct bytes file)
{
    asker.key = arena_printf(texts, "key-upload-%d", ++keys);
    return ask_bytes(&asker, "POST", UPLOADS, file);
}

static int upload_text(const char *text)
{
    return upload((struct bytes){(const unsigned char *)text, strlen(text)});
}

static const char *path_of(const char *id)
{
    const char *hex =
        database_word("SELECT LOWER(HEX(sha256)) FROM road_upload WHERE id = '%s'", id);

    return arena_printf(texts, "%s/%.2s/%.2s/%s", getenv("STORE_DIR"), hex, hex + 2, hex);
}

static void a_picture_is_taken_in_and_shown_to_its_owner_alone(void **state)
{
    const char *owner = citizen(), *id;

    (void)state;
    assert_int_equal(upload(small_picture()), 201);
    id = answer_kept("id");
    assert_string_equal(answer_text(&asker, "content_type"), "image/png");
    assert_int_equal(answer_number(&asker, "width"), 1);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, UPLOADS "/%s", id), NULL), 200);
    assert_string_equal(asker.r->content_type, "image/png");
    assert_memory_equal(asker.r->answer, "\x89PNG", 4);
    assert_non_null(strstr(asker.r->headers, "nosniff"));
    citizen();
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, UPLOADS "/%s", id), NULL), 404);
    assert_int_equal(ask(&asker, "DELETE", arena_printf(texts, UPLOADS "/%s", id), NULL), 404);
    citizen_again(owner);
    asker_sign_out(&asker);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, UPLOADS "/%s", id), NULL), 401);
}

static void what_is_none_of_the_three_is_refused_with_the_reason(void **state)
{
    static const struct {
        const char *text, *code;
    } cases[] = {{"MZ a program", "upload_type"},
                 {"<svg xmlns='http://www.w3.org/2000/svg'/>", "upload_type"},
                 {"%PDF-1.7 nothing", "upload_damaged"},
                 {"\xFF\xD8\xFF\xE0 no picture", "upload_damaged"}};

    (void)state;
    citizen();
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(upload_text(cases[i].text), 422);
        assert_string_equal(answer_text(&asker, "error.code"), cases[i].code);
    }
    assert_int_equal(upload((struct bytes){(const unsigned char *)"", 0}), 422);
    assert_string_equal(answer_text(&asker, "error.code"), "upload_empty");
    assert_int_equal(database_number("SELECT COUNT(*) FROM road_upload u JOIN core_session s"
                                     " ON s.person_id = u.person_id WHERE s.token_hash ="
                                     " UNHEX(SHA2('%s', 256))",
                                     asker.token),
                     0);
}

static void one_that_is_too_large_is_not_read_to_its_end(void **state)
{
    enum { SIZE = 10 * 1024 * 1024 + 1 };
    struct arena *arena = arena_open(2 * (size_t)SIZE);
    struct bytes large = {arena_alloc(arena, SIZE), SIZE};

    (void)state;
    citizen();
    assert_int_equal(upload(large), 413);
    assert_refused(413, "upload_too_large");
    arena_close(arena);
}

static void the_key_stands_for_one_file(void **state)
{
    const char *first;

    (void)state;
    citizen();
    assert_int_equal(upload(small_picture()), 201);
    first = answer_kept("id");
    assert_int_equal(ask_bytes(&asker, "POST", UPLOADS, small_picture()), 201);
    assert_string_equal(answer_text(&asker, "id"), first);
    asker.key = NULL;
    assert_int_equal(ask_bytes(&asker, "POST", UPLOADS, small_picture()), 400);
    assert_refused(400, "idempotency_key_required");
}

static void in_the_store_nothing_can_be_read(void **state)
{
    const char *id;
    char head[4] = "";
    FILE *file;

    (void)state;
    citizen();
    id = uploaded(small_picture());
    file = fopen(path_of(id), "re");
    assert_non_null(file);
    assert_int_equal(fread(head, 1, sizeof(head), file), sizeof(head));
    fclose(file);
    assert_memory_not_equal(head, "\x89PNG", 4);
    file = fopen(path_of(id), "r+e");
    assert_non_null(file);
    fputc(head[0] ^ 1, file);
    fclose(file);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, UPLOADS "/%s", id), NULL), 500);
    assert_int_equal(unlink(path_of(id)), 0); /* the next one writes it anew */
}

static void officers_of_the_brigade_see_it_and_that_is_audited(void **state)
{
    const char *id, *upload_id, *path;

    (void)state;
    citizen();
    id = begin("road.rescue", form_of(new_plate("粤B"), "2018-09-28", "2018-09-28", RESCUE));
    attach(id, "rescue_order", small_picture());
    upload_id = answer_kept("documents.0.upload_ids.0");
    assert_int_equal(submit(id), 200);
    path = arena_printf(texts, "/api/road/office/applications/%s/uploads/%s", id, upload_id);
    officer(FUTIAN, REVIEWER);
    assert_int_equal(ask(&asker, "GET", path, NULL), 404);
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(ask(&asker, "GET", path, NULL), 200);
    assert_true(database_number("SELECT COUNT(*) FROM road_audit WHERE act = 'document_read'"
                                " AND object = '%s'",
                                id) > 0);
    citizen();
    assert_int_equal(
        ask(&asker, "GET",
            arena_printf(texts, "/api/road/office/applications/%s/uploads/%s", id, upload_id),
            NULL),
        403);
}

static int attach_to(const char *id, const char *code, const char *upload_id)
{
    return act(id, "documents",
               arena_printf(texts, "\"code\":\"%s\",\"upload_id\":\"%s\"", code, upload_id));
}

static void a_file_belongs_to_one_application_until_it_is_taken_away(void **state)
{
    const char *owner = citizen(), *one, *other, *file = uploaded(small_picture());

    (void)state;
    one = begin("road.rescue", form_of(new_plate("粤B"), "2018-09-28", "2018-09-28", RESCUE));
    other = begin("road.rescue", form_of(new_plate("粤B"), "2018-09-28", "2018-09-28", RESCUE));
    assert_int_equal(attach_to(one, "no_such_document", file), 422);
    assert_refused(422, "document_unknown");
    assert_int_equal(attach_to(one, "rescue_order", file), 200);
    assert_int_equal(attach_to(other, "rescue_order", file), 422);
    assert_refused(422, "upload_unknown");
    assert_int_equal(ask(&asker, "DELETE", arena_printf(texts, UPLOADS "/%s", file), NULL), 422);
    assert_int_equal(act(one, "documents/removal", "\"code\":\"rescue_order\""), 200);
    assert_int_equal(attach_to(other, "rescue_order", file), 200);
    for (int i = 0; i < 5; i++)
        attach(other, "rescue_order", small_picture());
    assert_int_equal(attach_to(other, "rescue_order", uploaded(small_picture())), 422);
    assert_refused(422, "document_too_many");
    citizen();
    file = uploaded(small_picture());
    citizen_again(owner);
    assert_int_equal(attach_to(one, "rescue_order", file), 422);
    assert_refused(422, "upload_unknown");
}

static void who_deletes_an_upload_is_told_that_it_is_gone(void **state)
{
    const char *id;

    (void)state;
    citizen();
    id = uploaded(small_picture());
    assert_int_equal(ask(&asker, "DELETE", arena_printf(texts, UPLOADS "/%s", id), NULL), 200);
    assert_string_equal(answer_text(&asker, "id"), id);
    assert_int_equal(ask(&asker, "DELETE", arena_printf(texts, UPLOADS "/%s", id), NULL), 404);
}

static void nobody_fills_the_store(void **state)
{
    (void)state;
    citizen();
    for (int i = 0; i < 20; i++)
        uploaded(small_picture());
    assert_int_equal(upload(small_picture()), 429);
    assert_refused(429, "uploads_unattached");
}

#define TRIES_OF "SELECT files FROM road_upload_tally WHERE person_id = "

/* 120 a day. Deleting sets no limit back, and neither does a key that was used. */
static void nobody_fills_it_by_deleting_or_by_repeating(void **state)
{
    const char *person_id = citizen();
    int taken = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(&asker, "DELETE",
                             arena_printf(texts, UPLOADS "/%s", uploaded(small_picture())), NULL),
                         200);
    assert_in_range(database_number(TRIES_OF "'%s'", person_id), 3, 6); /* 6: each body ran twice */
    database_run("UPDATE road_upload_tally SET files = 117 WHERE person_id = '%s'", person_id);
    asker.key = "repeated-key";
    while (taken <= 3 && ask_bytes(&asker, "POST", UPLOADS, small_picture()) != 429)
        taken++;
    assert_refused(429, "uploads_used_up");
    assert_in_range(taken, 1, 3);
}

static int64_t files_counted;

static int count_file(const char *path, const struct stat *status, int type)
{
    (void)path, (void)status;
    files_counted += type == FTW_F;
    return 0;
}

static int64_t files_in_store(void)
{
    enum { FOLDERS_OPEN = 8 };
    const char *store = arena_printf(texts, "%s/store", getenv("TMPDIR"));

    files_counted = 0;
    assert_int_equal(ftw(store, count_file, FOLDERS_OPEN), 0);
    return files_counted;
}

static void another_file_under_a_used_key_does_not_get_into_the_store(void **state)
{
    static const unsigned char dark[] = {
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48,
        0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
        0x00, 0x3A, 0x7E, 0x9B, 0x55, 0x00, 0x00, 0x00, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78,
        0xDA, 0x63, 0x50, 0x00, 0x00, 0x00, 0x22, 0x00, 0x21, 0x4E, 0x67, 0x1D, 0x86, 0x00,
        0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};
    int64_t before, after;

    (void)state;
    citizen();
    assert_int_equal(upload(small_picture()), 201);
    before = files_in_store();
    assert_int_equal(ask_bytes(&asker, "POST", UPLOADS, (struct bytes){dark, sizeof(dark)}), 422);
    assert_refused(422, "idempotency_key_reused");
    after = files_in_store();
    assert_int_equal(after, before);
}

/* Its file goes when no row can be on its way any more. */
static void what_was_deleted_goes_from_the_store_too(void **state)
{
    const char *id, *path;
    struct timespec old[2] = {{.tv_sec = 1500000000}, {.tv_sec = 1500000000}};

    (void)state;
    database_run("DELETE FROM road_upload");
    citizen();
    id = uploaded(small_picture());
    path = path_of(id);
    assert_int_equal(ask(&asker, "DELETE", arena_printf(texts, UPLOADS "/%s", id), NULL), 200);
    run_jobs();
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    set_clock("2018-09-28T04:01:00.000Z");
    run_jobs();
    assert_int_not_equal(access(path, F_OK), 0);
}

/* As if the process had died after the file was put and before its row was. */
static void a_file_whose_row_never_came_goes_too(void **state)
{
    struct timespec old[2] = {{.tv_sec = 1500000000}, {.tv_sec = 1500000000}};
    const char *path;

    (void)state;
    database_run("DELETE FROM road_upload");
    citizen();
    path = path_of(uploaded(small_picture()));
    database_run("DELETE FROM road_upload");
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    run_jobs();
    assert_int_equal(access(path, F_OK), 0);
    set_clock("2018-09-28T04:01:00.000Z");
    run_jobs();
    assert_int_not_equal(access(path, F_OK), 0);
}

static void what_nobody_used_for_a_week_is_forgotten_with_its_file(void **state)
{
    const char *id, *path;

    (void)state;
    database_run("DELETE FROM road_upload");
    citizen();
    id = uploaded(small_picture());
    path = path_of(id);
    assert_int_equal(access(path, F_OK), 0);
    set_clock("2018-10-06T02:00:00.000Z");
    database_run("UPDATE road_job SET run_at = '2018-01-01' WHERE kind = 'tidy_uploads'");
    run_jobs();
    assert_int_equal(database_number("SELECT COUNT(*) FROM road_upload"), 0);
    assert_int_equal(access(path, F_OK), 0); /* put a moment ago: another's row may be on its way */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_picture_is_taken_in_and_shown_to_its_owner_alone,
                               begin_applications),
        cmocka_unit_test_setup(what_is_none_of_the_three_is_refused_with_the_reason,
                               begin_applications),
        cmocka_unit_test_setup(one_that_is_too_large_is_not_read_to_its_end, begin_applications),
        cmocka_unit_test_setup(the_key_stands_for_one_file, begin_applications),
        cmocka_unit_test_setup(in_the_store_nothing_can_be_read, begin_applications),
        cmocka_unit_test_setup(officers_of_the_brigade_see_it_and_that_is_audited,
                               begin_applications),
        cmocka_unit_test_setup(a_file_belongs_to_one_application_until_it_is_taken_away,
                               begin_applications),
        cmocka_unit_test_setup(who_deletes_an_upload_is_told_that_it_is_gone, begin_applications),
        cmocka_unit_test_setup(nobody_fills_the_store, begin_applications),
        cmocka_unit_test_setup(nobody_fills_it_by_deleting_or_by_repeating, begin_applications),
        cmocka_unit_test_setup(another_file_under_a_used_key_does_not_get_into_the_store,
                               begin_applications),
        cmocka_unit_test_setup(what_was_deleted_goes_from_the_store_too, begin_applications),
        cmocka_unit_test_setup(a_file_whose_row_never_came_goes_too, begin_applications),
        cmocka_unit_test_setup(what_nobody_used_for_a_week_is_forgotten_with_its_file,
                               begin_applications),
    };
    int failures = cmocka_run_group_tests_name("uploads, told plainly", tests, open_applications,
                                               close_applications);

    return failures + cmocka_run_group_tests_name("uploads, rehearsed", tests,
                                                  open_applications_rehearsed, close_applications);
}
