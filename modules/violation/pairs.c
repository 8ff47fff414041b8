#include "violation/pairs.h"

#include <math.h>

#include "core/clock.h"

enum { LOTS_MAX = 16 };

/* The search as far as it is. */
struct search {
    const struct clone_rule *rule;
    const struct sighting *sightings;
    size_t entries[LOTS_MAX], entry_count; /* of car parks that were not left yet */
    struct impossible_pair *pairs;
    size_t most, count;
};

static double radians(int64_t microdegrees)
{
    static const double of_a_degree = 0.017453292519943295;

    return (double)microdegrees / 1e6 * of_a_degree;
}

/* Haversine: exact for places near to each other, unlike the cosine rule. */
int64_t metres_between(const struct sighting *a, const struct sighting *b)
{
    static const double mean_radius = 6371008.8;
    double up = sin((radians(b->latitude) - radians(a->latitude)) / 2);
    double across = sin((radians(b->longitude) - radians(a->longitude)) / 2);
    double half = up * up + cos(radians(a->latitude)) * cos(radians(b->latitude)) * across * across;

    return llround(2 * mean_radius * asin(half < 1 ? sqrt(half) : 1));
}

static bool is_same_site(const struct sighting *a, const struct sighting *b)
{
    return strcmp(a->agency, b->agency) == 0 && strcmp(a->site, b->site) == 0;
}

static struct impossible_pair pair_of(const struct sighting *first, const struct sighting *second)
{
    return (struct impossible_pair){
        .first = first,
        .second = second,
        .metres = metres_between(first, second),
        .seconds = (second->passed_at.ms - first->passed_at.ms) / SECOND_MS,
        .needs_kmh = NONE,
        .parked_until = {NONE},
    };
}

/* Whether no car goes from the one to the other in the time there was. */
static bool is_too_fast(const struct clone_rule *rule, struct impossible_pair *pair)
{
    int64_t seconds = pair->seconds + rule->clock_error_s;

    if (seconds < 1)
        seconds = 1;
    pair->kind = "speed";
    pair->needs_kmh = pair->metres * 36 / (seconds * 10);
    return pair->metres >= rule->min_metres && pair->metres * 36 > rule->max_kmh * seconds * 10;
}

static void add(struct search *search, struct impossible_pair pair)
{
    if (search->count < search->most)
        search->pairs[search->count++] = pair;
}

static void compare_with_neighbour(struct search *search, size_t i)
{
    struct impossible_pair pair = pair_of(&search->sightings[i - 1], &search->sightings[i]);

    if (!is_same_site(pair.first, pair.second) && is_too_fast(search->rule, &pair))
        add(search, pair);
}

/* Whether it stood there for sure, and the sighting is far enough away. What its speed says of the
   two already is not said twice. */
static bool is_elsewhere(const struct search *search, struct impossible_pair *pair, bool is_next)
{
    int64_t error_ms = search->rule->clock_error_s * SECOND_MS;
    struct impossible_pair by_speed = *pair;

    return !is_same_site(pair->first, pair->second) && pair->metres >= search->rule->park_metres &&
           pair->second->passed_at.ms > pair->first->passed_at.ms + error_ms &&
           pair->second->passed_at.ms < pair->parked_until.ms - error_ms &&
           !(is_next && is_too_fast(search->rule, &by_speed));
}

/* All between the entry and the exit. */
static void look_between(struct search *search, size_t entry, size_t leaving)
{
    for (size_t i = entry + 1; i < leaving && search->count < search->most; i++) {
        struct impossible_pair pair = pair_of(&search->sightings[entry], &search->sightings[i]);

        pair.kind = "parked";
        pair.parked_until = search->sightings[leaving].passed_at;
        if (is_elsewhere(search, &pair, i == entry + 1))
            add(search, pair);
    }
}

/* The entry to this car park that was not followed by an exit, taken off the list. */
static bool take_entry(struct search *search, const struct sighting *lot, size_t *entry)
{
    for (size_t i = 0; i < search->entry_count; i++) {
        if (!is_same_site(&search->sightings[search->entries[i]], lot))
            continue;
        *entry = search->entries[i];
        search->entries[i] = search->entries[--search->entry_count];
        return true;
    }
    return false;
}

/* A second entry takes the place of the first, whose exit nobody recorded. */
static void follow_parking(struct search *search, size_t i)
{
    const struct sighting *one = &search->sightings[i];
    bool is_exit = strcmp(one->kind, "park_out") == 0;
    size_t entry;

    if (!is_exit && strcmp(one->kind, "park_in") != 0)
        return;
    if (take_entry(search, one, &entry) && is_exit)
        look_between(search, entry, i);
    if (!is_exit && search->entry_count < LOTS_MAX)
        search->entries[search->entry_count++] = i;
}

size_t find_pairs(const struct clone_rule *rule, const struct sighting *sightings, size_t count,
                  struct impossible_pair *pairs, size_t most)
{
    struct search search = {.rule = rule, .sightings = sightings, .pairs = pairs, .most = most};

    for (size_t i = 0; i < count && search.count < most; i++) {
        if (i > 0)
            compare_with_neighbour(&search, i);
        follow_parking(&search, i);
    }
    return search.count;
}
