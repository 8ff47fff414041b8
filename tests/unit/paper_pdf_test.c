/* Room for a signature in a PDF, seen from the bytes; http/papers_test.py has other programs look.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "casework/paper_pdf.h"
#include "core/clock.h"
#include "core/crypto.h"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open((size_t)256 * 1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

#define CATALOG "<< /Type /Catalog /Pages 1 0 R >>"
#define PAGES "<< /Type /Pages /Kids [ 2 0 R ] /Count 1 >>"
#define PAGE "<< /Type /Page % 1\n /Parent 1 0 R /MediaBox [0 0 9 9] >>"

/* A file of pages 1, page 2, information 3 and catalog 4, as cairo lays it out. */
static struct bytes file_of(const char *pages, const char *page, const char *catalog,
                            const char *trailer)
{
    const char *bodies[] = {pages, page, "<< /Producer (x) >>", catalog};
    const char *text = "%PDF-1.4\n", *table = "xref\n0 5\n0000000000 65535 f \n";
    size_t start;

    for (int i = 0; i < 4; i++) {
        table = arena_printf(arena, "%s%010zu 00000 n \n", table, strlen(text));
        text = arena_printf(arena, "%s%d 0 obj\n%s\nendobj\n", text, i + 1, bodies[i]);
    }
    start = strlen(text);
    return bytes_of(arena_printf(arena, "%s%strailer\n%s\nstartxref\n%zu\n%%%%EOF\n", text, table,
                                 trailer, start));
}

#define TRAILER "<< /Size 5 /Root 4 0 R /Info 3 0 R >>"

static struct bytes plain(void)
{
    return file_of(PAGES, PAGE, CATALOG, TRAILER);
}

static bool has_room(struct bytes pdf, struct pdf_signable *file)
{
    struct pdf_signing signing = {"局", "出具文书", day_start(day_of(2026, 11, 28))};

    return pdf_make_room(arena, pdf, &signing, file);
}

static const char *text_of(const struct pdf_signable *file)
{
    return arena_text_of(arena, file->data, file->size);
}

static void what_was_there_stays_byte_for_byte(void **state)
{
    struct bytes before = plain();
    struct pdf_signable file;

    (void)state;
    assert_true(has_room(before, &file));
    assert_true(file.size > before.size);
    assert_memory_equal(file.data, before.data, before.size);
}

static void all_but_the_hole_is_signed(void **state)
{
    struct pdf_signable file;
    const char *range;
    size_t first, second, length;

    (void)state;
    assert_true(has_room(plain(), &file));
    range = strstr(text_of(&file), "/ByteRange [0 ");
    assert_non_null(range);
    assert_int_equal(sscanf(range, "/ByteRange [0 %zu %zu %zu]", &first, &second, &length), 3);
    assert_int_equal(first, file.hole);
    assert_int_equal(second, file.hole_end);
    assert_int_equal(second + length, file.size);
    assert_int_equal(file.data[file.hole], '<');
    assert_int_equal(file.data[file.hole_end - 1], '>');
    for (size_t i = file.hole + 1; i < file.hole_end - 1; i++)
        assert_int_equal(file.data[i], '0');
    assert_int_equal(pdf_head(&file).size + pdf_tail(&file).size, file.size - (second - first));
}

static void the_new_table_leads_to_the_new_objects(void **state)
{
    struct pdf_signable file;
    const char *text, *entry;
    long number, table;
    size_t count = 0;

    (void)state;
    assert_true(has_room(plain(), &file));
    text = text_of(&file);
    table = strtol(strstr(text + plain().size, "startxref\n") + 10, NULL, 10);
    assert_int_equal(strncmp(text + table, "xref\n", 5), 0);
    entry = text + table + 5;
    while (sscanf(entry, "%ld 1\n", &number) == 1) {
        const char *place = strchr(entry, '\n') + 1;
        const char *opening = arena_printf(arena, "%ld 0 obj", number);

        assert_int_equal(strncmp(text + strtol(place, NULL, 10), opening, strlen(opening)), 0);
        entry = place + 20;
        count++;
    }
    assert_int_equal(count, 4); /* page, catalog, field, signature */
    assert_non_null(strstr(entry, "/Prev "));
}

static void name_reason_and_time_are_told(void **state)
{
    struct pdf_signable file;

    (void)state;
    assert_true(has_room(plain(), &file));
    assert_non_null(strstr(text_of(&file), "/Name <FEFF5C40>"));
    assert_non_null(strstr(text_of(&file), "/Reason <FEFF51FA517765874E66>"));
    assert_non_null(strstr(text_of(&file), "/M (D:20261128000000+08'00')"));
}

static void a_signature_fills_the_hole_from_its_start(void **state)
{
    static const unsigned char der[] = {0x30, 0x0A, 0xFF};
    struct pdf_signable file;
    unsigned char *large = arena_alloc(arena, PDF_SIGNATURE_MAX + 1);

    (void)state;
    assert_true(has_room(plain(), &file));
    assert_true(pdf_put_signature(&file, (struct bytes){der, sizeof(der)}));
    assert_memory_equal(file.data + file.hole, "<300aff00", 9);
    assert_true(pdf_put_signature(&file, (struct bytes){large, PDF_SIGNATURE_MAX}));
    assert_int_equal(file.data[file.hole_end - 1], '>');
    assert_false(pdf_put_signature(&file, (struct bytes){large, PDF_SIGNATURE_MAX + 1}));
}

static void what_was_signed_is_not_signed_again(void **state)
{
    struct pdf_signable file, again;

    (void)state;
    assert_true(has_room(plain(), &file));
    assert_false(has_room((struct bytes){file.data, file.size}, &again));
}

static void files_of_others_are_refused(void **state)
{
    struct pdf_signable file;
    unsigned char *large = arena_alloc(arena, PDF_SIZE_MAX + 1);

    (void)state;
    assert_false(has_room((struct bytes){NULL, 0}, &file));
    assert_false(has_room(bytes_of(""), &file));
    assert_false(has_room(bytes_of("%PDF-1.4\n"), &file));
    assert_false(has_room((struct bytes){large, PDF_SIZE_MAX + 1}, &file));
    assert_false(has_room(
        file_of(PAGES, PAGE, "<< /Type /Catalog /Pages 1 0 R /AcroForm << >> >>", TRAILER), &file));
    assert_false(
        has_room(file_of(PAGES, "<< /Type /Page /Annots [3 0 R] >>", CATALOG, TRAILER), &file));
    assert_false(has_room(
        file_of(PAGES, PAGE, CATALOG, "<< /Size 5 /Root 4 0 R /Info 3 0 R /Encrypt 3 0 R >>"),
        &file));
    assert_false(has_room(
        file_of(PAGES, PAGE, CATALOG, "<< /Size 5 /Root 4 0 R /Info 3 0 R /Prev 9 >>"), &file));
}

static void tables_that_lead_astray_are_refused(void **state)
{
    static const char *const trailers[] = {
        "<< /Size 5 /Root 9 0 R /Info 3 0 R >>",
        "<< /Size 5 /Root 0 0 R /Info 3 0 R >>",
        "<< /Size 6 /Root 4 0 R /Info 3 0 R >>",
        "<< /Size 5 /Root 4 0 R >>",
        "<< /Size 5 /Root -4 0 R /Info 3 0 R >>",
        "<< /Size 5 /Root 99999999999 0 R /Info 3 0 R >>",
        "<< >>",
    };
    struct pdf_signable file;

    (void)state;
    for (size_t i = 0; i < sizeof(trailers) / sizeof(trailers[0]); i++)
        assert_false(has_room(file_of(PAGES, PAGE, CATALOG, trailers[i]), &file));
    assert_false(has_room(file_of("<< /Kids [ 4 0 R ] >>", PAGE, CATALOG, TRAILER), &file));
    assert_false(has_room(file_of("<< /Kids [ 77 0 R ] >>", PAGE, CATALOG, TRAILER), &file));
    assert_false(has_room(file_of(PAGES, "/Type /Page", CATALOG, TRAILER), &file));
    assert_false(has_room(file_of(PAGES, PAGE, "/Pages 1 0 R", TRAILER), &file));
}

/* Whatever is cut off or altered: refused or done, never a read beyond the end. */
static void cut_and_altered_files_do_no_harm(void **state)
{
    struct bytes whole = plain();
    struct pdf_signable file;

    (void)state;
    for (size_t size = 0; size < whole.size - 1; size++) {
        unsigned char *cut = test_malloc(size + 1); /* its end is guarded */

        memcpy(cut, whole.data, size);
        if (has_room((struct bytes){cut, size}, &file) && size + 8 < whole.size)
            fail_msg("a file cut at %zu was taken", size);
        test_free(cut);
    }
    for (size_t i = 0; i < whole.size; i++) {
        unsigned char *altered = test_malloc(whole.size);

        memcpy(altered, whole.data, whole.size);
        altered[i] = '9';
        (void)has_room((struct bytes){altered, whole.size}, &file);
        test_free(altered);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_there_stays_byte_for_byte),
        cmocka_unit_test(all_but_the_hole_is_signed),
        cmocka_unit_test(the_new_table_leads_to_the_new_objects),
        cmocka_unit_test(name_reason_and_time_are_told),
        cmocka_unit_test(a_signature_fills_the_hole_from_its_start),
        cmocka_unit_test(what_was_signed_is_not_signed_again),
        cmocka_unit_test(files_of_others_are_refused),
        cmocka_unit_test(tables_that_lead_astray_are_refused),
        cmocka_unit_test(cut_and_altered_files_do_no_harm),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
