/*
 * Public numbers: ULIDs, 26 letters and digits (Crockford base 32), a millisecond time and 80
 * random bits. They sort by time, reveal no volume, and fit what all gateways accept as a number.
 * Specification: github.com/ulid/spec.
 */
#ifndef CORE_ULID_H
#define CORE_ULID_H

#include "core/service.h"

#define ULID_SIZE 26

const char *ulid_new(struct request *r);
void ulid_write(char ulid[ULID_SIZE + 1], struct instant now);
bool is_ulid(const char *text);
/* When it was made, to the millisecond. */
struct instant ulid_moment(const char *ulid);

#endif
