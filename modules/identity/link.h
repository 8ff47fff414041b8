/*
 * Codes by which a second account joins its person, as rows.
 */
#ifndef IDENTITY_LINK_H
#define IDENTITY_LINK_H

#include "identity/identity.h"

struct link_code {
    const char *account_id;
    const char *used_by; /* NULL until it was used */
    struct instant expires_at;
};

extern const struct statement link_sql[];

/* All inside a transaction. An account has one code at a time. */
MUST_CHECK enum error replace_link_code(struct request *r, const char *code,
                                        struct instant expires_at);
MUST_CHECK enum error lock_link_code(struct request *r, const char *code, struct link_code *link);
MUST_CHECK enum error use_link_code(struct request *r, const char *code);
MUST_CHECK enum error delete_link_code_of(struct request *r, const char *account_id);
MUST_CHECK enum error delete_expired_link_codes(struct request *r);

#endif
