/*
 * The strokes of a signature (签名笔迹), as a pad or a phone gives them: "x,y,t x,y,t;x,y,t ...", points
 * by blanks, strokes by semicolons. x to the right and y down in the pad's own units, t in hundredths
 * of a second since the pen touched first; each 0 to 4095, and t never goes back. Pure: the module
 * checks with it what came, and the workshop draws by it.
 */
#ifndef CASEWORK_STROKES_H
#define CASEWORK_STROKES_H

#include <stdbool.h>
#include <stddef.h>

enum {
    STROKES_TEXT_MAX = 32 * 1024,
    STROKES_MAX = 64,
    STROKES_POINTS_MAX = 4000,
    STROKES_RANGE_MAX = 4095,
    STROKES_EXTENT_MIN = 24, /* less than that is a dot or a slip of the finger */
};

struct stroke_point {
    int x, y, t;
    bool begins; /* a stroke: the pen was lifted before */
};

struct strokes {
    size_t count, strokes;
    int left, right, top, bottom;
};

/* `points` has room for STROKES_POINTS_MAX, or is NULL when they are not wanted. False for all that is
   not of the form, too much, or hardly there. */
bool strokes_read(const char *text, struct stroke_point *points, struct strokes *strokes);

/* For a param. */
bool is_strokes(const char *text);

#endif
