/* A paper as it was read: texts are checked, and drawable in the font. */
#ifndef CASEWORK_WORKSHOP_PAPER_DOCUMENT_H
#define CASEWORK_WORKSHOP_PAPER_DOCUMENT_H

#include "casework/workshop/paper_font.h"
#include "casework/strokes.h"
#include "core/arena.h"
#include "core/value.h"

enum layout { DECISION, NOTICE, RECEIPT, LICENCE };

struct row {
    const char *label, *text;
};
struct section {
    const char *heading; /* NULL for none */
    struct row *rows;
    size_t row_count;
    struct texts paragraphs;
};
struct handwriting {
    struct stroke_point *points; /* NULL: nobody signed */
    struct strokes strokes;
    struct texts lines;
};
struct document {
    enum layout layout;
    const char *title, *authority, *number, *date, *made_at;
    const char *seal, *code, *footer; /* NULL for none */
    struct texts addressee, code_lines;
    struct handwriting signature;
    struct section *sections;
    size_t section_count;
};

/* What is being made: its memory, its fonts, and the first refusal, which ends it. */
struct draft {
    struct arena *arena;
    struct fonts fonts;
    const char *refused; /* "CODE about what"; NULL while all is well */
};
void draft_refuse(struct draft *draft, const char *code, const char *about);

/* False when it was refused. */
bool document_read(struct draft *draft, struct bytes json, struct document *document);

#endif
