/*
 * workshop-paper: papers (文书) as PDF, that is decisions, notices, licences and receipts with Chinese
 * text, a code to scan and the picture of a seal. The same input makes the same bytes. The input is
 * one JSON object:
 *
 *   layout     "decision", "notice", "receipt" (A4) or "licence" (A4 across, framed)
 *   title, authority, number, date     as they are printed; date also under the seal
 *   made_at    "2026-11-28T08:00:00Z": the PDF's date of creation
 *   addressee  lines above the text
 *   sections   [{"heading", "rows": [{"label", "text"}], "paragraphs": ["..."]}]; each part may lack
 *   signature  {"strokes", "lines"}: what the person signed by hand (strokes.h), drawn, and texts
 *              below it; left out: none
 *   seal       what stands around the star; left out: no seal
 *   code       what the QR code holds, and code_lines, what stands below it; left out: no code
 *   footer     at the bottom of each page, beside its number
 *
 * Text is text: no markup is known, a line break begins a new line, everything else that steers
 * (control characters, directions, private characters, combining marks) is refused, and so is a
 * character that the font cannot draw. Refusals: not_json, member_unknown, member_type,
 * text_missing, text_too_long, character_forbidden, glyph_missing, too_many, too_long, code_too_long,
 * strokes_malformed.
 */
#ifndef CASEWORK_WORKSHOP_PAPER_DOCUMENT_H
#define CASEWORK_WORKSHOP_PAPER_DOCUMENT_H

#include "casework/workshop/paper_font.h"
#include "casework/strokes.h"
#include "core/arena.h"
#include "core/value.h"

/* A paper as it was read: texts are checked, and drawable in the font. */
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
