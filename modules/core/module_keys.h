/* A calling module's key, by name. Core files only. */
#ifndef CORE_MODULE_KEYS_H
#define CORE_MODULE_KEYS_H

#include "core/module_call.h"

/* .data NULL when there is none. */
struct bytes module_key_of(const struct module_keys *keys, const char *name, size_t name_size);

#endif
