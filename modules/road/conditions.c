/* The conditions that definitions name, and what is done when a pass is granted or revoked. */

#include "casework/identifier.h"
#include "core/clock.h"
#include "core/db.h"
#include "core/process.h"
#include "road/road.h"

static const struct road *road_of(const struct request *r)
{
    return r->state;
}

struct wish wish_of(const struct application *a)
{
    const char *area = form_text(a->definition, a->form, "area");
    const char *division = form_text(a->definition, a->form, "division");

    return (struct wish){
        .plate_type = form_text(a->definition, a->form, "plate_type"),
        .plate = form_text(a->definition, a->form, "plate"),
        .area = area != NULL       ? area
                : division != NULL ? division
                                   : "",
        .from = form_day(a->definition, a->form, "from"),
        .to = form_day(a->definition, a->form, "to"),
    };
}

/* What is incomplete has its own reasons; nothing can be said of it yet. */
static bool is_complete(const struct wish *wish)
{
    return wish->plate_type != NULL && wish->plate != NULL && wish->from.number != NONE &&
           wish->to.number != NONE;
}

static enum error check_days(struct request *r, const struct application *application)
{
    struct wish wish = wish_of(application);
    const struct kind_rule *rule = kind_rule_of(road_of(r), application->service, wish.from);
    struct day today = civil_day(r->now);

    if (!is_complete(&wish))
        return E_OK;
    if (rule == NULL) {
        reason(r, KIND_NOT_IN_FORCE, VALUES(application->service, wish.from));
        return E_OK;
    }
    if (wish.from.number < today.number)
        reason(r, BEGINS_IN_PAST, VALUES("from", wish.from, today));
    if (wish.from.number > today.number + rule->max_ahead_days)
        reason(r, BEGINS_TOO_FAR,
               VALUES("from", wish.from, (struct day){today.number + rule->max_ahead_days}));
    if (wish.to.number < wish.from.number)
        reason(r, DAYS_REVERSED, VALUES("to", wish.from, wish.to));
    else if (wish.to.number - wish.from.number + 1 > rule->max_days)
        reason(r, TOO_MANY_DAYS,
               VALUES("to", wish.to.number - wish.from.number + 1, rule->max_days));
    return E_OK;
}

static enum error check_plates(struct request *r, const struct application *application)
{
    struct wish wish = wish_of(application);
    const struct kind_rule *rule = kind_rule_of(road_of(r), application->service, wish.from);

    if (!is_complete(&wish) || rule == NULL)
        return E_OK;
    if (strcmp(rule->plates, "local") == 0 && !is_local_plate(wish.plate))
        reason(r, PLATE_NOT_LOCAL, VALUES("plate", mask_plate(r->arena, wish.plate)));
    if (strcmp(rule->plates, "nonlocal") == 0 && is_local_plate(wish.plate))
        reason(r, PLATE_LOCAL, VALUES("plate", mask_plate(r->arena, wish.plate)));
    return E_OK;
}

static enum error check_overlap(struct request *r, const struct application *application)
{
    struct wish wish = wish_of(application);
    struct pass pass;
    enum error found;

    if (!is_complete(&wish))
        return E_OK;
    TRY(pass_lock_vehicle(r, &wish));
    found = pass_find_overlap(r, application->service, &wish, &pass);
    if (found == E_OK)
        reason(r, PASS_OVERLAPS, VALUES("from", pass.valid_from, pass.valid_to));
    return found == E_NOT_FOUND ? E_OK : found;
}

/* The cut-off is 24:00 of the day before. */
static enum error check_not_today(struct request *r, const struct application *application)
{
    struct wish wish = wish_of(application);

    if (is_complete(&wish) && wish.from.number == civil_day(r->now).number)
        reason(r, NOT_FOR_TODAY, VALUES("from", wish.from));
    return E_OK;
}

static enum error check_month(struct request *r, const struct application *application)
{
    struct wish wish = wish_of(application);
    int64_t year, month, day;
    struct pass pass;
    enum error found;

    if (!is_complete(&wish))
        return E_OK;
    day_parts(wish.from, &year, &month, &day);
    wish.from = day_of(year, month, 1);
    wish.to = (struct day){months_later(wish.from, 1).number - 1};
    found = pass_find_overlap(r, application->service, &wish, &pass);
    if (found == E_OK)
        reason(r, ONCE_A_MONTH, VALUES("from", pass.valid_from));
    return found == E_NOT_FOUND ? E_OK : found;
}

static enum error check_barred(struct request *r, const struct application *application)
{
    struct day until;

    TRY(pass_barred_until(r, application->applicant_id, &until));
    if (until.number != NONE && civil_day(r->now).number <= until.number)
        reason(r, BARRED, VALUES(application->service, until));
    return E_OK;
}

static const struct case_check checks[] = {
    {"days_fit", check_days},
    {"plate_fits", check_plates},
    {"no_overlap", check_overlap},
    {"not_today", check_not_today},
    {"once_a_month", check_month},
    {"not_barred", check_barred},
    {.name = NULL},
};

/* --- Facts ----------------------------------------------------------------------------------- */

struct vehicle_fact {
    const char *owner_id, *organisation_id, *source;
    struct instant observed_at;
};

static const struct field vehicle_fields[] = {
    FIELD_OR_NULL(struct vehicle_fact, owner_id),
    FIELD_OR_NULL(struct vehicle_fact, organisation_id),
    FIELD(struct vehicle_fact, source),
    FIELD(struct vehicle_fact, observed_at),
    FIELD_END,
};

enum { FIND_VEHICLE, LIST_KINDS, STATEMENTS_END };

static const struct field kind_fields[] = {
    FIELD(struct kind_rule, service),          FIELD(struct kind_rule, valid_from),
    FIELD_OR_NULL(struct kind_rule, valid_to), FIELD(struct kind_rule, max_days),
    FIELD(struct kind_rule, max_ahead_days),   FIELD(struct kind_rule, plates),
    FIELD(struct kind_rule, source),           FIELD_END,
};

const struct statement kind_sql[] = {
    [FIND_VEHICLE] = {.sql = "SELECT owner_id, organisation_id, source, observed_at"
                             "  FROM vehicle"
                             "  WHERE plate_type = ? AND plate = ?",
                      ROWS(struct vehicle_fact, vehicle_fields)},
    [LIST_KINDS] = {.sql = "SELECT service, valid_from, valid_to, max_days, max_ahead_days, plates,"
                           "  source FROM road_kind ORDER BY service, valid_from LIMIT 1000",
                    ROWS(struct kind_rule, kind_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Ask once: who owns the vehicle by the register need not show its licence. */
static enum error find_own_vehicle(struct request *r, const struct application *application,
                                   struct fact_found *found)
{
    struct wish wish = wish_of(application);
    struct vehicle_fact vehicle;
    enum error error;

    if (wish.plate_type == NULL || wish.plate == NULL)
        return E_OK;
    error = db_one(r, &kind_sql[FIND_VEHICLE], &vehicle, VALUES(wish.plate_type, wish.plate));
    if (error != E_OK)
        return error == E_NOT_FOUND ? E_OK : error;
    if (!IS_ONE_OF(application->applicant_id, vehicle.owner_id) &&
        !IS_ONE_OF(application->applicant_id, vehicle.organisation_id))
        return E_OK;
    *found = (struct fact_found){true, arena_printf(r->arena, "vehicle:%s", vehicle.source),
                                 vehicle.observed_at};
    return E_OK;
}

static const struct case_fact facts[] = {
    {"vehicle_of_applicant", find_own_vehicle},
    {.name = NULL},
};

/* --- Hooks ----------------------------------------------------------------------------------- */

static enum error record(struct request *r, struct application *application, int64_t part)
{
    struct wish wish = wish_of(application);
    struct day today = civil_day(r->now);

    if (wish.to.number < today.number)
        return refuse(r, DAYS_OVER, VALUES("to", wish.to));
    if (wish.from.number < today.number)
        wish.from = today; /* a pass does not begin before it was decided */
    application->valid_from = wish.from;
    application->valid_to = wish.to;
    return pass_insert(r, application, &wish, part);
}

/* Between submission and decision another one may have been granted. */
static enum error record_pass(struct request *r, struct application *application)
{
    TRY(check_overlap(r, application));
    TRY(refused(r));
    return record(r, application, NONE);
}

static enum error reserve_and_record(struct request *r, struct application *application)
{
    struct wish wish = wish_of(application);
    int64_t part;

    TRY(quota_take(r, wish.area, wish.from, &part));
    return record(r, application, part);
}

static enum error end_pass(struct request *r, struct application *application)
{
    struct pass pass;

    return pass_end(r, application->id, &pass);
}

static enum error end_reservation(struct request *r, struct application *application)
{
    struct pass pass;

    TRY(pass_end(r, application->id, &pass));
    return quota_give_back(r, &pass);
}

/* The after-review found what was not so. */
static enum error end_pass_of_abuser(struct request *r, struct application *application)
{
    TRY(end_pass(r, application));
    return pass_note_abuse(r, application);
}

/* An appeal succeeded. Another pass that was granted meanwhile stays; a place in a day's quota is
   taken anew while the day is not over, because the first one was given back. */
static enum error restore_pass(struct request *r, struct application *application)
{
    struct wish wish = wish_of(application);
    struct pass pass, other;
    enum error overlap;

    TRY(pass_lock_vehicle(r, &wish));
    TRY(pass_of(r, application->id, &pass));
    overlap = pass_find_overlap(r, application->service, &wish, &other);
    if (overlap == E_OK)
        return refuse(r, PASS_OVERLAPS, VALUES("from", other.valid_from));
    if (overlap != E_NOT_FOUND)
        return overlap;
    if (pass.quota_part != NONE && pass.valid_to.number >= civil_day(r->now).number)
        TRY(quota_take(r, pass.area, pass.valid_from, &pass.quota_part));
    return pass_restore(r, &pass);
}

static const struct case_hook hooks[] = {
    {"record_pass", record_pass},
    {"reserve_and_record", reserve_and_record},
    {"end_pass", end_pass},
    {"end_reservation", end_reservation},
    {"end_pass_of_abuser", end_pass_of_abuser},
    {.name = NULL},
};

extern const struct service_file service_files[];

const struct domain road_domain = {.files = service_files,
                                   .checks = checks,
                                   .facts = facts,
                                   .hooks = hooks,
                                   .restore = restore_pass};

/* --- The law as a worker knows it ---------------------------------------------------------------
 */

const struct kind_rule *kind_rule_of(const struct road *road, const char *code, struct day on)
{
    const struct kind_rule *rule = road->kinds.items;

    for (size_t i = 0; i < road->kinds.count; i++, rule++)
        if (strcmp(rule->service, code) == 0 && is_in_force(rule->valid_from, rule->valid_to, on))
            return rule;
    return NULL;
}

enum error road_open(struct process *process, const void *settings, void **state)
{
    struct request *r = request_open(process);
    struct road *road = arena_alloc(r->arena, sizeof(*road));

    TRY(casework_open(r, &road_domain, settings, &road->casework));
    *state = road;
    if (db_many(r, &kind_sql[LIST_KINDS], &road->kinds, NO_VALUES) == E_OK)
        return E_OK;
    return process_failed(process, "road_kind: %s", failure_text(r));
}

void road_close(void *state)
{
    struct road *road = state;

    casework_close(&road->casework);
}
