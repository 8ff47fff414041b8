/*
 * A fuzz target: what strangers send goes in, and nothing may crash, hang, leak or break what the
 * target asserts. The first byte chooses the way in, so that one corpus covers several; the targets
 * say which.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <assert.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/crypto.h"

/* What libFuzzer calls. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of the input. */
struct fuzz_input {
    const uint8_t *data;
    size_t size;
};

/* 0 at the end. */
static inline unsigned fuzz_byte(struct fuzz_input *input)
{
    if (input->size == 0)
        return 0;
    input->size--;
    return *input->data++;
}

static inline struct bytes fuzz_rest(const struct fuzz_input *input)
{
    return (struct bytes){input->data, input->size};
}

/* One line without its end, in the arena; NULL at the end of the input. */
static inline const char *fuzz_line(struct arena *arena, struct fuzz_input *input)
{
    const uint8_t *end = input->size == 0 ? NULL : memchr(input->data, '\n', input->size);
    size_t size = end == NULL ? input->size : (size_t)(end - input->data);
    const char *line;

    if (input->size == 0)
        return NULL;
    line = arena_text_of(arena, input->data, size);
    size += end != NULL;
    input->data += size;
    input->size -= size;
    return line;
}

/* A key that must be there, of the published test vectors (vectors/keys). */
static inline const char *fuzz_key_file(const char *name)
{
    static char text[8192];
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/keys/%s", VECTORS_DIR, name);
    file = fopen(path, "r");
    if (file == NULL || (text[fread(text, 1, sizeof(text) - 1, file)] = '\0', ferror(file))) {
        perror(path);
        abort();
    }
    fclose(file);
    return text;
}

#endif
