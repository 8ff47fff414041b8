/*
 * Where files are kept: by the SHA-256 of what is in them, so that the same file is kept once and a
 * changed one is found out, and sealed under a key of the module and of that content. A folder on this
 * machine; nothing is there before it is there whole, and nothing that was put is lost when the power
 * goes. Whoever may see a file is the caller's business.
 */
#ifndef CASEWORK_STORE_H
#define CASEWORK_STORE_H

#include "core/service.h"

/* Idempotent. Outside of a transaction, as all of these. What is large goes into the arena. */
MUST_CHECK enum error store_put(struct request *r, const char *folder, struct bytes sha256,
                                struct arena *arena, struct bytes bytes);
/* E_NOT_FOUND, or E_INTERNAL when it is not what it was. */
MUST_CHECK enum error store_get(struct request *r, const char *folder, struct bytes sha256,
                                struct arena *arena, struct bytes *bytes);
/* No row names it any more. One that was put within the hour stays: its row may be about to come. */
MUST_CHECK enum error store_drop(struct request *r, const char *folder, struct bytes sha256);
/* For --check and open: whether files can be put there; the fault is left with failed(). */
MUST_CHECK enum error store_check(struct request *r, const char *folder);

#endif
