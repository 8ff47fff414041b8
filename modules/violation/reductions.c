/* What stands against reducing points by study, and the two routes of points. */

#include <inttypes.h>

#include "casework/term.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/ulid.h"
#include "violation/state.h"
#include "violation/store.h"
#include "violation/stop.h"

const struct param reduction_params[] = {
    PARAM(struct reduction_input, study_id, .source = BODY, .check = is_ulid),
    PARAM_END,
};

/* Why not, as a record: what reason() collects. */
struct obstacle {
    const char *code, *message;
    struct texts values;
};

struct entry_view {
    const char *decision_no, *vehicle;
    int64_t points;
    struct day acted_on, decided_on;
    bool is_carried, is_paid;
};

struct study_view {
    const char *id, *kind;
    struct day ended_on;
    int64_t minutes, offered;
    int64_t granted; /* NONE while it was not applied */
    struct day applied_on;
    bool is_void;
};

/* What full points ask for, and how far that is. */
struct full_study_view {
    struct day opened_on;
    int64_t number, days, counted_days_wanted, on_site_days_wanted;
    int64_t counted_days, on_site_days;
    struct texts examinations, passed;
    int64_t unpaid_fines;
    const char *missing, *text, *source;
    /* Not begun by then, the licence is stopped by public notice; NONE once it is begun, or was
     * not. */
    struct day begin_by, stopped_on;
};

struct points_view {
    const char *licence_state;
    struct day cycle_from, cycle_until;
    int64_t total, carried, full_points;
    bool is_full;
    struct records entries;
    int64_t reduced, reduction_left;
    struct records studies, obstacles, full_studies;
};

static const struct field obstacle_fields[] = {
    FIELD(struct obstacle, code),
    FIELD(struct obstacle, message),
    FIELD(struct obstacle, values),
    FIELD_END,
};

static const struct field entry_view_fields[] = {
    FIELD(struct entry_view, decision_no), FIELD(struct entry_view, vehicle),
    FIELD(struct entry_view, points),      FIELD(struct entry_view, acted_on),
    FIELD(struct entry_view, decided_on),  FIELD(struct entry_view, is_carried),
    FIELD(struct entry_view, is_paid),     FIELD_END,
};

static const struct field study_view_fields[] = {
    FIELD(struct study_view, id),
    FIELD(struct study_view, kind),
    FIELD(struct study_view, ended_on),
    FIELD(struct study_view, minutes),
    FIELD(struct study_view, offered),
    FIELD_OR_NULL(struct study_view, granted),
    FIELD_OR_NULL(struct study_view, applied_on),
    FIELD(struct study_view, is_void),
    FIELD_END,
};

static const struct field full_study_fields[] = {
    FIELD(struct full_study_view, opened_on),
    FIELD(struct full_study_view, number),
    FIELD(struct full_study_view, days),
    FIELD(struct full_study_view, counted_days_wanted),
    FIELD(struct full_study_view, on_site_days_wanted),
    FIELD(struct full_study_view, counted_days),
    FIELD(struct full_study_view, on_site_days),
    FIELD(struct full_study_view, examinations),
    FIELD(struct full_study_view, passed),
    FIELD(struct full_study_view, unpaid_fines),
    FIELD_OR_NULL(struct full_study_view, missing),
    FIELD(struct full_study_view, text),
    FIELD(struct full_study_view, source),
    FIELD_OR_NULL(struct full_study_view, begin_by),
    FIELD_OR_NULL(struct full_study_view, stopped_on),
    FIELD_END,
};

const struct field points_view_fields[] = {
    FIELD(struct points_view, licence_state),
    FIELD(struct points_view, cycle_from),
    FIELD(struct points_view, cycle_until),
    FIELD(struct points_view, total),
    FIELD(struct points_view, carried),
    FIELD(struct points_view, full_points),
    FIELD(struct points_view, is_full),
    FIELD_LIST(struct points_view, entries, entry_view_fields, struct entry_view),
    FIELD(struct points_view, reduced),
    FIELD(struct points_view, reduction_left),
    FIELD_LIST(struct points_view, studies, study_view_fields, struct study_view),
    FIELD_LIST(struct points_view, obstacles, obstacle_fields, struct obstacle),
    FIELD_LIST(struct points_view, full_studies, full_study_fields, struct full_study_view),
    FIELD_END,
};

struct reduction_view {
    const char *id, *study_id;
    int64_t granted;
    struct day applied_on;
    int64_t total, reduced, reduction_left;
};

const struct field reduction_view_fields[] = {
    FIELD(struct reduction_view, id),
    FIELD(struct reduction_view, study_id),
    FIELD(struct reduction_view, granted),
    FIELD(struct reduction_view, applied_on),
    FIELD(struct reduction_view, total),
    FIELD(struct reduction_view, reduced),
    FIELD(struct reduction_view, reduction_left),
    FIELD_END,
};

/* Points Measures (2021) article 26, third: the licence itself. */
static void check_own_licence(struct request *r, const struct driver *driver)
{
    const struct licence *licence = &driver->licence;

    if (is_in_probation(licence->first_issued_on, driver->today))
        reason(r, ON_PROBATION,
               VALUES(licence->first_issued_on, months_later(licence->first_issued_on, 12)));
    if (licence->review_due_on.number != NONE &&
        licence->review_due_on.number < driver->today.number)
        reason(r, REVIEW_OVERDUE, VALUES(licence->review_due_on));
    if (strcmp(licence->state, "normal") != 0 && !is_lifted(driver))
        reason(r, LICENCE_UNUSABLE, VALUES(licence->state, "normal"));
}

/* Fifth: cheating in the last cycles, whenever the study was. */
static void check_honest(struct request *r, const struct driver *driver)
{
    const struct study *study = driver->studies.items;

    for (size_t i = 0; i < driver->studies.count; i++, study++)
        if (study->cheated_on.number != NONE &&
            study->cheated_on.number >= bar_start(driver).number)
            reason(r, CHEATED, VALUES(study->id, study->cheated_on));
}

void check_reduction(struct request *r, const struct driver *driver, const struct records *bars)
{
    const struct reduction_rule *rule = driver->reduction;
    const struct reduction_bar *bar = bars->items;

    if (rule == NULL) {
        reason(r, REDUCTION_USED_UP, VALUES((int64_t)0, (int64_t)0));
        return;
    }
    if (recent_educations(driver) >= rule->education_limit)
        reason(r, EDUCATED_TWICE, VALUES(recent_educations(driver), rule->education_limit));
    for (size_t i = 0; i < bars->count; i++, bar++) {
        if (bar->ground != NULL)
            reason(r, BARRED_BY_PENALTY, VALUES(bar->what, bar->ground, bar->on));
        else
            reason(r, VEHICLE_OVERDUE, VALUES(bar->what, bar->on));
    }
    check_own_licence(r, driver);
    check_honest(r, driver);
    if (driver->state.is_full)
        reason(r, POINTS_ARE_FULL, VALUES(driver->state.total, driver->rule->full));
    if (driver->state.reduced >= rule->max_points)
        reason(r, REDUCTION_USED_UP, VALUES(driver->state.reduced, rule->max_points));
    if (driver->state.total == 0)
        reason(r, NOTHING_TO_REDUCE, VALUES(driver->state.total));
}

static int64_t minutes_wanted(const struct reduction_rule *rule, const char *kind)
{
    if (strcmp(kind, "reduction_online") == 0)
        return rule->online_minutes;
    return strcmp(kind, "volunteer") == 0 ? rule->volunteer_minutes : rule->on_site_minutes;
}

void check_passed(struct request *r, const struct driver *driver, const struct study *study)
{
    const struct reduction_rule *rule = driver->reduction;
    int64_t days = study->ended_on.number - study->begun_on.number + 1;

    if (rule == NULL)
        return;
    if (points_offered(rule, study) == 0) {
        reason(r, STUDY_OTHER, VALUES(study->id, study->kind));
        return;
    }
    if (!study->is_passed)
        reason(r, STUDY_NOT_PASSED, VALUES(study->id));
    if (study->minutes < minutes_wanted(rule, study->kind))
        reason(r, STUDY_TOO_SHORT, VALUES(study->minutes, minutes_wanted(rule, study->kind)));
    if (strcmp(study->kind, "reduction_online") == 0 && days > rule->online_days)
        reason(r, STUDY_TOO_SLOW, VALUES(days, rule->online_days));
    if (study->ended_on.number < driver->state.cycle.start.number)
        reason(r, STUDY_EARLIER, VALUES(study->ended_on, driver->state.cycle.start));
}

static const char *obstacle_text(struct arena *arena, const struct value *value)
{
    if (value->kind == KIND_TEXT)
        return value->text;
    if (value->kind == KIND_DAY)
        return day_to_text(arena, (struct day){value->number});
    return arena_printf(arena, "%" PRId64, value->number);
}

/* What was collected, and is not meant as a refusal here. */
static struct records take_obstacles(struct request *r)
{
    struct reason what;
    struct values about;
    struct obstacle *items;
    size_t count = 0;

    while (reason_at(r, count, &what, &about))
        count++;
    items = arena_alloc(r->arena, (count + 1) * sizeof(*items));
    for (size_t i = 0; reason_at(r, i, &what, &about); i++) {
        const char **values = arena_alloc(r->arena, (about.count + 1) * sizeof(*values));

        for (size_t k = 0; k < about.count; k++)
            values[k] = obstacle_text(r->arena, &about.items[k]);
        items[i] = (struct obstacle){what.code, what.message, {values, about.count}};
    }
    reasons_forget(r);
    return (struct records){items, count};
}

static struct records view_entries(struct request *r, const struct driver *driver)
{
    struct entry_view *items =
        arena_alloc(r->arena, (driver->facts.entry_count + 1) * sizeof(*items));
    size_t count = 0;

    for (size_t i = 0; i < driver->facts.entry_count; i++) {
        const struct points_entry *entry = &driver->facts.entries[i];

        if (driver->counts[i])
            items[count++] = (struct entry_view){
                entry->decision_no,
                entry->vehicle,
                entry->points,
                entry->acted_on,
                entry->decided_on,
                entry->acted_on.number < driver->state.cycle.start.number,
                entry->fine_due_on.number == NONE || entry->fine_paid_on.number != NONE};
    }
    return (struct records){items, count};
}

static struct records view_studies(struct request *r, const struct driver *driver)
{
    struct study_view *items = arena_alloc(r->arena, (driver->studies.count + 1) * sizeof(*items));
    const struct study *study = driver->studies.items;
    size_t count = 0;

    for (size_t i = 0; driver->reduction != NULL && i < driver->studies.count; i++, study++)
        if (points_offered(driver->reduction, study) > 0)
            items[count++] = (struct study_view){study->id,
                                                 study->kind,
                                                 study->ended_on,
                                                 study->minutes,
                                                 points_offered(driver->reduction, study),
                                                 study->granted,
                                                 study->applied_on,
                                                 study->cheated_on.number != NONE};
    return (struct records){items, count};
}

static struct texts subject_names(struct request *r, unsigned mask)
{
    const char **items = arena_alloc(r->arena, 4 * sizeof(*items));
    size_t count = 0;

    if ((mask & THEORY) != 0)
        items[count++] = "theory";
    if ((mask & FIELD) != 0)
        items[count++] = "field";
    if ((mask & ROAD) != 0)
        items[count++] = "road";
    return (struct texts){items, count};
}

static const char *missing_text(const char *missing)
{
    if (missing == NULL)
        return "已完成";
    if (strcmp(missing, "study") == 0)
        return "请参加满分学习";
    return strcmp(missing, "pay") == 0 ? "请缴清罚款，随后记分予以清除"
                                       : "学习已完成，请预约考试；考试不合格的，十日后可以再次预约";
}

/* Until when it is to be begun, or since when the licence is stopped because it was not. */
static enum error add_stop(struct request *r, const struct driver *driver,
                           struct full_study_view *view)
{
    struct licence_stop stop;
    enum error found = find_stop(r, r->person_id, &stop);

    if (found == E_OK)
        view->stopped_on = stop.stopped_on;
    else if (found != E_NOT_FOUND)
        return found;
    else if (!is_study_begun(driver))
        return find_begin_by(r, r->person_id, &view->begin_by);
    return E_OK;
}

static enum error view_full_study(struct request *r, const struct driver *driver,
                                  struct records *studies)
{
    struct full_study_view *view = arena_alloc(r->arena, sizeof(*view));
    const struct study_rule *rule = study_rule_for(driver->rule, driver->licence.classes);
    struct study_progress progress;

    *studies = (struct records){view, driver->state.is_full};
    if (!driver->state.is_full)
        return E_OK;
    progress = study_progress(driver);
    *view = (struct full_study_view){
        .opened_on = driver->state.full_on,
        .number = study_number(driver->rule, &driver->state),
        .counted_days_wanted = rule->counted_days,
        .on_site_days_wanted = rule->on_site_days,
        .counted_days = progress.counted_days,
        .on_site_days = progress.on_site_days,
        .examinations = subject_names(r, points_examinations(driver->rule, &driver->state)),
        .passed = subject_names(r, progress.passed),
        .unpaid_fines = progress.unpaid,
        .missing = progress.missing,
        .text = missing_text(progress.missing),
        .source = driver->rule->source,
        .begin_by = {NONE},
        .stopped_on = {NONE},
    };
    view->days = study_days(rule, view->number);
    return add_stop(r, driver, view);
}

static int64_t reduction_left(const struct driver *driver)
{
    return driver->reduction == NULL ? 0 : driver->reduction->max_points - driver->state.reduced;
}

/* The cycle, what counts in it and why, and what study could still do. */
enum error show_points(struct request *r)
{
    struct driver driver;
    struct records bars = {NULL, 0};
    struct points_view view;

    TRY(load_driver(r, r->person_id, &driver));
    if (driver.licence.id == NULL)
        return refuse(r, LICENCE_MISSING, NO_VALUES);
    if (driver.reduction != NULL)
        TRY(list_bars(r, r->person_id, &driver, &bars));
    check_reduction(r, &driver, &bars);
    view = (struct points_view){
        .licence_state = driver.licence.state,
        .cycle_from = driver.state.cycle.start,
        .cycle_until = {driver.state.cycle.end.number - 1},
        .total = driver.state.total,
        .carried = driver.state.carried,
        .full_points = driver.rule->full,
        .is_full = driver.state.is_full,
        .entries = view_entries(r, &driver),
        .reduced = driver.state.reduced,
        .reduction_left = reduction_left(&driver),
        .studies = view_studies(r, &driver),
        .obstacles = take_obstacles(r),
    };
    TRY(view_full_study(r, &driver, &view.full_studies));
    return reply_record(r, 200, points_view_fields, &view);
}

static const struct study *find_study(const struct driver *driver, const char *id)
{
    const struct study *study = driver->studies.items;

    for (size_t i = 0; i < driver->studies.count; i++, study++)
        if (strcmp(study->id, id) == 0)
            return study;
    return NULL;
}

static enum error check_all(struct request *r, const struct driver *driver,
                            const struct study *study)
{
    struct records bars = {NULL, 0};

    if (driver->reduction != NULL)
        TRY(list_bars(r, r->person_id, driver, &bars));
    check_reduction(r, driver, &bars);
    check_passed(r, driver, study);
    return refused(r);
}

/* The same tap again finds what it made. */
static enum error reduce(struct request *r, void *product)
{
    const struct reduction_input *in = r->input;
    struct driver *driver = product;
    const struct study *study;

    TRY(lock_points(r, r->person_id));
    TRY(load_driver(r, r->person_id, driver));
    if (driver->licence.id == NULL)
        return refuse(r, LICENCE_MISSING, NO_VALUES);
    study = find_study(driver, in->study_id);
    if (study == NULL) {
        audit_refusal(r, in->study_id, "study of another person, or none");
        return E_NOT_FOUND;
    }
    if (study->reduction_id != NULL) {
        if (strcmp(study->request_key, r->key) == 0)
            return E_OK;
        return refuse(r, STUDY_USED, VALUES(study->id, study->applied_on));
    }
    TRY(check_all(r, driver, study));
    TRY(insert_reduction(r, driver, study, points_offered(driver->reduction, study)));
    TRY(load_driver(r, r->person_id, driver));
    audit(r, "reduce_points", study->id, "total=%" PRId64 " reduced=%" PRId64, driver->state.total,
          driver->state.reduced);
    return E_OK;
}

/* One passed study takes its points off, as far as cycle and total allow. */
enum error reduce_points(struct request *r)
{
    const struct reduction_input *in = r->input;
    struct driver driver;
    const struct study *study;
    struct reduction_view view;

    TRY(db_transaction(r, reduce, &driver));
    study = find_study(&driver, in->study_id);
    view = (struct reduction_view){
        .id = study->reduction_id,
        .study_id = study->id,
        .granted = study->granted,
        .applied_on = study->applied_on,
        .total = driver.state.total,
        .reduced = driver.state.reduced,
        .reduction_left = reduction_left(&driver),
    };
    return reply_record(r, 201, reduction_view_fields, &view);
}
