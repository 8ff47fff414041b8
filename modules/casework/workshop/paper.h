/*
 * Papers (文书) as PDF: decisions, notices, licences and receipts with Chinese text, a code to scan and
 * the picture of a seal. The same input makes the same bytes. The input is one JSON object:
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
#ifndef CASEWORK_WORKSHOP_PAPER_H
#define CASEWORK_WORKSHOP_PAPER_H

#include <stdbool.h>
#include <stdio.h>

/* Opens the fonts; the file system is not needed any more afterwards. */
bool paper_prepare(void);
int paper_run(FILE *in, FILE *out);

#endif
