#include "core/error.h"

#include <stddef.h>

const char *error_name(enum error error)
{
    static const char *const names[] = {
        [E_OK] = "ok",
        [E_REFUSED] = "refused",
        [E_NOT_FOUND] = "not_found",
        [E_EXISTS] = "exists",
        [E_AGAIN] = "again",
        [E_UPSTREAM] = "upstream",
        [E_UNAVAILABLE] = "unavailable",
        [E_INTERNAL] = "internal",
    };

    return (size_t)error < sizeof(names) / sizeof(names[0]) ? names[error] : "unknown";
}
