/* Whether what stands sealed in the database can be opened: for scripts/invariants. */

#include "core/vault.h"

enum { LINE_MAX_SIZE = 16 * 1024 * 1024, NAME_MAX_SIZE = 128 };

struct sealed_value {
    char table[NAME_MAX_SIZE], column[NAME_MAX_SIZE], row_id[NAME_MAX_SIZE];
    struct bytes sealed;
};

static bool read_line(char *line, struct arena *arena, struct sealed_value *value)
{
    int at = 0;

    if (sscanf(line, "%127s %127s %127s %n", value->table, value->column, value->row_id, &at) != 3)
        return false;
    line[strcspn(line, "\n")] = '\0';
    value->sealed = hex_decode(arena, line + at);
    return value->sealed.data != NULL;
}

static bool opens(const struct vault *vault, struct arena *arena, const struct sealed_value *value)
{
    const struct sealed_column place = {value->table, value->column};

    return vault_unseal(vault, arena, &place, value->row_id, value->sealed) != NULL;
}

static int check_lines(const struct vault *vault, char *line)
{
    int status = 0;

    while (fgets(line, LINE_MAX_SIZE, stdin) != NULL) {
        struct arena *arena = arena_open(2 * LINE_MAX_SIZE);
        struct sealed_value value;

        if (!read_line(line, arena, &value)) {
            fprintf(stderr, "a line is not: table column row-id hex\n");
            arena_close(arena);
            return 2;
        }
        if (!opens(vault, arena, &value)) {
            printf("%s.%s of %s does not open: key %lld\n", value.table, value.column, value.row_id,
                   (long long)sealed_key_id(value.sealed));
            status = 1;
        }
        arena_close(arena);
    }
    return status;
}

int open_seals(const char *key_file)
{
    struct arena *arena = arena_open(2 * LINE_MAX_SIZE);
    struct vault *vault = vault_open(key_file);
    int status = vault == NULL ? 2 : check_lines(vault, arena_alloc(arena, LINE_MAX_SIZE));

    vault_close(vault);
    arena_close(arena);
    return status;
}
