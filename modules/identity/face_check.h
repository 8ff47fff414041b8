/*
 * Face checks as rows: asked, then passed or failed by what WeChat tells us.
 */
#ifndef IDENTITY_FACE_CHECK_H
#define IDENTITY_FACE_CHECK_H

#include "identity/identity.h"

struct face_check {
    const char *id;
    const char *out_seq_no; /* NULL, like verify_id, until WeChat gave its number */
    const char *verify_id;
    struct bytes name; /* sealed, NULL once decided; so is */
    struct bytes id_no;
    const char *state;
    struct instant created_at;
};

struct claim {
    const char *name;
    const char *id_no; /* canonical */
};

extern const struct statement face_sql[];

/* Of the caller's account only. */
MUST_CHECK enum error find_check(struct request *r, const char *id, struct face_check *check);
MUST_CHECK enum error open_claim(struct request *r, const struct face_check *check,
                                 struct claim *claim);
/* The ones below: inside a transaction. */
MUST_CHECK enum error lock_check(struct request *r, const char *id, struct face_check *check);
MUST_CHECK enum error find_check_by_key(struct request *r, struct face_check *check);
MUST_CHECK enum error count_checks_today(struct request *r, int64_t *count);
MUST_CHECK enum error insert_check(struct request *r, const char *id, const struct claim *claim);
/* The first number that WeChat gave stays. */
MUST_CHECK enum error keep_verify_id(struct request *r, const char *id, const char *out_seq_no,
                                     const char *verify_id);
MUST_CHECK enum error decide_check(struct request *r, const char *id, const char *state,
                                   int64_t verify_ret);
/* Forgets claims that nobody followed, and checks of half a year ago. */
MUST_CHECK enum error tidy_checks(struct request *r);

#endif
