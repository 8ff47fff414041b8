/*
 * Time. There is one business clock: the real time plus an offset that only the development
 * setting allows and that is shared with the simulator (a small file, mapped into memory). A request
 * takes the time once, as r->now; nothing else asks. Civil days are those of UTC+8, without summer
 * time (China Standard Time).
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include "core/arena.h"
#include "core/error.h"
#include "core/value.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

/* Maps the file that holds the offset: decimal milliseconds, blank padded, at least 20 bytes. */
MUST_CHECK enum error clock_open(const char *offset_file);
struct instant clock_now(void);
/* For measuring and for deadlines; never goes back and knows no offset. */
int64_t monotonic_ms(void);

struct instant instant_add(struct instant at, int64_t ms);
/* The civil day in UTC+8 on which the instant falls, and the instant at which that day begins. */
struct day civil_day(struct instant at);
struct instant day_start(struct day day);
struct day day_of(int64_t year, int64_t month, int64_t day);
void day_parts(struct day day, int64_t *year, int64_t *month, int64_t *day_of_month);

/* "2026-11-22T12:53:00.000Z" and "2026-11-22"; from_ accepts that form and no other. */
const char *instant_to_text(struct arena *arena, struct instant at);
bool instant_from_text(const char *text, struct instant *at);
const char *day_to_text(struct arena *arena, struct day day);
bool day_from_text(const char *text, struct day *day);

#endif
