/*
 * Officers' passwords as Argon2id hashes (RFC 9106): slow and large on purpose, so that a stolen table
 * is worth little. The encoded text carries salt and parameters; changed settings count for the next
 * password. Of a worker's threads at most two hash at once: who comes beyond is refused with 503, so
 * that a flood of attempts takes neither the memory nor the threads that others need.
 */
#ifndef IDENTITY_PASSWORD_H
#define IDENTITY_PASSWORD_H

#include "identity/identity.h"

#define PASSWORD_SIZE_MAX 128
/* What OWASP holds the least for one lane. */
#define ARGON2_KIB_MIN 19456
#define ARGON2_PASSES_MIN 2

/* A place among those who hash, or the refusal. Who got one leaves again. */
MUST_CHECK enum error password_enter(struct request *r);
void password_leave(struct request *r);

/* Both only inside. E_UNAVAILABLE when there is no memory. */
MUST_CHECK enum error password_hash(struct request *r, const char *password, const char **hash);
MUST_CHECK enum error password_matches(struct request *r, const char *hash, const char *password,
                                       bool *matches);

/* A hash that no password has, as costly to compare with as a real one. */
const char *password_stand_in(struct arena *arena, const struct identity_settings *settings);

#endif
