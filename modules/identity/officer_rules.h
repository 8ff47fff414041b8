/* What a password must be, and when failing locks. Pure. */
#ifndef IDENTITY_OFFICER_RULES_H
#define IDENTITY_OFFICER_RULES_H

#include "core/clock.h"

/* [a-z][a-z0-9-]*, 3 to 32 letters. */
#define OFFICER_NAME_MIN 3
#define OFFICER_NAME_MAX 32
bool is_officer_name(const char *text);
/* What people call the officer: 1 to 40 characters. */
#define DISPLAY_MAX 40
bool is_display_name(const char *text);
bool is_totp_code(const char *text);

/* What is wrong with a new password, ORed. */
enum password_fault {
    PASSWORD_IS_SHORT = 1 << 0,   /* below 12 characters */
    PASSWORD_IS_SIMPLE = 1 << 1,  /* fewer than 5 different ones, or it holds the sign-in name */
    PASSWORD_IS_THE_OLD = 1 << 2, /* unchanged */
};
#define PASSWORD_CHARACTERS_MIN 12
unsigned password_faults(const char *name, const char *old, const char *password);

#define FAILURES_MAX 5

struct tries {
    int64_t failures; /* in a row */
    struct instant locked_until;
};

/* From this moment on, as long as the lock is not over, nothing is right. */
bool is_locked(const struct tries *tries, struct instant now);
/* One more failure. The fifth in a row locks. Further ones are counted while it is locked, but do not
   make it longer; after it the count begins anew. */
struct tries count_failure(struct tries before, struct instant now, int64_t lock_ms);

#endif
