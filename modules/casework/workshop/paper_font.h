/*
 * The fonts of papers: a Song face (宋体) for text and a black one (黑体) for titles and headings, as
 * GB/T 9704 has it. A paper must name everybody as he is called, so the one for text has all Han
 * characters of GB 18030 and not only those of the usual lists. Characters stand alone, so what to
 * draw follows from the character and needs no shaping; pango would cost as much CPU as everything
 * else together. Sizes and widths are points (1/72 inch).
 */
#ifndef CASEWORK_WORKSHOP_PAPER_FONT_H
#define CASEWORK_WORKSHOP_PAPER_FONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cairo.h>

#include "core/arena.h"

struct font; /* process lifetime */
struct fonts {
    const struct font *text, *heading;
};

/* NULL, and a line on stderr, when the file is not there or is no font. */
const struct font *font_open(const char *path);
cairo_font_face_t *font_face(const struct font *font);
bool font_has(const struct font *font, const char *text);

/* Of a character: 0 when the font cannot draw it by itself. */
unsigned long font_glyph(const struct font *font, uint32_t code);
double font_width(const struct font *font, const char *text, size_t bytes, double size);

/* A piece of a text that fits into the width. */
struct line {
    const char *text;
    size_t bytes;
    double width;
    bool is_last; /* of its paragraph: not stretched to the full width */
};
struct lines {
    struct line *items;
    size_t count;
};
/* Breaks by Unicode's rules (UAX 14), which keep Chinese punctuation off the start of a line, and
   anywhere within a word that is wider than a line. The first line has `indent` less room. */
struct lines font_break(const struct font *font, struct arena *arena, const char *text,
                        double size, double indent, double width);

#endif
