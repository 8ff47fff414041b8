#include "violation/cloned.h"

#include "casework/office_routes.h"
#include "core/clock.h"
#include "violation/applications.h"
#include "violation/withdraw.h"

CLONED_REASONS(REASON_DEFINE)

enum { PAGES_MAX = 7 };

#define GROUND "号牌被套用"

struct claim claim_of(const struct application *a)
{
    return (struct claim){
        .owner_id = a->applicant_id,
        .plate_type = form_text(a->definition, a->form, "plate_type"),
        .plate = form_text(a->definition, a->form, "plate"),
        .from_on = form_day(a->definition, a->form, "from_on"),
        .to_on = form_day(a->definition, a->form, "to_on"),
    };
}

static bool has_vehicle(const struct claim *claim)
{
    return claim->plate_type != NULL && claim->plate != NULL;
}

static bool has_days(const struct claim *claim)
{
    return claim->from_on.number != NONE && claim->to_on.number != NONE;
}

/* --- What has to be there, each told at once -------------------------------------------------- */

enum error check_claim_vehicle(struct request *r, const struct application *application)
{
    const struct claim claim = claim_of(application);
    struct claimed_vehicle vehicle;
    enum error found;

    if (!has_vehicle(&claim))
        return E_OK;
    found = find_claimed_vehicle(r, &claim, &vehicle);
    if (found == E_NOT_FOUND)
        reason(r, VEHICLE_NOT_OWN, VALUES(claim.plate_type, claim.plate));
    return found == E_NOT_FOUND ? E_OK : found;
}

static bool is_span(const struct request *r, const struct clone_rule *rule,
                    const struct claim *claim)
{
    return claim->from_on.number <= claim->to_on.number &&
           claim->to_on.number <= civil_day(r->now).number &&
           claim->to_on.number - claim->from_on.number < rule->max_days;
}

enum error check_claim_days(struct request *r, const struct application *application)
{
    const struct claim claim = claim_of(application);
    struct clone_rule rule;

    if (!has_days(&claim))
        return E_OK;
    TRY(find_clone_rule(r, civil_day(r->now), &rule));
    if (!is_span(r, &rule, &claim))
        reason(r, CLAIM_DAYS, VALUES(claim.from_on, claim.to_on, rule.max_days));
    return E_OK;
}

enum error check_claim_cases(struct request *r, const struct application *application)
{
    const struct claim claim = claim_of(application);
    struct clone_rule rule;
    struct claimed_vehicle vehicle;
    struct records ids;
    const struct claimed_id *one;
    enum error found;
    bool is_other;

    TRY(find_clone_rule(r, civil_day(r->now), &rule));
    if (!has_vehicle(&claim) || !has_days(&claim) || !is_span(r, &rule, &claim))
        return E_OK; /* said already */
    found = find_claimed_vehicle(r, &claim, &vehicle);
    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    TRY(claims_other_vehicle(r, application->id, &claim, &is_other));
    if (is_other)
        reason(r, OTHER_VEHICLE, VALUES(claim.plate));
    TRY(list_claimable(r, &claim, &ids));
    if (ids.count == 0)
        reason(r, NOTHING_TO_CLAIM, VALUES(claim.plate, claim.from_on, claim.to_on));
    if ((int64_t)ids.count > rule.max_cases)
        return refuse(r, TOO_MUCH_TO_CLAIM, VALUES(claim.plate, rule.max_cases));
    one = ids.items;
    for (size_t i = 0; i < ids.count; i++, one++)
        TRY(check_no_other_dispute(r, application->id, one->id));
    return E_OK;
}

/* --- The search ------------------------------------------------------------------------------- */

struct sightings {
    struct sighting *items;
    size_t count;
    bool is_cut;
};

static struct instant begins_on(int64_t day)
{
    return day_start((struct day){day});
}

static enum error read_sightings(struct request *r, const struct claim *claim,
                                 struct sightings *all)
{
    struct sighting after = {
        .agency = "", .record_no = "", .passed_at = begins_on(claim->from_on.number - 1)};
    struct instant until = begins_on(claim->to_on.number + 2);

    *all = (struct sightings){
        .items = arena_alloc(r->arena, PAGES_MAX * SIGHTINGS_PAGE * sizeof(*all->items)),
        .is_cut = true};
    for (int page = 0; page < PAGES_MAX && all->is_cut; page++) {
        struct records rows;

        TRY(list_sightings(r, claim, &after, until, &rows));
        if (rows.count > 0)
            memcpy(all->items + all->count, rows.items, rows.count * sizeof(*all->items));
        all->count += rows.count;
        all->is_cut = rows.count == SIGHTINGS_PAGE;
        if (all->is_cut)
            after = all->items[all->count - 1];
    }
    return E_OK;
}

enum error search_passages(struct request *r, const struct application *application)
{
    const struct claim claim = claim_of(application);
    struct impossible_pair *pairs = arena_alloc(r->arena, PAIRS_MAX * sizeof(*pairs));
    struct clone_search search = {.searched_at = r->now};
    struct sightings all;
    struct clone_rule rule;
    size_t count;
    enum error error;

    TRY(find_clone_rule(r, civil_day(r->now), &rule));
    TRY(read_sightings(r, &claim, &all));
    count = find_pairs(&rule, all.items, all.count, pairs, PAIRS_MAX);
    search.from_on = (struct day){claim.from_on.number - 1};
    search.to_on = (struct day){claim.to_on.number + 1};
    search.passages = (int64_t)all.count;
    search.is_cut = all.is_cut;
    search.pairs = (int64_t)count;
    search.rule_valid_from = rule.valid_from;
    error = insert_search(r, application->id, &search);
    for (size_t i = 0; i < count && (error == E_OK || error == E_EXISTS); i++)
        error = insert_evidence(r, application->id, &pairs[i]);
    return error == E_EXISTS ? E_OK : error; /* found before */
}

/* --- What the acts do ------------------------------------------------------------------------- */

/* Of the owner and not withdrawn, now that it is locked. */
static bool is_claimable(const struct violation *act, const struct claim *claim)
{
    return strcmp(act->state, "withdrawn") != 0 &&
           (act->person_id == NULL || strcmp(act->person_id, claim->owner_id) == 0);
}

/* All are locked, ascending, before the first is changed. */
static enum error open_disputes(struct request *r, const struct application *application,
                                const struct records *ids)
{
    const struct claim claim = claim_of(application);
    const struct claimed_id *one = ids->items;
    bool *is_open = arena_alloc(r->arena, ids->count + 1);

    for (size_t i = 0; i < ids->count; i++) {
        struct violation act;

        TRY(lock_case(r, one[i].id, &act));
        is_open[i] = is_claimable(&act, &claim);
        if (is_open[i])
            TRY(check_no_other_dispute(r, application->id, one[i].id));
    }
    TRY(refused(r));
    for (size_t i = 0; i < ids->count; i++)
        if (is_open[i])
            TRY(open_dispute(r, application->id, one[i].id));
    return E_OK;
}

enum error begin_claim(struct request *r, struct application *application)
{
    const struct claim claim = claim_of(application);
    struct records ids;

    TRY(close_disputes(r, application->id));
    TRY(list_claimable(r, &claim, &ids));
    TRY(open_disputes(r, application, &ids));
    return search_passages(r, application);
}

/* Those of the days that were named last; all are locked before the first falls. */
enum error withdraw_cloned(struct request *r, struct application *application)
{
    struct records cases;
    const struct disputed *one;

    TRY(list_disputed(r, application->id, &cases));
    one = cases.items;
    for (size_t i = 0; i < cases.count; i++)
        TRY(lock_case(r, one[i].case_id, &(struct violation){.id = NULL}));
    for (size_t i = 0; i < cases.count; i++)
        TRY(withdraw_violation(r, one[i].case_id, application->id, GROUND));
    return close_disputes(r, application->id);
}

/* Without a pair it is still the officer's to decide, but he has to say why. */
enum error check_claim_evidence(struct request *r, const struct application *application)
{
    struct records pairs;

    if (strcmp(application->service, "violation.cloned") != 0 ||
        r->route->handler != office_approve)
        return E_OK;
    TRY(list_evidence(r, application->id, &pairs));
    if (pairs.count == 0 && ((const struct reason_input *)r->input)->reason == NULL)
        reason(r, EVIDENCE_ABSENT, VALUES(application->id));
    return E_OK;
}
