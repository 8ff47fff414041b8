/*
 * What follows from the state of a queue, without asking anybody: how long somebody will wait, when a
 * person is barred, where in the order a ticket goes. Whole numbers only; times are milliseconds.
 */
#ifndef BOOKING_RULES_H
#define BOOKING_RULES_H

#include "core/arena.h"
#include "core/value.h"

/* How long a service takes in a line, from the call to its end, and how far that scatters. */
struct pace {
    int64_t mean_ms, spread_ms, observed;
};
/* After one more; what is out of all proportion counts as the nearest that is not. */
struct pace pace_after(struct pace pace, int64_t took_ms);

/* A line, as it stands before somebody who waits: how many are ahead of him, how many open counters
   serve it, and how many of those serve his line too. */
struct share {
    int64_t ahead, mean_ms, spread_ms, counters, shared;
};
/* His own line: its pace, the open counters that serve it, and those of them that are free. */
struct own_line {
    int64_t mean_ms, spread_ms, counters, free;
};
struct wait {
    int64_t from_ms, to_ms; /* whole minutes, at least two apart */
};
/* ahead * mean / open counters, over all lines that these counters serve, and half a service for those
   at the counters. A range, never a single minute. False: no counter is open, so nobody knows. */
bool expected_wait(const struct share *shares, size_t count, const struct own_line *own,
                   struct wait *wait);
/* When it is worth asking again: soon for who is next, seldom for who has hundreds ahead. */
int64_t ask_again_s(int64_t ahead, int64_t mean_ms, int64_t counters);

/* Order keys: of who comes at this moment, when `last` was the largest given; the one behind the n-th
   of those who wait (ascending), or in the nearest gap behind that, or NONE: behind all; and behind how
   many a priority ticket comes that may be the n-th: never before another one. */
struct place_taken {
    int64_t order_key;
    bool is_priority;
};
int64_t key_at_end(int64_t last, struct instant now);
int64_t key_behind(const struct place_taken *waiting, size_t count, size_t n);
size_t behind_priority(const struct place_taken *waiting, size_t count, size_t n);

/* Along the ground; in millionths of a degree. Good to a few per mille over a city. */
struct place {
    int64_t lat_e6, lon_e6;
};
int64_t distance_m(struct place a, struct place b);

/* `missed`: the days of the tickets that were missed, newest first. The last day on which he is
   barred, or NONE: so many no-shows within so many days bar for so long after the newest. */
struct day barred_until(const struct day *missed, size_t count, int64_t limit, int64_t within_days,
                        int64_t bar_days);

int64_t minute_of_day(struct instant at); /* UTC+8 */
const char *minute_text(struct arena *arena, int64_t minute); /* "09:00" */
const char *ticket_number(struct arena *arena, const char *letter, int64_t no); /* "A017" */
/* How many of a day's tickets may be taken online. */
int64_t online_room(int64_t capacity, int64_t walkin_percent);

#endif
