/* The business clock of a service test, which scripts/with-database begins at the real time. */
#ifndef SUPPORT_CLOCK_H
#define SUPPORT_CLOCK_H

/* From now on it is "2026-11-22T02:00:00.000Z", and goes on from there. */
void set_clock(const char *instant);

#endif
