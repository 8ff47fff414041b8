/*
 * Where everything on a paper stands, before anything is drawn: the number of pages is printed on
 * each. Points from the upper left corner; a text by its baseline.
 */
#ifndef CASEWORK_WORKSHOP_PAPER_LAYOUT_H
#define CASEWORK_WORKSHOP_PAPER_LAYOUT_H

#include "casework/workshop/paper_document.h"

struct sheet {
    double width, height, left, right, top, bottom; /* margins */
    double body, leading;                           /* size of the text, from line to line */
    bool is_framed;
};

enum ink { BLACK, GREY };
struct item {
    const char *text; /* NULL: a thin rule of this width */
    size_t bytes;
    int page;
    double x, y, width, size;
    double spread; /* between two characters, so that both margins are straight */
    const struct font *font;
    enum ink ink;
};

struct plan {
    struct sheet sheet;
    struct item *items;
    size_t count, room;
    int pages;
    /* On the last page; the seal by its centre. */
    double code_x, code_y, code_side, seal_x, seal_y;
    /* Where the strokes go, by the upper left corner. */
    double sign_x, sign_y;
    int sign_page;
};

#define SEAL_RADIUS 59.5 /* 42 mm across */
#define SIGN_WIDTH 190.0
#define SIGN_HEIGHT 64.0

/* False when it was refused: more than 12 pages. */
bool plan_make(struct draft *draft, const struct document *document, struct plan *plan);

/* Draws the plan as PDF. */
bool plan_draw(struct draft *draft, const struct document *document, const struct plan *plan,
               FILE *out);

#endif
