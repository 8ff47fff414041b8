/* What the suites of the vectors program share. README.md says what the files mean. */
#ifndef VECTORS_H
#define VECTORS_H

#include <jansson.h>

#include "core/certificate.h"
#include "core/crypto.h"

struct vector {
    struct arena *arena;
    const char *folder;
    const json_t *suite; /* the whole file */
    const json_t *in;
    const json_t *out; /* for what may differ in order or within a range */
};

/* What our code makes of `in`: a new object with a member for each of `out`. */
typedef json_t *vector_run(const struct vector *vector);

struct vector_suite {
    const char *name;
    vector_run *run;
    vector_run *run_response; /* of a case's own "response"; NULL: there is none */
};

extern const struct vector_suite wechatpay_suites[], alipay_suites[], miniprogram_suites[],
    unionpay_suites[], bill_suites[];

/* A member of `in`, "" when absent. */
const char *in_text(const struct vector *vector, const char *name);
/* The same, NULL when absent. */
const char *text_or_null(const json_t *object, const char *name);
struct bytes in_bytes(const struct vector *vector, const char *name);
struct instant in_instant(const struct vector *vector, const char *name); /* Unix seconds */

/* The text of a file below the folder; ends the program when it cannot be read. */
const char *vector_file(const struct vector *vector, const char *path);
/* Of the suite's "keys"; they end with the arena. */
struct key *suite_private_key(const struct vector *vector, const char *name);
struct key *suite_public_key(const struct vector *vector, const char *name);
struct key *file_public_key(const struct vector *vector, const char *path);

/* Text that may hold any bytes. */
json_t *json_of_bytes(struct bytes data);
json_t *json_of_text(const char *text); /* null for NULL */

#endif
