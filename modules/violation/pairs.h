/*
 * Two places at once (同一号牌两地同时出现): which sightings of one plate can not be of one car. Either
 * it would have gone faster than any car goes, as the crow flies and with the error of the devices'
 * clocks granted; or it was seen elsewhere between entering a car park and leaving it. A record that
 * proves nothing, such as an entry without an exit, is passed over: doubt is for an officer.
 *
 * Pure: no database, no clock.
 */
#ifndef VIOLATION_PAIRS_H
#define VIOLATION_PAIRS_H

#include "core/value.h"

/* The version of clone_rule in force. */
struct clone_rule {
    struct day valid_from;
    int64_t max_kmh, min_metres, park_metres, clock_error_s;
    int64_t around_minutes, max_days, max_cases;
    const char *source;
};

/* A passage at a site; latitude and longitude in millionths of a degree. */
struct sighting {
    const char *agency, *record_no, *site, *place;
    const char *kind; /* passage, park_in, park_out */
    struct instant passed_at;
    int64_t latitude, longitude;
};

struct impossible_pair {
    const struct sighting *first, *second;
    const char *kind; /* "speed" or "parked" */
    int64_t metres, seconds;
    int64_t needs_kmh;           /* NONE of a parked car */
    struct instant parked_until; /* NONE otherwise */
};

/* As the crow flies, on a globe of the earth's mean radius: within 0.6% of the ellipsoid. */
int64_t metres_between(const struct sighting *a, const struct sighting *b);

/* Of sightings in the order of their time, at most `most` pairs; how many there are. Each is compared
   with its neighbour, and what lies between an entry and its exit with the entry. */
size_t find_pairs(const struct clone_rule *rule, const struct sighting *sightings, size_t count,
                  struct impossible_pair *pairs, size_t most);

#endif
