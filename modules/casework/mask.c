/* Personal data as other people may see it. What is malformed or too short is hidden whole. */

#include "casework/identifier.h"
#include "casework/utf8.h"

/* Hides the characters from `first` to before `end`, a star each. */
static const char *hide(struct arena *arena, const char *text, size_t first, size_t end)
{
    char *masked = arena_alloc(arena, strlen(text) + 1);
    char *to = masked;
    uint32_t code;

    for (size_t i = 0, size; (size = utf8_next(text, &code)) > 0; i++, text += size) {
        if (i >= first && i < end) {
            *to++ = '*';
        } else {
            memcpy(to, text, size);
            to += size;
        }
    }
    return masked;
}

/* Shows so many characters at both ends of a text of at least `least`; else nothing. */
static const char *show_ends(struct arena *arena, const char *text, size_t least, size_t head,
                             size_t tail)
{
    size_t count = utf8_count(text);

    if (count == SIZE_MAX)
        return "***";
    return count < least ? hide(arena, text, 0, count) : hide(arena, text, head, count - tail);
}

const char *mask_id_no(struct arena *arena, const char *text)
{
    return show_ends(arena, text, 15, 3, 4);
}

const char *mask_mobile(struct arena *arena, const char *text)
{
    return show_ends(arena, text, 11, 3, 4);
}

const char *mask_vin(struct arena *arena, const char *text)
{
    return show_ends(arena, text, 17, 0, 6);
}

/* One star whatever is hidden, so that not even the length shows. */
const char *mask_name(struct arena *arena, const char *text)
{
    size_t count = utf8_count(text);
    uint32_t code;

    if (count == SIZE_MAX || count < 2)
        return "*";
    for (size_t i = 1; i < count; i++)
        text += utf8_next(text, &code);
    return arena_printf(arena, "*%s", text);
}

const char *mask_plate(struct arena *arena, const char *text)
{
    size_t count = utf8_count(text);

    if (count == SIZE_MAX || count < 7)
        return show_ends(arena, text, SIZE_MAX, 0, 0);
    return hide(arena, text, 3, 5);
}
