/*
 * One-time codes of an authenticator app: RFC 6238 over HMAC-SHA-1, a step of 30 seconds, six digits,
 * which is what every app knows. Pure.
 */
#ifndef IDENTITY_TOTP_H
#define IDENTITY_TOTP_H

#include "core/crypto.h"

#define TOTP_SECRET_SIZE 20
#define TOTP_DIGITS 6

int64_t totp_step(struct instant at);
/* The code of a step, with its leading zeros. */
void totp_code(struct bytes secret, int64_t step, char code[TOTP_DIGITS + 1]);
/* The step whose code this is: the one at `at`, or, because clocks differ and people are slow, its
   neighbour on either side; NONE for a wrong code. Compared in constant time. */
int64_t totp_find(struct bytes secret, struct instant at, const char *code);

/* RFC 4648 without padding, as apps take a secret. */
const char *totp_base32(struct arena *arena, struct bytes secret);

#endif
