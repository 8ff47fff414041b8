#include "casework/html.h"

#include <string.h>

static const char *html_of(char letter)
{
    switch (letter) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

const char *html_escaped(struct arena *arena, const char *text)
{
    char *all = arena_alloc(arena, 6 * strlen(text) + 1), *at = all;

    for (; *text != '\0'; text++) {
        const char *html = html_of(*text);
        size_t size = html != NULL ? strlen(html) : 1;

        memcpy(at, html != NULL ? html : text, size);
        at += size;
    }
    return all;
}
