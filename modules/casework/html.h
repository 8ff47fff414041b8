/* Text in pages of ours. */
#ifndef CASEWORK_HTML_H
#define CASEWORK_HTML_H

#include "core/arena.h"

/* As text or as the value of an attribute in quotes, in HTML and in SVG. */
const char *html_escaped(struct arena *arena, const char *text);

#endif
