/*
 * Codes that a verified account shows for five minutes: by one a second account joins its person, by
 * another a principal appoints that person (mandate.h), by a third an officer is known as that person.
 * None is good for another's purpose.
 */
#ifndef IDENTITY_LINK_H
#define IDENTITY_LINK_H

#include "identity/identity.h"

#define ACCOUNT_CODE "account"
#define AGENT_CODE "agent"
#define OFFICER_CODE "officer"

struct link_code {
    const char *account_id;
    const char *used_by; /* NULL until it was used */
    struct instant expires_at;
};

extern const struct statement link_sql[];

bool is_link_code(const char *text);
#define CODE_LETTERS 8

/* Makes one of that purpose and answers it; an account has one of each at a time. */
MUST_CHECK enum error show_new_code(struct request *r, const char *purpose);
/* In a transaction: one that is good, or was used by this account before; else LINK_CODE_INVALID. */
MUST_CHECK enum error lock_good_code(struct request *r, const char *code, const char *purpose,
                                     struct link_code *link);

/* Rows; all inside a transaction. */
MUST_CHECK enum error replace_link_code(struct request *r, const char *code, const char *purpose,
                                        struct instant expires_at);
MUST_CHECK enum error lock_link_code(struct request *r, const char *code, const char *purpose,
                                     struct link_code *link);
MUST_CHECK enum error use_link_code(struct request *r, const char *code);
MUST_CHECK enum error delete_link_codes_of(struct request *r, const char *account_id);
MUST_CHECK enum error delete_expired_link_codes(struct request *r);

#endif
