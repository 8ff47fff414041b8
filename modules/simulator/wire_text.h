/*
 * Texts as the gateways write and read them: moments in UTC+8, forms, JSON with exact bytes, and
 * the rules of a JSON body.
 */
#ifndef SIMULATOR_WIRE_TEXT_H
#define SIMULATOR_WIRE_TEXT_H

#include <jansson.h>

#include "core/clock.h"

/* "2026-01-02T11:05:00+08:00" and "2026-01-02 11:05:00". */
const char *wire_rfc3339(struct arena *arena, struct instant at);
const char *wire_local(struct arena *arena, struct instant at);
/* The first form with any offset, or Z; the second without one. False for any other text. */
bool wire_rfc3339_read(const char *text, struct instant *at);
bool wire_local_read(const char *text, struct instant *at);

/* Visible ASCII and nothing else: what numbers, codes and addresses are made of. */
bool is_plain(const char *text);

struct pair {
    const char *name;
    const char *value;
};
struct form {
    struct pair *items;
    size_t count;
};

/* "a=b&c=d", decoded once; false when malformed, too long or with a name twice. */
bool form_read(struct arena *arena, const char *text, size_t size, struct form *form);
const char *form_value(const struct form *form, const char *name); /* NULL if absent */
void form_set(struct arena *arena, struct form *form, const char *name, const char *value);
/* What Alipay signs: names sorted, "name=value" joined by "&", without `sign`, without empty values
   and, for notices, without `sign_type`. */
const char *form_signed_text(struct arena *arena, const struct form *form, bool with_sign_type);
const char *form_encoded(struct arena *arena, const struct form *form);

/* Takes over the reference; compact, members in the order in which they were set. */
const char *json_text(struct arena *arena, json_t *json);
/* Exact bytes to JSON; it ends with the arena. NULL when malformed or with a member twice. */
json_t *json_read(struct arena *arena, const char *text, size_t size);
const char *json_string_at(const json_t *object, const char *name); /* NULL if no such text */
/* The same JSON gives the same digest, whatever the order of its members. */
const char *json_digest(struct arena *arena, const json_t *json);

enum member_type { A_TEXT, AN_INTEGER, A_BOOLEAN, AN_OBJECT, ANYTHING };

/* A member that a body may have; "amount.total" is one of the object "amount"; a last "*" allows
   whatever is not named. */
struct member {
    const char *path; /* NULL ends a table */
    enum member_type type;
    bool required;
    int64_t min, max; /* a text's bytes, an integer's value */
    bool (*check)(const char *text);
};

/* NULL, or the pointer ("/amount/total") of the first member that breaks a rule; *issue says how.
 */
const char *json_violation(struct arena *arena, const json_t *body, const struct member *members,
                           const char **issue);

#endif
