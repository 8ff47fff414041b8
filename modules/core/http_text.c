#include <strings.h>

#include "core/http.h"

const char *http_header(struct request *r, const struct http_answer *answer, const char *name)
{
    size_t name_size = strlen(name);

    for (const char *line = answer->headers; *line != '\0';) {
        size_t size = strcspn(line, "\r\n");

        if (size > name_size && line[name_size] == ':' && strncasecmp(line, name, name_size) == 0) {
            const char *value = line + name_size + 1;

            value += strspn(value, " \t");
            while (line + size > value && strchr(" \t", line[size - 1]) != NULL)
                size--;
            return arena_text_of(r->arena, value, (size_t)(line + size - value));
        }
        line += size;
        line += strspn(line, "\r\n");
    }
    return NULL;
}

const char *url_encode(struct arena *arena, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char digits[] = "0123456789ABCDEF";
    char *encoded = arena_alloc(arena, 3 * strlen(text) + 1), *end = encoded;

    for (; *text != '\0'; text++) {
        unsigned byte = (unsigned char)*text;

        if (strchr(plain, *text) != NULL) {
            *end++ = *text;
            continue;
        }
        *end++ = '%';
        *end++ = digits[byte >> 4];
        *end++ = digits[byte & 15];
    }
    *end = '\0';
    return encoded;
}
