#include "core/value.h"

#include "core/arena.h"

bool texts_have(const struct texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->count; i++)
        if (strcmp(texts->items[i], text) == 0)
            return true;
    return false;
}

struct texts texts_split(struct arena *arena, const char *text, char separator)
{
    const char ends[] = {separator, '\0'};
    struct texts texts = {NULL, 0};

    if (text == NULL)
        return texts;
    texts.items = arena_alloc(arena, (strlen(text) + 1) * sizeof(*texts.items));
    while (*text != '\0') {
        size_t size = strcspn(text, ends);

        texts.items[texts.count++] = arena_text_of(arena, text, size);
        text += size + (text[size] == separator);
    }
    return texts;
}

const char *texts_joined(struct arena *arena, struct texts texts, const char *separator)
{
    const char *joined = "";

    for (size_t i = 0; i < texts.count; i++)
        joined = arena_printf(arena, "%s%s%s", joined, i == 0 ? "" : separator, texts.items[i]);
    return joined;
}
