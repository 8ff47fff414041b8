#include "casework/workshop/paper_font.h"

#include <cairo-ft.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_ADVANCES_H
#include <linebreak.h>

#include "casework/utf8.h"

struct font {
    FT_Library library;
    FT_Face face;
    cairo_font_face_t *drawn;
};

const struct font *font_open(const char *path)
{
    static struct font fonts[2], *next = fonts;
    struct font *font = next++;

    if (FT_Init_FreeType(&font->library) != 0 ||
        FT_New_Face(font->library, path, 0, &font->face) != 0 || !FT_IS_SCALABLE(font->face) ||
        FT_Select_Charmap(font->face, FT_ENCODING_UNICODE) != 0) {
        fprintf(stderr, "%s is no font that papers can be drawn with\n", path);
        return NULL;
    }
    font->drawn = cairo_ft_font_face_create_for_ft_face(font->face, FT_LOAD_NO_HINTING);
    init_linebreak();
    return font;
}

cairo_font_face_t *font_face(const struct font *font)
{
    return font->drawn;
}

static double advance(const struct font *font, unsigned long glyph, double size)
{
    FT_Fixed units = 0;

    if (FT_Get_Advance(font->face, (FT_UInt)glyph, FT_LOAD_NO_SCALE, &units) != 0)
        return 0;
    return (double)units * size / font->face->units_per_EM;
}

unsigned long font_glyph(const struct font *font, uint32_t code)
{
    FT_UInt glyph = FT_Get_Char_Index(font->face, code);

    /* What has no width is drawn onto its neighbour. */
    return glyph != 0 && advance(font, glyph, 1) > 0 ? glyph : 0;
}

bool font_has(const struct font *font, const char *text)
{
    uint32_t code;

    for (size_t size; (size = utf8_next(text, &code)) > 0; text += size)
        if (font_glyph(font, code) == 0)
            return false;
    return true;
}

double font_width(const struct font *font, const char *text, size_t bytes, double size)
{
    double width = 0;
    uint32_t code;

    for (size_t at = 0; at < bytes; at += utf8_next(text + at, &code)) {
        if (utf8_next(text + at, &code) == 0)
            break;
        width += advance(font, font_glyph(font, code), size);
    }
    return width;
}

struct breaking {
    const struct font *font;
    const char *text;
    char *breaks; /* what may be behind each byte */
    double size;
};

/* Bytes of what fits into the width: up to where a break may be, or else whatever fits, and at
   least one character. */
static size_t fitting(const struct breaking *b, size_t start, double width)
{
    size_t at = start, allowed = start;
    double used = 0;
    uint32_t code;

    while (b->text[at] != '\0' && b->text[at] != '\n') {
        size_t size = utf8_next(b->text + at, &code);
        double step = advance(b->font, font_glyph(b->font, code), b->size);

        if (used + step > width && at > start && code != ' ')
            return (allowed > start ? allowed : at) - start;
        used += step;
        at += size;
        if (b->breaks[at - 1] == LINEBREAK_ALLOWBREAK)
            allowed = at;
    }
    return at - start;
}

struct lines font_break(const struct font *font, struct arena *arena, const char *text, double size,
                        double indent, double width)
{
    size_t total = strlen(text), start = 0;
    struct breaking b = {font, text, arena_alloc(arena, total + 1), size};
    struct lines lines = {arena_alloc(arena, (total + 1) * sizeof(struct line)), 0};

    set_linebreaks_utf8((const utf8_t *)text, total, "zh", b.breaks);
    do {
        struct line *line = &lines.items[lines.count++];
        bool is_first = start == 0 || text[start - 1] == '\n';
        size_t bytes = fitting(&b, start, is_first ? width - indent : width);
        size_t shown = bytes;

        start += bytes;
        while (shown > 0 && text[start - bytes + shown - 1] == ' ')
            shown--;
        *line = (struct line){text + start - bytes, shown, 0,
                              text[start] == '\0' || text[start] == '\n'};
        line->width = font_width(font, line->text, shown, size);
        if (text[start] == '\n')
            start++;
    } while (text[start] != '\0');
    return lines;
}
