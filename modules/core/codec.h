/* Between JSON text and the members of a struct, by kind. Core files only. */
#ifndef CORE_CODEC_H
#define CORE_CODEC_H

#include "core/arena.h"
#include "core/field.h"

struct json_t;

/* Text that grows in an arena. */
struct text {
    struct arena *arena;
    char *data;
    size_t size;
    size_t room;
};

void text_add(struct text *text, const char *data, size_t size);
void text_put(struct text *text, const char *zero_ended);
void text_number(struct text *text, int64_t number);
/* Quoted and escaped, invalid UTF-8 replaced; NULL becomes null. */
void text_json(struct text *text, const char *zero_ended);
/* The finished text, with a zero byte behind it. */
const char *text_end(struct text *text);

/* What JSON and the database take: no stray, overlong or surrogate sequences. */
bool is_utf8(const char *text);

void write_record(struct text *text, const struct field *fields, const void *record);
void write_records(struct text *text, const struct field *fields, size_t size,
                   struct records records);
void write_value(struct text *text, struct value value);

/* Puts a JSON value into the member; false when its type does not fit. Lists are copied. */
bool read_member(struct arena *arena, const struct field *field, const struct json_t *json,
                 void *record);
/* The same from text (path, query, form, environment). */
bool read_member_text(struct arena *arena, const struct field *field, const char *text,
                      void *record);
/* NONE, NULL or false. */
void clear_member(const struct field *field, void *record);

/* Digits with an optional '-', nothing else, within 64 bits. */
bool read_number(const char *text, int64_t *number);

/* OpenAPI type of a kind: a JSON fragment. */
const char *kind_schema(enum kind kind);

#endif
