#include "casework/utf8.h"

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* How many bytes a character has that begins so; 0 for a byte that begins none. */
static size_t length_of(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
}

static bool is_character(uint32_t code, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    return code >= least[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

size_t utf8_next(const char *text, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = length_of(bytes[0]);

    if (length == 0 || bytes[0] == '\0')
        return 0;
    *code = length == 1 ? bytes[0] : bytes[0] & (0x7FU >> length);
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(bytes[i]))
            return 0;
        *code = *code << 6 | (bytes[i] & 0x3FU);
    }
    return is_character(*code, length) ? length : 0;
}

size_t utf8_count(const char *text)
{
    size_t count = 0;
    uint32_t code;

    while (*text != '\0') {
        size_t size = utf8_next(text, &code);

        if (size == 0)
            return SIZE_MAX;
        text += size;
        count++;
    }
    return count;
}

size_t utf8_fit(const char *text, size_t bytes)
{
    size_t size = 0, next;
    uint32_t code;

    while ((next = utf8_next(text + size, &code)) > 0 && size + next <= bytes)
        size += next;
    return size;
}
