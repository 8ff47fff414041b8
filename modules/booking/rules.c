#include "booking/rules.h"

#include <inttypes.h>

#include "core/clock.h"

enum { WEIGHT_MAX = 16, WEIGHT_FIRST = 3 };

static int64_t between(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

struct pace pace_after(struct pace pace, int64_t took_ms)
{
    /* The first ones count for more, since the mean that was set is a guess. */
    int64_t weight = between(pace.observed + WEIGHT_FIRST, 1, WEIGHT_MAX);
    int64_t error = between(took_ms, pace.mean_ms / 8, pace.mean_ms * 4) - pace.mean_ms;
    int64_t deviation = error < 0 ? -error : error;

    pace.mean_ms = between(pace.mean_ms + error / weight, SECOND_MS, 8 * HOUR_MS);
    pace.spread_ms += (deviation - pace.spread_ms) / weight;
    pace.observed++;
    return pace;
}

static int64_t square_root(int64_t x)
{
    int64_t root = 0;

    for (int64_t bit = INT64_C(1) << 30; bit > 0; bit >>= 1)
        if ((root + bit) * (root + bit) <= x)
            root += bit;
    return root;
}

/* Of one service, in square seconds: a standard deviation is about 5/4 of a mean absolute one. */
static int64_t variance_of(int64_t spread_ms)
{
    int64_t deviation_s = spread_ms * 5 / 4 / SECOND_MS;

    return deviation_s * deviation_s;
}

static struct wait in_minutes(int64_t from_ms, int64_t to_ms)
{
    struct wait wait = {from_ms < 0 ? 0 : from_ms / MINUTE_MS * MINUTE_MS,
                        (to_ms + MINUTE_MS - 1) / MINUTE_MS * MINUTE_MS};

    if (wait.to_ms < wait.from_ms + 2 * MINUTE_MS)
        wait.to_ms = wait.from_ms + 2 * MINUTE_MS;
    return wait;
}

bool expected_wait(const struct share *shares, size_t count, const struct own_line *own,
                   struct wait *wait)
{
    int64_t load_ms = 0, variance = 0, ahead = 0, middle_ms, half_ms;

    if (own->counters <= 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct share *share = &shares[i];

        if (share->counters <= 0)
            continue;
        ahead += share->ahead * share->shared;
        load_ms += share->ahead * share->mean_ms * share->shared / share->counters;
        variance += share->ahead * variance_of(share->spread_ms) * share->shared / share->counters;
    }
    if (ahead == 0 && own->free > 0) {
        *wait = in_minutes(0, 0);
        return true;
    }
    load_ms += own->mean_ms / 2;
    variance +=
        variance_of(own->spread_ms) + own->mean_ms / SECOND_MS * own->mean_ms / SECOND_MS / 12;
    middle_ms = load_ms / own->counters;
    /* Four in five of what scatters, and a tenth for a mean that is not known better. */
    half_ms = square_root(variance) * SECOND_MS * 128 / 100 / own->counters + middle_ms / 10;
    *wait = in_minutes(middle_ms - half_ms, middle_ms + half_ms);
    return true;
}

int64_t ask_again_s(int64_t ahead, int64_t mean_ms, int64_t counters)
{
    enum { SOON_S = 5, SELDOM_S = 60 };

    if (counters <= 0)
        return SELDOM_S;
    return between(ahead * mean_ms / counters / SECOND_MS / 8, SOON_S, SELDOM_S);
}

/* Milliseconds with room for twenty halvings between two who came one after the other. */
#define KEY_STEP (INT64_C(1) << 20)

int64_t key_at_end(int64_t last, struct instant now)
{
    int64_t key = now.ms * KEY_STEP;

    return key > last + KEY_STEP ? key : last + KEY_STEP;
}

int64_t key_behind(const struct place_taken *waiting, size_t count, size_t n)
{
    if (n == 0)
        return count == 0 ? NONE : waiting[0].order_key - KEY_STEP / 2;
    for (size_t i = n; i < count; i++) {
        int64_t before = waiting[i - 1].order_key, gap = waiting[i].order_key - before;

        if (gap >= 2)
            return before + gap / 2;
    }
    return NONE;
}

size_t behind_priority(const struct place_taken *waiting, size_t count, size_t n)
{
    for (size_t i = n; i < count; i++)
        if (waiting[i].is_priority)
            n = i + 1;
    return n;
}

/* Bhaskara's approximation, in thousandths; within 2 of the true one. */
static int64_t cosine_milli(int64_t degrees_e6)
{
    int64_t centi = degrees_e6 / 10000, square = centi * centi;

    return (324000000 - 4 * square) * 1000 / (324000000 + square);
}

int64_t distance_m(struct place a, struct place b)
{
    const int64_t metres_a_degree = 111195;
    int64_t north_m = (a.lat_e6 - b.lat_e6) * metres_a_degree / 1000000;
    int64_t east_m = (a.lon_e6 - b.lon_e6) * metres_a_degree / 1000000 *
                     cosine_milli((a.lat_e6 + b.lat_e6) / 2) / 1000;

    return square_root(north_m * north_m + east_m * east_m);
}

struct day barred_until(const struct day *missed, size_t count, int64_t limit, int64_t within_days,
                        int64_t bar_days)
{
    struct day until = {NONE};
    size_t wanted = (size_t)limit;

    for (size_t i = 0; i + wanted <= count; i++)
        if (missed[i].number - missed[i + wanted - 1].number < within_days) {
            until.number = missed[i].number + bar_days;
            break;
        }
    return until;
}

int64_t minute_of_day(struct instant at)
{
    return (at.ms - day_start(civil_day(at)).ms) / MINUTE_MS;
}

const char *minute_text(struct arena *arena, int64_t minute)
{
    return arena_printf(arena, "%02" PRId64 ":%02" PRId64, minute / 60, minute % 60);
}

const char *ticket_number(struct arena *arena, const char *letter, int64_t no)
{
    return arena_printf(arena, "%s%03" PRId64, letter, no);
}

int64_t online_room(int64_t capacity, int64_t walkin_percent)
{
    return capacity * (100 - walkin_percent) / 100;
}
