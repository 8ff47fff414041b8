#include "violation/points.h"

#include <assert.h>

#include "casework/term.h"
#include "core/clock.h"

const struct points_rule *points_rule_on(const struct points_law *law, struct day on)
{
    const struct points_rule *found = NULL;

    for (size_t i = 0; i < law->count && law->versions[i].valid_from.number <= on.number; i++)
        found = &law->versions[i];
    return found;
}

/* Each boundary is counted from the first issue, so that a 29 February comes back. */
static struct points_cycle cycle_at(struct day first_issue, int64_t index)
{
    return (struct points_cycle){months_later(first_issue, 12 * index),
                                 months_later(first_issue, 12 * (index + 1))};
}

static int64_t cycle_index(struct day first_issue, struct day on)
{
    int64_t index = (on.number - first_issue.number) / 366;

    assert(first_issue.number <= on.number);
    while (cycle_at(first_issue, index).end.number <= on.number)
        index++;
    return index;
}

struct points_cycle points_cycle_on(struct day first_issue, struct day on)
{
    return cycle_at(first_issue, cycle_index(first_issue, on));
}

struct day points_cycle_start(struct day first_issue, const struct points_cycle *cycle,
                              int64_t earlier)
{
    int64_t index = cycle_index(first_issue, cycle->start) - earlier;

    return cycle_at(first_issue, index > 0 ? index : 0).start;
}

/* The day that selects the cycle; NONE when the act was before any version of the law. */
static struct day cycle_day(const struct points_law *law, const struct points_entry *entry)
{
    const struct points_rule *rule = points_rule_on(law, entry->acted_on);

    if (rule == NULL)
        return (struct day){NONE};
    return rule->cycle_by == BY_ACT ? entry->acted_on : entry->decided_on;
}

static bool is_within(struct day day, const struct points_cycle *cycle)
{
    return day.number >= cycle->start.number && day.number < cycle->end.number;
}

static bool is_unpaid_at(const struct points_entry *entry, struct day at)
{
    return entry->fine_due_on.number != NONE &&
           (entry->fine_paid_on.number == NONE || entry->fine_paid_on.number >= at.number);
}

static int64_t sum(const struct points_facts *facts, const bool *counts)
{
    int64_t total = 0;

    for (size_t i = 0; i < facts->entry_count; i++)
        total += counts[i] ? facts->entries[i].points : 0;
    return total;
}

static void take_entries(const struct points_law *law, const struct points_facts *facts,
                         const struct points_cycle *cycle, struct day today, bool *counts)
{
    for (size_t i = 0; i < facts->entry_count; i++) {
        const struct points_entry *entry = &facts->entries[i];

        if (entry->decided_on.number > today.number || entry->known_on.number > today.number ||
            (entry->withdrawn_on.number != NONE && entry->withdrawn_on.number <= today.number))
            continue;
        if (is_within(cycle_day(law, entry), cycle))
            counts[i] = true;
    }
}

/* How many there were in the cycle. */
static int64_t clear_by_study(const struct points_facts *facts, const struct points_cycle *cycle,
                              struct day today, bool *counts)
{
    int64_t done = 0;

    for (size_t e = 0; e < facts->education_count; e++) {
        const struct points_education *one = &facts->educations[e];

        if (!is_within(one->done_on, cycle) || one->done_on.number > today.number)
            continue;
        done++;
        for (size_t i = 0; i < facts->entry_count; i++)
            counts[i] = counts[i] && facts->entries[i].decided_on.number >= one->before.number;
    }
    return done;
}

static bool has_overdue(const struct points_facts *facts, struct day end, const bool *counts)
{
    for (size_t i = 0; i < facts->entry_count; i++) {
        const struct points_entry *entry = &facts->entries[i];

        if (counts[i] && is_unpaid_at(entry, end) && entry->fine_due_on.number < end.number)
            return true;
    }
    return false;
}

static int64_t sum_until(const struct points_facts *facts, struct day on, const bool *counts)
{
    int64_t total = 0;

    for (size_t i = 0; i < facts->entry_count; i++)
        if (counts[i] && facts->entries[i].decided_on.number <= on.number)
            total += facts->entries[i].points;
    return total;
}

static struct day last_education(const struct points_facts *facts, const struct points_cycle *cycle,
                                 struct day today)
{
    struct day last = {NONE};

    for (size_t i = 0; i < facts->education_count; i++) {
        struct day on = facts->educations[i].done_on;

        if (is_within(on, cycle) && on.number <= today.number && on.number > last.number)
            last = on;
    }
    return last;
}

/* Points Measures (2021) article 25: no more in a cycle than the rule says, and than there are.
   Full study took along what was reduced before it. */
static void reduce(const struct points_facts *facts, struct day today, const bool *counts,
                   struct points_state *state, int64_t *less)
{
    struct day cleared = last_education(facts, &state->cycle, today);

    state->reduced = 0;
    if (cleared.number != NONE)
        *less = 0;
    for (size_t i = 0; i < facts->reduction_count; i++) {
        const struct points_reduction *one = &facts->reductions[i];
        int64_t points = one->granted;
        int64_t left = facts->reduction_max - state->reduced;
        int64_t there = sum_until(facts, one->applied_on, counts) - *less;

        if (one->is_void || !is_within(one->applied_on, &state->cycle) ||
            one->applied_on.number > today.number)
            continue;
        points = points < left ? points : left;
        if (one->applied_on.number > cleared.number) {
            points = points < there ? points : there;
            points = points > 0 ? points : 0;
            *less += points;
        }
        state->reduced += points;
    }
}

/* Points Measures (2021) article 15: below full points all is cleared; if a fine is overdue, the
   points of the fines not yet paid move on. */
static void clear_by_time(const struct points_law *law, const struct points_facts *facts,
                          struct day end, int64_t *less, bool *counts)
{
    const struct points_rule *rule = points_rule_on(law, end);
    int64_t total = sum(facts, counts) - *less;
    bool overdue;

    if (rule == NULL || total >= rule->full)
        return;
    overdue = has_overdue(facts, end, counts);
    if (overdue && !rule->moves_unpaid_only)
        return;
    for (size_t i = 0; i < facts->entry_count; i++)
        counts[i] = counts[i] && overdue && is_unpaid_at(&facts->entries[i], end);
    *less = sum(facts, counts) > total ? sum(facts, counts) - total : 0;
}

static int64_t sum_carried(const struct points_law *law, const struct points_facts *facts,
                           struct day start, const bool *counts)
{
    int64_t total = 0;

    for (size_t i = 0; i < facts->entry_count; i++) {
        const struct points_entry *entry = &facts->entries[i];

        if (counts[i] && cycle_day(law, entry).number < start.number)
            total += entry->points;
    }
    return total;
}

static void find_full(const struct points_rule *rule, const struct points_facts *facts,
                      const bool *counts, struct points_state *state)
{
    int64_t total =
        state->total - sum(facts, counts); /* what was reduced was so below full points */

    state->is_full = rule != NULL && state->total >= rule->full;
    for (size_t i = 0; state->is_full && i < facts->entry_count; i++) {
        total += counts[i] ? facts->entries[i].points : 0;
        if (total >= rule->full) {
            state->full_vehicle = facts->entries[i].vehicle;
            state->full_on = facts->entries[i].decided_on;
            return;
        }
    }
}

struct points_state points_state(const struct points_law *law, const struct points_facts *facts,
                                 struct day today, bool *counts)
{
    struct points_state state = {.full_on = {NONE}};
    int64_t less = 0, carried_less = 0;
    int64_t last =
        today.number < facts->first_issue.number ? 0 : cycle_index(facts->first_issue, today);

    if (facts->entry_count > 0)
        memset(counts, 0, facts->entry_count * sizeof(*counts));
    for (int64_t index = 0; index <= last; index++) {
        state.cycle = cycle_at(facts->first_issue, index);
        take_entries(law, facts, &state.cycle, today, counts);
        state.educations = clear_by_study(facts, &state.cycle, today, counts);
        carried_less = state.educations > 0 ? 0 : less;
        reduce(facts, today, counts, &state, &less);
        if (index < last)
            clear_by_time(law, facts, state.cycle.end, &less, counts);
    }
    state.total = sum(facts, counts) - less;
    state.carried = sum_carried(law, facts, state.cycle.start, counts) - carried_less;
    find_full(points_rule_on(law, today), facts, counts, &state);
    return state;
}

bool points_may_take(const struct points_state *state, const char *vehicle, struct day today)
{
    return !state->is_full ||
           (state->full_on.number == today.number && strcmp(state->full_vehicle, vehicle) == 0);
}

const struct study_rule *study_rule_for(const struct points_rule *rule, const char *classes)
{
    return strpbrk(classes, "AB") != NULL ? &rule->large : &rule->small;
}

int64_t study_number(const struct points_rule *rule, const struct points_state *state)
{
    return state->is_full ? state->educations + state->total / rule->full : 0;
}

int64_t study_days(const struct study_rule *rule, int64_t number)
{
    int64_t days = rule->step_days * number;

    return days < rule->max_days ? days : rule->max_days;
}

bool is_study_proven(const struct study_rule *rule, const struct study_day *days, size_t count)
{
    int64_t counted = 0;
    int64_t on_site = 0;

    for (size_t i = 0; i < count; i++) {
        bool is_on_site = days[i].on_site_minutes > STUDY_DAY_MINUTES;

        on_site += is_on_site ? 1 : 0;
        counted += is_on_site || days[i].online_minutes > STUDY_DAY_MINUTES ? 1 : 0;
    }
    return counted >= rule->counted_days && on_site >= rule->on_site_days;
}

unsigned points_examinations(const struct points_rule *rule, const struct points_state *state)
{
    int64_t times = state->educations + 1;
    int64_t full_times = state->total / rule->full;
    int64_t grade = times > full_times ? times : full_times;
    unsigned mask = THEORY;

    if (!state->is_full)
        return 0;
    if (grade >= rule->road_from)
        mask |= ROAD;
    if (rule->field_from != NONE && grade >= rule->field_from)
        mask |= FIELD;
    return mask;
}

bool is_in_probation(struct day issued_on, struct day on)
{
    return on.number >= issued_on.number && on.number < months_later(issued_on, 12).number;
}
