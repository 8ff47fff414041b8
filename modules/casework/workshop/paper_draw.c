#include "casework/workshop/paper_layout.h"

#include <cairo-pdf.h>
#include <math.h>
#include <qrencode.h>

#include "casework/utf8.h"

#define PI 3.14159265358979323846
#define QUIET 4 /* modules around a code, ISO/IEC 18004 */
#define SEAL_TEXT 13.5
#define STAR_RADIUS 18.0

static cairo_status_t write_out(void *out, const unsigned char *data, unsigned size)
{
    return fwrite(data, 1, size, out) == size ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* The characters of an item as glyphs, each at its place. */
struct glyphs {
    cairo_glyph_t *glyphs;
    cairo_text_cluster_t *clusters;
    int count;
};

static struct glyphs glyphs_of(struct draft *draft, const struct item *item)
{
    struct glyphs run = {arena_alloc(draft->arena, item->bytes * sizeof(cairo_glyph_t)),
                         arena_alloc(draft->arena, item->bytes * sizeof(cairo_text_cluster_t)), 0};
    double x = item->x;
    uint32_t code;
    size_t characters = 0;

    for (size_t at = 0; at < item->bytes; at += utf8_next(item->text + at, &code))
        characters++;
    for (size_t at = 0; at < item->bytes;) {
        size_t size = utf8_next(item->text + at, &code);

        run.glyphs[run.count] = (cairo_glyph_t){font_glyph(item->font, code), x, item->y};
        run.clusters[run.count++] = (cairo_text_cluster_t){(int)size, 1};
        x += font_width(item->font, item->text + at, size, item->size);
        if (characters > 1)
            x += item->spread / (double)(characters - 1);
        at += size;
    }
    return run;
}

static void draw_item(cairo_t *to, struct draft *draft, const struct item *item)
{
    struct glyphs run;
    double grey = item->ink == GREY ? 0.4 : 0;

    cairo_set_source_rgb(to, grey, grey, grey);
    if (item->text == NULL) {
        cairo_set_line_width(to, 0.5);
        cairo_move_to(to, item->x, item->y);
        cairo_line_to(to, item->x + item->width, item->y);
        cairo_stroke(to);
        return;
    }
    run = glyphs_of(draft, item);
    cairo_set_font_face(to, font_face(item->font));
    cairo_set_font_size(to, item->size);
    cairo_show_text_glyphs(to, item->text, (int)item->bytes, run.glyphs, run.count, run.clusters,
                           run.count, 0);
}

static void draw_star(cairo_t *to, double x, double y)
{
    for (int i = 0; i < 5; i++) {
        double angle = -PI / 2 + i * 4 * PI / 5; /* from point to the second next */

        cairo_line_to(to, x + STAR_RADIUS * cos(angle), y + STAR_RADIUS * sin(angle));
    }
    cairo_close_path(to);
    cairo_fill(to);
}

/* The picture of a round seal (电子印章). Its characters are outlines, so that they are not found
   among the text; what proves the origin is the digital signature. */
static void draw_seal(cairo_t *to, struct draft *draft, const char *text, const struct plan *plan)
{
    double radius = SEAL_RADIUS - SEAL_TEXT - 6, step, angle;
    size_t count = utf8_count(text);
    uint32_t code;

    cairo_set_source_rgba(to, 0.85, 0.07, 0.09, 0.86);
    cairo_set_line_width(to, 2.6);
    cairo_arc(to, plan->seal_x, plan->seal_y, SEAL_RADIUS - 1.3, 0, 2 * PI);
    cairo_stroke(to);
    draw_star(to, plan->seal_x, plan->seal_y);
    step = count > 1 ? 1.5 * PI / (double)(count - 1) : 0;
    step = step > 0.42 ? 0.42 : step;
    angle = -step * (double)(count - 1) / 2;
    cairo_set_font_face(to, font_face(draft->fonts.text));
    cairo_set_font_size(to, SEAL_TEXT);
    for (size_t size; (size = utf8_next(text, &code)) > 0; text += size, angle += step) {
        double half = font_width(draft->fonts.text, text, size, SEAL_TEXT) / 2;
        cairo_glyph_t glyph = {font_glyph(draft->fonts.text, code), -half, -radius};

        cairo_save(to);
        cairo_translate(to, plan->seal_x, plan->seal_y);
        cairo_rotate(to, angle);
        cairo_glyph_path(to, &glyph, 1);
        cairo_fill(to);
        cairo_restore(to);
    }
}

/* One bit a module, as cairo lays out CAIRO_FORMAT_A1 on this machine. */
static cairo_surface_t *modules_of(const QRcode *code)
{
    cairo_surface_t *bits = cairo_image_surface_create(CAIRO_FORMAT_A1, code->width, code->width);
    unsigned char *data = cairo_image_surface_get_data(bits);
    int stride = cairo_image_surface_get_stride(bits);

    for (int y = 0; data != NULL && y < code->width; y++)
        for (int x = 0; x < code->width; x++)
            if ((code->data[y * code->width + x] & 1) != 0)
                data[y * stride + x / 8] |= (unsigned char)(1 << x % 8);
    cairo_surface_mark_dirty(bits);
    return bits;
}

/* As a stencil: a rectangle for each run of modules took more CPU than all of the text. */
static void draw_code(cairo_t *to, struct draft *draft, const char *text, const struct plan *plan)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    cairo_pattern_t *stencil;
    cairo_surface_t *bits;
    double module, edge;

    if (code == NULL) {
        draft_refuse(draft, "code_too_long", "code");
        return;
    }
    module = plan->code_side / (code->width + 2 * QUIET);
    edge = module * QUIET;
    bits = modules_of(code);
    stencil = cairo_pattern_create_for_surface(bits);
    cairo_pattern_set_filter(stencil, CAIRO_FILTER_NEAREST); /* edges stay sharp at any size */
    cairo_save(to);
    cairo_translate(to, plan->code_x + edge, plan->code_y + edge);
    cairo_scale(to, module, module);
    cairo_set_source_rgb(to, 0, 0, 0);
    cairo_mask(to, stencil);
    cairo_restore(to);
    cairo_pattern_destroy(stencil);
    cairo_surface_destroy(bits);
    QRcode_free(code);
}

static void draw_frame(cairo_t *to, const struct sheet *sheet)
{
    static const struct {
        double inset, line;
    } frames[] = {{28, 2.2}, {34, 0.7}};

    cairo_set_source_rgb(to, 0.09, 0.25, 0.45);
    for (size_t i = 0; i < 2; i++) {
        cairo_set_line_width(to, frames[i].line);
        cairo_rectangle(to, frames[i].inset, frames[i].inset, sheet->width - 2 * frames[i].inset,
                        sheet->height - 2 * frames[i].inset);
        cairo_stroke(to);
    }
}

/* As large as fits the room, in its own proportions. */
static void draw_signature(cairo_t *to, const struct handwriting *signature,
                           const struct plan *plan)
{
    const struct strokes *strokes = &signature->strokes;
    double wide = strokes->right - strokes->left, high = strokes->bottom - strokes->top;
    double scale = fmin(SIGN_WIDTH / fmax(wide, 1), SIGN_HEIGHT / fmax(high, 1));

    cairo_set_source_rgb(to, 0.05, 0.05, 0.3);
    cairo_set_line_width(to, 1.5);
    cairo_set_line_cap(to, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(to, CAIRO_LINE_JOIN_ROUND);
    for (size_t i = 0; i < strokes->count; i++) {
        const struct stroke_point *point = &signature->points[i];
        double x = plan->sign_x + (point->x - strokes->left) * scale;
        double y = plan->sign_y + (point->y - strokes->top) * scale;

        if (point->begins)
            cairo_move_to(to, x, y);
        cairo_line_to(to, x, y); /* a point alone is a dot */
    }
    cairo_stroke(to);
}

static void draw_page(cairo_t *to, struct draft *draft, const struct document *document,
                      const struct plan *plan, int page)
{
    if (plan->sheet.is_framed)
        draw_frame(to, &plan->sheet);
    for (size_t i = 0; i < plan->count; i++)
        if (plan->items[i].page == page)
            draw_item(to, draft, &plan->items[i]);
    if (page == plan->sign_page)
        draw_signature(to, &document->signature, plan);
    if (page < plan->pages)
        return;
    if (document->code != NULL)
        draw_code(to, draft, document->code, plan);
    if (document->seal != NULL)
        draw_seal(to, draft, document->seal, plan);
}

/* Version 1.4 keeps to a plain table of objects, which the signature is added to. */
static cairo_surface_t *pdf_begun(const struct document *document, const struct sheet *sheet,
                                  FILE *out)
{
    cairo_surface_t *pdf =
        cairo_pdf_surface_create_for_stream(write_out, out, sheet->width, sheet->height);

    cairo_pdf_surface_restrict_to_version(pdf, CAIRO_PDF_VERSION_1_4);
    cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_TITLE, document->title);
    cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_AUTHOR, document->authority);
    cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_SUBJECT, document->number);
    cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_CREATE_DATE, document->made_at);
    return pdf;
}

bool plan_draw(struct draft *draft, const struct document *document, const struct plan *plan,
               FILE *out)
{
    cairo_surface_t *pdf = pdf_begun(document, &plan->sheet, out);
    cairo_t *to = cairo_create(pdf);

    for (int page = 1; page <= plan->pages; page++) {
        draw_page(to, draft, document, plan, page);
        cairo_show_page(to);
    }
    cairo_destroy(to);
    cairo_surface_finish(pdf);
    if (cairo_surface_status(pdf) != CAIRO_STATUS_SUCCESS)
        draft_refuse(draft, "not_drawn", cairo_status_to_string(cairo_surface_status(pdf)));
    cairo_surface_destroy(pdf);
    return draft->refused == NULL;
}
