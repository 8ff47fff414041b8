#include "violation/study.h"

#include "casework/term.h"
#include "core/clock.h"

enum { DAYS_MAX = 400 };

static struct day later_of(struct day a, struct day b)
{
    return a.number > b.number ? a : b;
}

static bool is_full_mark(const struct study *study)
{
    return strcmp(study->kind, "full_on_site") == 0 || strcmp(study->kind, "full_online") == 0;
}

/* Minutes of each day from `from` on, days in their order; a study in which somebody cheated is
 * none. */
static size_t full_days(const struct driver *driver, struct day from, struct study_day *days)
{
    const struct study *one = driver->studies.items;
    size_t count = 0;

    for (size_t i = 0; i < driver->studies.count && count < DAYS_MAX; i++, one++) {
        bool is_on_site = strcmp(one->kind, "full_on_site") == 0;

        if (!is_full_mark(one) || !one->is_passed || one->cheated_on.number != NONE ||
            one->ended_on.number < from.number || one->ended_on.number > driver->today.number)
            continue;
        if (count == 0 || days[count - 1].day.number != one->ended_on.number)
            days[count++] = (struct study_day){.day = one->ended_on};
        *(is_on_site ? &days[count - 1].on_site_minutes : &days[count - 1].online_minutes) +=
            one->minutes;
    }
    return count;
}

/* The first day on which the days until then prove the study; NONE. */
static struct day proven_on(const struct study_rule *rule, const struct study_day *days,
                            size_t count)
{
    for (size_t i = 1; i <= count; i++)
        if (is_study_proven(rule, days, i))
            return days[i - 1].day;
    return (struct day){NONE};
}

static unsigned subject_of(const struct examination_result *one)
{
    if (strcmp(one->subject, "theory") == 0)
        return THEORY;
    return strcmp(one->subject, "field") == 0 ? FIELD : ROAD;
}

/* The day on which the last of the wanted was passed, if all were, after the study. */
static struct day passed_on(const struct driver *driver, struct day from, unsigned wanted,
                            unsigned *passed)
{
    const struct examination_result *one = driver->examinations.items;
    struct day last = from;

    *passed = 0;
    for (size_t i = 0; i < driver->examinations.count; i++, one++) {
        unsigned subject = subject_of(one);

        if (!one->is_passed || one->taken_on.number < from.number ||
            one->taken_on.number > driver->today.number || (*passed & subject) != 0)
            continue;
        *passed |= subject;
        if ((wanted & subject) != 0)
            last = later_of(last, one->taken_on);
    }
    return (*passed & wanted) == wanted ? last : (struct day){NONE};
}

/* Of the fines whose points are part of the total and were decided before that day. */
static struct day paid_on(const struct driver *driver, struct day before, int64_t *unpaid)
{
    struct day last = before;

    *unpaid = 0;
    for (size_t i = 0; i < driver->facts.entry_count; i++) {
        const struct points_entry *entry = &driver->facts.entries[i];

        if (!driver->counts[i] || entry->fine_due_on.number == NONE ||
            entry->decided_on.number >= before.number)
            continue;
        if (entry->fine_paid_on.number == NONE || entry->fine_paid_on.number > driver->today.number)
            ++*unpaid;
        else
            last = later_of(last, entry->fine_paid_on);
    }
    return *unpaid == 0 ? last : (struct day){NONE};
}

struct study_progress study_progress(const struct driver *driver)
{
    const struct study_rule *rule = study_rule_for(driver->rule, driver->licence.classes);
    unsigned wanted = points_examinations(driver->rule, &driver->state);
    struct study_progress progress = {.passed_on = {NONE}, .done_on = {NONE}, .missing = "study"};
    struct study_day days[DAYS_MAX];
    size_t count = full_days(driver, driver->state.full_on, days);
    struct day proven = proven_on(rule, days, count);

    for (size_t i = 0; i < count; i++) {
        bool is_on_site = days[i].on_site_minutes > STUDY_DAY_MINUTES;

        progress.on_site_days += is_on_site;
        progress.counted_days += is_on_site || days[i].online_minutes > STUDY_DAY_MINUTES;
    }
    paid_on(driver, (struct day){driver->today.number + 1}, &progress.unpaid);
    if (proven.number == NONE)
        return progress;
    progress.passed_on = passed_on(driver, proven, wanted, &progress.passed);
    progress.missing = "examination";
    if (progress.passed_on.number == NONE)
        return progress;
    progress.done_on = paid_on(driver, progress.passed_on, &progress.unpaid);
    progress.missing = progress.done_on.number == NONE ? "pay" : NULL;
    return progress;
}

bool is_study_begun(const struct driver *driver)
{
    const struct study *one = driver->studies.items;

    for (size_t i = 0; i < driver->studies.count; i++, one++)
        if (is_full_mark(one) && one->cheated_on.number == NONE &&
            one->ended_on.number >= driver->state.full_on.number)
            return true;
    return false;
}

static void sooner(struct day *next, struct day day, struct day after, struct day until)
{
    if (day.number > after.number && day.number <= until.number &&
        (next->number == NONE || day.number < next->number))
        *next = day;
}

/* Whenever something was learnt, passed or paid it may be done. */
static struct day next_fact(const struct driver *driver, struct day after, struct day until)
{
    const struct study *study = driver->studies.items;
    const struct examination_result *result = driver->examinations.items;
    struct day next = {NONE};

    for (size_t i = 0; i < driver->studies.count; i++, study++)
        sooner(&next, study->ended_on, after, until);
    for (size_t i = 0; i < driver->examinations.count; i++, result++)
        sooner(&next, result->taken_on, after, until);
    for (size_t i = 0; i < driver->facts.entry_count; i++)
        sooner(&next, driver->facts.entries[i].fine_paid_on, after, until);
    return next;
}

/* Most drivers never had so many. */
static bool was_ever_full(const struct driver *driver)
{
    int64_t total = 0;

    for (size_t i = 0; i < driver->facts.entry_count; i++)
        total += driver->facts.entries[i].points;
    return total >= driver->rule->full;
}

/* Day by day, as facts came: whether all was there that the points of that day asked for. What was
   withdrawn since counted then, and was studied for. */
static void find_educations(const struct points_law *law, struct driver *driver)
{
    const struct day today = driver->today;
    struct points_facts *facts = &driver->facts;
    struct day day = next_fact(driver, (struct day){facts->first_issue.number - 1}, today);

    for (; day.number != NONE && facts->education_count < EDUCATIONS_MAX;
         day = next_fact(driver, day, today)) {
        struct study_progress progress;

        driver->today = day;
        driver->state = points_state(law, facts, day, driver->counts);
        if (!driver->state.is_full)
            continue;
        progress = study_progress(driver);
        if (progress.missing == NULL)
            driver->educations[facts->education_count++] =
                (struct points_education){progress.passed_on, day};
    }
    driver->today = today;
}

void reckon_points(const struct points_law *law, struct driver *driver)
{
    driver->facts.educations = driver->educations;
    driver->facts.education_count = 0;
    if (was_ever_full(driver))
        find_educations(law, driver);
    driver->state = points_state(law, &driver->facts, driver->today, driver->counts);
}

int64_t points_offered(const struct reduction_rule *rule, const struct study *study)
{
    if (strcmp(study->kind, "reduction_online") == 0)
        return rule->online_points;
    if (strcmp(study->kind, "reduction_on_site") == 0)
        return rule->on_site_points;
    return strcmp(study->kind, "volunteer") == 0 ? rule->volunteer_points : 0;
}

int64_t points_granted(const struct driver *driver, int64_t offered)
{
    int64_t left = driver->reduction->max_points - driver->state.reduced;

    offered = offered < left ? offered : left;
    offered = offered < driver->state.total ? offered : driver->state.total;
    return offered > 0 ? offered : 0;
}

int64_t recent_educations(const struct driver *driver)
{
    struct day from = points_cycle_start(driver->facts.first_issue, &driver->state.cycle, 1);
    int64_t count = 0;

    for (size_t i = 0; i < driver->facts.education_count; i++)
        count += driver->educations[i].done_on.number >= from.number;
    return count;
}

struct day bar_start(const struct driver *driver)
{
    return points_cycle_start(driver->facts.first_issue, &driver->state.cycle,
                              driver->reduction->bar_cycles - 1);
}

bool is_lifted(const struct driver *driver)
{
    size_t count = driver->facts.education_count;

    return strcmp(driver->licence.state, "retained") == 0 && !driver->state.is_full && count > 0 &&
           driver->educations[count - 1].done_on.number >=
               civil_day(driver->licence.observed_at).number;
}

const char *missing_step(const struct driver *driver)
{
    return driver->state.is_full ? study_progress(driver).missing : NULL;
}
