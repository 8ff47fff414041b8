/*
 * PDF: its pages are put into a new document, and of each page nothing but what is needed to show
 * it. So scripts, actions, forms, notes, links, embedded files, outlines and metadata stay behind.
 * One that needs a password, and one that has to be repaired to be read, is refused.
 */

#include <qpdf/qpdf-c.h>
#include <string.h>

#include "casework/workshop/clean.h"
#include "casework/workshop/job.h"

static const char *const page_keys[] = {"/Type",     "/MediaBox",  "/CropBox",  "/Rotate",
                                        "/UserUnit", "/Resources", "/Contents", "/Parent"};

static bool is_kept(const char *key)
{
    for (size_t i = 0; i < sizeof(page_keys) / sizeof(*page_keys); i++)
        if (strcmp(page_keys[i], key) == 0)
            return true;
    return false;
}

/* The iterator does not bear a change of the dictionary: one is removed, then it begins anew. */
static void strip(qpdf_data pdf, qpdf_oh page)
{
    bool is_stripped = false;

    while (!is_stripped) {
        is_stripped = true;
        qpdf_oh_begin_dict_key_iter(pdf, page);
        while (is_stripped && qpdf_oh_dict_more_keys(pdf)) {
            const char *key = qpdf_oh_dict_next_key(pdf);

            if (is_kept(key))
                continue;
            qpdf_oh_remove_key(pdf, page, key);
            is_stripped = false;
        }
    }
}

static qpdf_data open_quietly(void)
{
    qpdf_data pdf = qpdf_init();

    qpdf_silence_errors(pdf);
    qpdf_set_suppress_warnings(pdf, QPDF_TRUE);
    qpdf_set_attempt_recovery(pdf, QPDF_FALSE);
    return pdf;
}

static bool copy_pages(qpdf_data from, qpdf_data to, int pages)
{
    for (int i = 0; i < pages; i++) {
        qpdf_oh page = qpdf_get_page_n(from, (size_t)i);

        strip(from, page);
        if (qpdf_add_page(to, from, page, QPDF_FALSE) & QPDF_ERRORS)
            return false;
    }
    return !qpdf_has_error(from);
}

static int write_pages(qpdf_data to, int pages, FILE *out)
{
    if (qpdf_init_write_memory(to) & QPDF_ERRORS)
        return JOB_BROKEN;
    qpdf_set_deterministic_ID(to, QPDF_TRUE);
    qpdf_set_preserve_unreferenced_objects(to, QPDF_FALSE);
    qpdf_set_object_stream_mode(to, qpdf_o_generate);
    if (qpdf_write(to) & QPDF_ERRORS)
        return refuse_input("damaged");
    fprintf(out, "application/pdf 0 0 %d\n", pages);
    return fwrite(qpdf_get_buffer(to), 1, qpdf_get_buffer_length(to), out) ==
                   qpdf_get_buffer_length(to)
               ? JOB_DONE
               : JOB_BROKEN;
}

static int copy(qpdf_data from, qpdf_data to, FILE *out)
{
    int pages = qpdf_get_num_pages(from);

    if (pages < 1 || qpdf_has_error(from))
        return refuse_input("damaged");
    if (pages > PAGES_MAX)
        return refuse_input("too_many_pages");
    if ((qpdf_push_inherited_attributes_to_page(from) & QPDF_ERRORS) ||
        (qpdf_empty_pdf(to) & QPDF_ERRORS) || !copy_pages(from, to, pages))
        return refuse_input("damaged");
    return write_pages(to, pages, out);
}

static int read_and_copy(qpdf_data from, qpdf_data to, const struct input *input, FILE *out)
{
    QPDF_ERROR_CODE read =
        qpdf_read_memory(from, "upload", (const char *)input->data, input->size, NULL);

    if (read & QPDF_ERRORS)
        return refuse_input(qpdf_get_error_code(from, qpdf_get_error(from)) == qpdf_e_password
                                ? "encrypted"
                                : "damaged");
    if (qpdf_is_encrypted(from))
        return refuse_input("encrypted");
    return copy(from, to, out);
}

int clean_pdf(const struct input *input, FILE *out)
{
    qpdf_data from = open_quietly(), to = open_quietly();
    int result = read_and_copy(from, to, input, out);

    qpdf_cleanup(&to);
    qpdf_cleanup(&from);
    return result;
}
