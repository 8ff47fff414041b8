#include "casework/strokes.h"

#include <string.h>

/* One to four digits, without a zero in front; -1 when it is none. Goes behind it. */
static int read_number(const char **text)
{
    const char *at = *text;
    size_t digits = strspn(at, "0123456789");
    int value = 0;

    if (digits == 0 || digits > 4 || (digits > 1 && *at == '0'))
        return -1;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (at[i] - '0');
    *text = at + digits;
    return value <= STROKES_RANGE_MAX ? value : -1;
}

static bool read_comma(const char **text)
{
    return *(*text)++ == ',';
}

/* "x,y,t" */
static bool read_point(const char **text, struct stroke_point *point)
{
    return (point->x = read_number(text)) >= 0 && read_comma(text) &&
           (point->y = read_number(text)) >= 0 && read_comma(text) &&
           (point->t = read_number(text)) >= 0;
}

static void take_point(struct strokes *strokes, const struct stroke_point *point)
{
    if (strokes->count == 0 || point->x < strokes->left)
        strokes->left = point->x;
    if (strokes->count == 0 || point->x > strokes->right)
        strokes->right = point->x;
    if (strokes->count == 0 || point->y < strokes->top)
        strokes->top = point->y;
    if (strokes->count == 0 || point->y > strokes->bottom)
        strokes->bottom = point->y;
    strokes->count++;
    strokes->strokes += point->begins;
}

bool strokes_read(const char *text, struct stroke_point *points, struct strokes *strokes)
{
    struct stroke_point point = {.begins = true};
    int last = 0;

    *strokes = (struct strokes){0};
    if (strlen(text) > STROKES_TEXT_MAX)
        return false;
    for (;; text++) {
        if (strokes->count == STROKES_POINTS_MAX || !read_point(&text, &point) || point.t < last)
            return false;
        last = point.t;
        if (points != NULL)
            points[strokes->count] = point;
        take_point(strokes, &point);
        if (*text == '\0')
            break;
        if (*text != ' ' && *text != ';')
            return false;
        point.begins = *text == ';';
    }
    return strokes->strokes <= STROKES_MAX &&
           (strokes->right - strokes->left >= STROKES_EXTENT_MIN ||
            strokes->bottom - strokes->top >= STROKES_EXTENT_MIN);
}

bool is_strokes(const char *text)
{
    struct strokes strokes;

    return strokes_read(text, NULL, &strokes);
}
