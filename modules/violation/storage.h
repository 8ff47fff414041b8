/*
 * What keeping a held vehicle costs (保管费). The authority bears it until the pick-up notice and for
 * the days after it that the rule leaves free; from the next day on the person bears each day begun,
 * the day of the fetching included. Without a notice, or without a rule in force, it is nothing. Pure.
 */
#ifndef VIOLATION_STORAGE_H
#define VIOLATION_STORAGE_H

#include "core/value.h"

struct storage {
    struct day noticed_on;  /* NONE: nobody was told to come */
    struct fen fen_a_day;   /* NONE, as free_days, without a rule in force on that day */
    int64_t free_days;
};

/* The first day that the person bears; NONE for never. */
struct day storage_from(const struct storage *storage);
/* Fetched on that day: so many days to pay, and what they cost in all. */
int64_t storage_days(const struct storage *storage, struct day on);
struct fen storage_cost(const struct storage *storage, struct day on);
/* The last day on which nothing more is owed once that much was paid; NONE: without end. */
struct day storage_paid_until(const struct storage *storage, struct fen paid);

#endif
