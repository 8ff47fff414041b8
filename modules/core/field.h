/*
 * A field table describes a struct once. From it the core fills the struct from a row or from
 * JSON, writes it as JSON, and prints its OpenAPI schema. The name of a member is the name of its
 * column and of its JSON member.
 */
#ifndef CORE_FIELD_H
#define CORE_FIELD_H

#include "core/value.h"

struct field {
    const char *name; /* NULL ends a table */
    enum kind kind;
    size_t offset;
    bool nullable;          /* NONE or NULL is allowed: null in JSON, NULL in SQL */
    const struct field *of; /* KIND_RECORDS: what an item looks like ... */
    size_t size;            /* ... and how large it is */
};

#define FIELD_OF_(type, member, ...)                                                               \
    {                                                                                              \
        .name = #member, .kind = KIND_OF(((type *)0)->member), .offset = offsetof(type, member),   \
        __VA_ARGS__                                                                                \
    }
#define FIELD(type, member) FIELD_OF_(type, member, .nullable = false)
#define FIELD_OR_NULL(type, member) FIELD_OF_(type, member, .nullable = true)
/* Of a struct that is a part of the record, under its own name. */
#define FIELD_IN_OF_(type, part, member, ...)                                                      \
    {                                                                                              \
        .name = #member, .kind = KIND_OF(((type *)0)->part.member),                                \
        .offset = offsetof(type, part.member), __VA_ARGS__                                         \
    }
#define FIELD_IN(type, part, member) FIELD_IN_OF_(type, part, member, .nullable = false)
#define FIELD_IN_OR_NULL(type, part, member) FIELD_IN_OF_(type, part, member, .nullable = true)
/* A list of records: struct records `member` whose items are `struct item_type`. */
#define FIELD_LIST(type, member, item_fields, item_type)                                           \
    FIELD_OF_(type, member, .of = (item_fields), .size = sizeof(item_type))
#define FIELD_END                                                                                  \
    {                                                                                              \
        .name = NULL                                                                               \
    }

#endif
