/*
 * A place where sealed files are kept, for store.c alone. It knows names and bytes, and nothing of what
 * they are. Contracts and errors are those of store.h.
 */
#ifndef CASEWORK_STORE_PLACE_H
#define CASEWORK_STORE_PLACE_H

#include "casework/store.h"

enum { STORE_FRESH_S = 3600 };
#define STORE_SEALED_MAX (STORE_FILE_MAX + 16)

/* `name` is the SHA-256 in hex. The same name has the same bytes always. */
struct store_place {
    enum error (*put)(struct request *r, const struct store_settings *settings, const char *name,
                      struct bytes bytes);
    enum error (*get)(struct request *r, const struct store_settings *settings, const char *name,
                      struct arena *arena, struct bytes *bytes);
    enum error (*drop)(struct request *r, const struct store_settings *settings, const char *name);
    enum error (*open)(struct request *r, const struct store_settings *settings);
    enum error (*check)(struct request *r, const struct store_settings *settings);
};

extern const struct store_place store_folder, store_s3;

#endif
