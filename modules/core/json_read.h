/*
 * Strangers' JSON where no request is at hand: the pure codecs of gateways, and tools. Handlers
 * read with input.h. Repeated members, nesting below 16 levels and anything behind the value are
 * refused. What is read lives as long as the arena.
 */
#ifndef CORE_JSON_READ_H
#define CORE_JSON_READ_H

#include "core/arena.h"
#include "core/value.h"

struct json_t;

/* NULL unless the text is one object or one array. */
const struct json_t *read_json(struct arena *arena, struct bytes text);

/* A member by its path ("resource.nonce"); NULL or NONE when it is absent or of another kind. */
const char *json_text_at(const struct json_t *object, const char *path);
int64_t json_number_at(const struct json_t *object, const char *path);
/* An item of the array that stands there; NULL behind the last one. */
const struct json_t *json_item_at(const struct json_t *object, const char *path, size_t index);

/* Writes a json_pack() product compactly into the arena and takes over its reference. */
const char *json_written(struct arena *arena, struct json_t *json);

#endif
