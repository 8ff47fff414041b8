#include "violation/study.h"

#include "core/clock.h"
#include "core/ulid.h"
#include "violation/state.h"
#include "violation/store.h"
#include "violation/tell.h"

static const struct field rule_fields[] = {
    FIELD(struct reduction_rule, valid_from),
    FIELD_OR_NULL(struct reduction_rule, valid_to),
    FIELD(struct reduction_rule, max_points),
    FIELD(struct reduction_rule, online_minutes),
    FIELD(struct reduction_rule, online_days),
    FIELD(struct reduction_rule, online_points),
    FIELD(struct reduction_rule, on_site_minutes),
    FIELD(struct reduction_rule, on_site_points),
    FIELD(struct reduction_rule, volunteer_minutes),
    FIELD(struct reduction_rule, volunteer_points),
    FIELD(struct reduction_rule, education_limit),
    FIELD(struct reduction_rule, bar_cycles),
    FIELD(struct reduction_rule, source),
    FIELD_END,
};

static const struct field study_fields[] = {
    FIELD(struct study, id),
    FIELD(struct study, kind),
    FIELD(struct study, begun_on),
    FIELD(struct study, ended_on),
    FIELD(struct study, minutes),
    FIELD(struct study, is_passed),
    FIELD_OR_NULL(struct study, cheated_on),
    FIELD_OR_NULL(struct study, reduction_id),
    FIELD_OR_NULL(struct study, request_key),
    FIELD_OR_NULL(struct study, granted),
    FIELD_OR_NULL(struct study, applied_on),
    FIELD_OR_NULL(struct study, applied_at),
    FIELD_END,
};

static const struct field result_fields[] = {
    FIELD(struct examination_result, subject),
    FIELD(struct examination_result, taken_on),
    FIELD(struct examination_result, is_passed),
    FIELD_END,
};

struct penalty_row {
    const char *what, *ground;
    struct instant decided_at;
};

static const struct field penalty_fields[] = {
    FIELD(struct penalty_row, what),
    FIELD(struct penalty_row, ground),
    FIELD(struct penalty_row, decided_at),
    FIELD_END,
};

struct overdue_row {
    const char *what;
    struct day inspection_due_on, scrap_due_on;
};

static const struct field overdue_fields[] = {
    FIELD(struct overdue_row, what),
    FIELD_OR_NULL(struct overdue_row, inspection_due_on),
    FIELD_OR_NULL(struct overdue_row, scrap_due_on),
    FIELD_END,
};

enum {
    LIST_RULES,
    LIST_STUDIES,
    LIST_EXAMINATIONS,
    LIST_PENALTIES,
    LIST_OVERDUE,
    INSERT_REDUCTION,
    OPEN_STUDY,
    STATEMENTS_END
};

const struct statement study_sql[] = {
    [LIST_RULES] = {.sql = "SELECT valid_from, valid_to, max_points, online_minutes, online_days,"
                           "  online_points, on_site_minutes, on_site_points, volunteer_minutes,"
                           "  volunteer_points, education_limit, bar_cycles, source"
                           "  FROM reduction_rule ORDER BY valid_from LIMIT 1000",
                    ROWS(struct reduction_rule, rule_fields)},
    [LIST_STUDIES] = {.sql = "SELECT s.id, s.kind, s.begun_on, s.ended_on, s.minutes, s.is_passed,"
                             "  c.found_on AS cheated_on, p.id AS reduction_id, p.request_key,"
                             "  p.granted, p.applied_on, p.applied_at FROM driver_study s"
                             "  LEFT JOIN study_cheating c ON c.study_id = s.id"
                             "  LEFT JOIN points_reduction p ON p.study_id = s.id"
                             "  WHERE s.person_id = ? ORDER BY s.ended_on, s.id LIMIT 1000",
                      ROWS(struct study, study_fields)},
    [LIST_EXAMINATIONS] = {.sql = "SELECT subject, taken_on, is_passed FROM driver_examination"
                                  "  WHERE person_id = ? ORDER BY taken_on LIMIT 1000",
                           ROWS(struct examination_result, result_fields)},
    /* One that was lowered is of the day of the first. */
    [LIST_PENALTIES] = {.sql = "SELECT b.code AS what, b.ground,"
                               "  COALESCE(f.decided_at, d.decided_at) AS decided_at"
                               "  FROM violation_decision d"
                               "  JOIN violation_case c ON c.id = d.case_id"
                               "  JOIN reduction_bar b ON b.code = c.code"
                               "  LEFT JOIN decision_change k ON k.decision_no = d.decision_no"
                               "  LEFT JOIN violation_decision f ON f.decision_no = k.replaced_no"
                               "  WHERE d.person_id = ? AND d.stands = 1"
                               "    AND COALESCE(f.decided_at, d.decided_at) >= ?"
                               "  ORDER BY decided_at LIMIT 100",
                        ROWS(struct penalty_row, penalty_fields)},
    [LIST_OVERDUE] = {.sql = "SELECT plate AS what, inspection_due_on, scrap_due_on FROM vehicle"
                             "  WHERE owner_id = ? AND (inspection_due_on < ? OR scrap_due_on < ?)"
                             "  ORDER BY plate LIMIT 100",
                      ROWS(struct overdue_row, overdue_fields)},
    [INSERT_REDUCTION] = {.sql = "INSERT INTO points_reduction (id, person_id, study_id,"
                                 "  request_key, offered, granted, applied_on, rule_valid_from,"
                                 "  applied_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [OPEN_STUDY] = {.sql = "INSERT INTO full_study (decision_no, person_id, number, total, days,"
                           "  examinations, rule_valid_from, source, opened_at)"
                           "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error load_reduction_rules(struct request *r, struct records *rules)
{
    return db_many(r, &study_sql[LIST_RULES], rules, NO_VALUES);
}

static const struct reduction_rule *reduction_rule_on(const struct request *r, struct day on)
{
    const struct records *rules = &violation_state(r)->reductions;
    const struct reduction_rule *rule = rules->items;

    for (size_t i = 0; i < rules->count; i++, rule++)
        if (is_in_force(rule->valid_from, rule->valid_to, on))
            return rule;
    return NULL;
}

static int as_applied(const void *a, const void *b)
{
    const struct study *one = *(const struct study *const *)a;
    const struct study *other = *(const struct study *const *)b;

    if (one->applied_at.ms != other->applied_at.ms)
        return one->applied_at.ms < other->applied_at.ms ? -1 : 1;
    return strcmp(one->reduction_id, other->reduction_id);
}

/* Those that were applied, in their order. */
static void take_reductions(struct request *r, struct driver *driver)
{
    const struct study *study = driver->studies.items;
    size_t count = 0;
    const struct study **applied =
        arena_alloc(r->arena, (driver->studies.count + 1) * sizeof(*applied));
    struct points_reduction *items =
        arena_alloc(r->arena, (driver->studies.count + 1) * sizeof(*items));

    for (size_t i = 0; i < driver->studies.count; i++, study++)
        if (study->reduction_id != NULL)
            applied[count++] = study;
    qsort(applied, count, sizeof(*applied), as_applied);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct points_reduction){applied[i]->applied_on, applied[i]->granted,
                                             applied[i]->cheated_on.number != NONE};
    driver->facts.reductions = items;
    driver->facts.reduction_count = count;
    driver->facts.reduction_max = driver->reduction == NULL ? 0 : driver->reduction->max_points;
}

enum error load_driver(struct request *r, const char *person_id, struct driver *driver)
{
    const struct points_law *law = &violation_state(r)->points;
    enum error found;

    *driver = (struct driver){.today = civil_day(r->now)};
    found = find_licence(r, person_id, &driver->licence);
    if (found == E_NOT_FOUND) {
        driver->licence.id = NULL;
        return E_OK;
    }
    TRY(found);
    driver->facts.first_issue = driver->licence.first_issued_on;
    driver->rule = points_rule_on(law, driver->today);
    driver->reduction = reduction_rule_on(r, driver->today);
    if (driver->rule == NULL)
        return failed(r, E_INTERNAL, "points_rule: no version in force");
    TRY(list_points(r, person_id, &driver->facts.entries, &driver->facts.entry_count));
    TRY(db_many(r, &study_sql[LIST_STUDIES], &driver->studies, VALUES(person_id)));
    TRY(db_many(r, &study_sql[LIST_EXAMINATIONS], &driver->examinations, VALUES(person_id)));
    take_reductions(r, driver);
    driver->educations = arena_alloc(r->arena, EDUCATIONS_MAX * sizeof(*driver->educations));
    driver->counts = arena_alloc(r->arena, (driver->facts.entry_count + 1) * sizeof(bool));
    reckon_points(law, driver);
    return E_OK;
}

enum error list_bars(struct request *r, const char *person_id, const struct driver *driver,
                     struct records *bars)
{
    struct records penalties, vehicles;
    const struct penalty_row *penalty;
    const struct overdue_row *vehicle;
    struct reduction_bar *items;
    size_t count = 0;

    TRY(db_many(r, &study_sql[LIST_PENALTIES], &penalties,
                VALUES(person_id, day_start(bar_start(driver)))));
    TRY(db_many(r, &study_sql[LIST_OVERDUE], &vehicles,
                VALUES(person_id, driver->today, driver->today)));
    items = arena_alloc(r->arena, (penalties.count + vehicles.count + 1) * sizeof(*items));
    penalty = penalties.items;
    for (size_t i = 0; i < penalties.count; i++, penalty++)
        items[count++] =
            (struct reduction_bar){penalty->what, penalty->ground, civil_day(penalty->decided_at)};
    vehicle = vehicles.items;
    for (size_t i = 0; i < vehicles.count; i++, vehicle++) {
        bool is_scrap = vehicle->scrap_due_on.number != NONE &&
                        vehicle->scrap_due_on.number < driver->today.number;

        items[count++] = (struct reduction_bar){
            vehicle->what, NULL, is_scrap ? vehicle->scrap_due_on : vehicle->inspection_due_on};
    }
    *bars = (struct records){items, count};
    return E_OK;
}

enum error insert_reduction(struct request *r, const struct driver *driver,
                            const struct study *study, int64_t offered)
{
    return db_run(r, &study_sql[INSERT_REDUCTION],
                  VALUES(ulid_new(r), r->person_id, study->id, r->key, offered,
                         points_granted(driver, offered), driver->today,
                         driver->reduction->valid_from, r->now));
}

/* What it was before this decision, if that is part of the total. */
static int64_t number_before(const struct driver *driver, const char *decision_no)
{
    struct points_state before = driver->state;

    for (size_t i = 0; i < driver->facts.entry_count; i++)
        if (driver->counts[i] && strcmp(driver->facts.entries[i].decision_no, decision_no) == 0)
            before.total -= driver->facts.entries[i].points;
    before.is_full = before.total >= driver->rule->full;
    return study_number(driver->rule, &before);
}

/* Most drivers never had so many points, and no more is read of them. */
static enum error had_few(struct request *r, const char *person_id, bool *few)
{
    const struct points_rule *rule = points_rule_on(&violation_state(r)->points, civil_day(r->now));
    const struct points_entry *entries;
    int64_t total = 0;
    size_t count;

    TRY(list_points(r, person_id, &entries, &count));
    for (size_t i = 0; i < count; i++)
        total += entries[i].withdrawn_on.number != NONE ? 0 : entries[i].points;
    *few = rule == NULL || total < rule->full;
    return E_OK;
}

enum error open_full_study(struct request *r, const struct decision *decision)
{
    struct driver driver;
    int64_t number, days;
    bool few;

    TRY(had_few(r, decision->person_id, &few));
    if (few)
        return E_OK;
    TRY(load_driver(r, decision->person_id, &driver));
    if (driver.licence.id == NULL || !driver.state.is_full)
        return E_OK;
    number = study_number(driver.rule, &driver.state);
    if (number <= number_before(&driver, decision->decision_no))
        return E_OK;
    days = study_days(study_rule_for(driver.rule, driver.licence.classes), number);
    TRY(db_run(r, &study_sql[OPEN_STUDY],
               VALUES(decision->decision_no, decision->person_id, number, driver.state.total, days,
                      (int64_t)points_examinations(driver.rule, &driver.state),
                      driver.rule->valid_from, driver.rule->source, r->now)));
    return tell_of_full_points(r, decision, driver.state.total, days);
}
