/* What speaks for a claim, on one page: the violations, where the plate was seen around each, and
   the pairs that can not be of one car. The applicant reads of the pairs; an officer reads all of
   it. */

#include <inttypes.h>

#include "casework/office_routes.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/idempotency.h"
#include "core/ulid.h"
#include "violation/cloned.h"

const struct param evidence_params[] = {
    PARAM(struct evidence_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct evidence_input, after, .source = QUERY, .check = is_ulid, .optional = true),
    PARAM_END,
};

const struct param search_params[] = {
    PARAM(struct search_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct search_input, ver, .min = 1, .max = 1000000),
    PARAM_END,
};

struct evidence_view {
    const char *application_id, *application_no, *plate_type, *plate, *statement;
    /* The vehicle as it is registered now; NULL and NONE when the claimant owns it no longer. */
    struct day registered_on;
    const char *use_kind, *source;
    struct instant observed_at;
    struct instant searched_at;
    struct day from_on, to_on;
    int64_t passages;
    bool is_cut;
    const char *summary;
    int64_t max_kmh, clock_error_s;
    const char *rule_source;
    struct records pairs, violations;
    const char *next; /* where the next page of violations begins; NULL: this is the last */
};

#define PAIR_ENDS                                                                                  \
    FIELD(struct evidence, metres), FIELD(struct evidence, seconds),                               \
        FIELD_OR_NULL(struct evidence, needs_kmh), FIELD_OR_NULL(struct evidence, parked_until)
#define SIGHTING(which)                                                                            \
    FIELD(struct evidence, which##_at), FIELD(struct evidence, which##_place),                     \
        FIELD(struct evidence, which##_latitude), FIELD(struct evidence, which##_longitude)
#define RECORD(which)                                                                              \
    FIELD(struct evidence, which##_agency), FIELD(struct evidence, which##_record_no)

static const struct field pair_fields[] = {
    FIELD(struct evidence, kind),
    FIELD(struct evidence, text),
    SIGHTING(first),
    SIGHTING(second),
    PAIR_ENDS,
    FIELD_END,
};

static const struct field office_pair_fields[] = {
    FIELD(struct evidence, kind),
    FIELD(struct evidence, text),
    RECORD(first),
    SIGHTING(first),
    RECORD(second),
    SIGHTING(second),
    PAIR_ENDS,
    FIELD_END,
};

static const struct field case_fields[] = {
    FIELD(struct claimed_case, id),    FIELD(struct claimed_case, occurred_at),
    FIELD(struct claimed_case, place), FIELD(struct claimed_case, code),
    FIELD(struct claimed_case, state), FIELD_END,
};

static const struct field office_case_fields[] = {
    FIELD(struct claimed_case, id),
    FIELD(struct claimed_case, occurred_at),
    FIELD(struct claimed_case, place),
    FIELD(struct claimed_case, code),
    FIELD(struct claimed_case, state),
    FIELD(struct claimed_case, agency),
    FIELD(struct claimed_case, source_no),
    FIELD_OR_NULL(struct claimed_case, decision_no),
    FIELD_OR_NULL(struct claimed_case, fine_fen),
    FIELD_OR_NULL(struct claimed_case, points),
    FIELD_LIST(struct claimed_case, passages, sighting_fields, struct sighting),
    FIELD_END,
};

#define COMMON_FIELDS                                                                              \
    FIELD(struct evidence_view, application_id), FIELD(struct evidence_view, application_no),      \
        FIELD(struct evidence_view, plate_type), FIELD(struct evidence_view, plate),               \
        FIELD(struct evidence_view, searched_at), FIELD(struct evidence_view, from_on),            \
        FIELD(struct evidence_view, to_on), FIELD(struct evidence_view, passages),                 \
        FIELD(struct evidence_view, is_cut), FIELD(struct evidence_view, summary),                 \
        FIELD(struct evidence_view, max_kmh), FIELD(struct evidence_view, clock_error_s),          \
        FIELD(struct evidence_view, rule_source), FIELD_OR_NULL(struct evidence_view, next)

const struct field evidence_view_fields[] = {
    COMMON_FIELDS,
    FIELD_LIST(struct evidence_view, pairs, pair_fields, struct evidence),
    FIELD_LIST(struct evidence_view, violations, case_fields, struct claimed_case),
    FIELD_END,
};

const struct field office_evidence_fields[] = {
    COMMON_FIELDS,
    FIELD_OR_NULL(struct evidence_view, statement),
    FIELD_OR_NULL(struct evidence_view, registered_on),
    FIELD_OR_NULL(struct evidence_view, use_kind),
    FIELD_OR_NULL(struct evidence_view, source),
    FIELD_OR_NULL(struct evidence_view, observed_at),
    FIELD_LIST(struct evidence_view, pairs, office_pair_fields, struct evidence),
    FIELD_LIST(struct evidence_view, violations, office_case_fields, struct claimed_case),
    FIELD_END,
};

/* --- In words -----------------------------------------------------------------------------------
 */

static const char *moment(struct arena *arena, struct instant at)
{
    int64_t year, month, day, second = (at.ms - day_start(civil_day(at)).ms) / SECOND_MS;

    day_parts(civil_day(at), &year, &month, &day);
    return arena_printf(
        arena, "%" PRId64 "年%" PRId64 "月%" PRId64 "日%02" PRId64 ":%02" PRId64 ":%02" PRId64,
        year, month, day, second / 3600, second / 60 % 60, second % 60);
}

static const char *pair_text(struct arena *arena, const struct evidence *pair)
{
    const char *distance = arena_printf(arena, "%" PRId64 ".%" PRId64 "公里", pair->metres / 1000,
                                        pair->metres % 1000 / 100);
    const char *seconds =
        arena_printf(arena, "%" PRId64 "分%" PRId64 "秒", pair->seconds / 60, pair->seconds % 60);

    if (strcmp(pair->kind, "parked") == 0)
        return arena_printf(arena, "%s驶入%s，%s驶离；停放期间，%s在%s被记录，两地直线相距%s",
                            moment(arena, pair->first_at), pair->first_place,
                            moment(arena, pair->parked_until), moment(arena, pair->second_at),
                            pair->second_place, distance);
    return arena_printf(
        arena, "%s在%s，%s后在%s，两地直线相距%s；即使计入设备时钟误差，也需时速%" PRId64 "公里",
        moment(arena, pair->first_at), pair->first_place, seconds, pair->second_place, distance,
        pair->needs_kmh);
}

static const char *summary_of(struct arena *arena, const struct clone_search *search,
                              const struct records *pairs)
{
    const char *searched =
        arena_printf(arena, "检索了%s至%s的%" PRId64 "条过车和停车记录%s",
                     day_to_text(arena, search->from_on), day_to_text(arena, search->to_on),
                     search->passages, search->is_cut ? "（记录过多，仅检索至此）" : "");

    if (pairs->count == 0)
        return arena_printf(arena, "%s，没有发现两地同时出现", searched);
    return arena_printf(arena, "%s，发现%zu组不可能是同一辆车", searched, pairs->count);
}

/* --- The page -----------------------------------------------------------------------------------
 */

static enum error read_pairs(struct request *r, const char *application_id, struct records *pairs)
{
    struct evidence *one;

    TRY(list_evidence(r, application_id, pairs));
    one = (struct evidence *)(uintptr_t)pairs->items;
    for (size_t i = 0; i < pairs->count; i++)
        one[i].text = pair_text(r->arena, &one[i]);
    return E_OK;
}

static enum error read_cases(struct request *r, const char *application_id, const char *after,
                             struct evidence_view *view)
{
    const struct claimed_case *cases;

    TRY(list_claimed(r, application_id, after, &view->violations));
    cases = view->violations.items;
    view->next = NULL;
    if (view->violations.count > CASES_PAGE) {
        view->violations.count = CASES_PAGE;
        view->next = cases[CASES_PAGE - 1].id;
    }
    return E_OK;
}

/* E_NOT_FOUND when it is no claim, or was never submitted. */
static enum error read_view(struct request *r, const struct application *a, const char *after,
                            struct evidence_view *view)
{
    const struct claim claim = claim_of(a);
    struct clone_search search;
    struct clone_rule rule;

    if (strcmp(a->service, "violation.cloned") != 0)
        return E_NOT_FOUND;
    TRY(find_search(r, a->id, &search));
    TRY(find_clone_rule(r, search.rule_valid_from, &rule));
    *view = (struct evidence_view){
        .application_id = a->id,
        .application_no = a->application_no,
        .plate_type = claim.plate_type,
        .plate = claim.plate,
        .statement = form_text(a->definition, a->form, "statement"),
        .registered_on = {NONE},
        .observed_at = {NONE},
        .searched_at = search.searched_at,
        .from_on = search.from_on,
        .to_on = search.to_on,
        .passages = search.passages,
        .is_cut = search.is_cut,
        .max_kmh = rule.max_kmh,
        .clock_error_s = rule.clock_error_s,
        .rule_source = rule.source,
    };
    TRY(read_pairs(r, a->id, &view->pairs));
    view->summary = summary_of(r->arena, &search, &view->pairs);
    return read_cases(r, a->id, after, view);
}

static enum error read_vehicle(struct request *r, const struct claim *claim,
                               struct evidence_view *view)
{
    struct claimed_vehicle vehicle;
    enum error found = find_claimed_vehicle(r, claim, &vehicle);

    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    view->registered_on = vehicle.registered_on;
    view->use_kind = vehicle.use_kind;
    view->source = vehicle.source;
    view->observed_at = vehicle.observed_at;
    return E_OK;
}

static enum error read_surroundings(struct request *r, const struct claim *claim,
                                    struct evidence_view *view)
{
    struct claimed_case *one = (struct claimed_case *)(uintptr_t)view->violations.items;
    struct clone_rule rule;

    TRY(find_clone_rule(r, civil_day(view->searched_at), &rule));
    for (size_t i = 0; i < view->violations.count; i++, one++) {
        struct instant from = instant_add(one->occurred_at, -rule.around_minutes * MINUTE_MS);
        struct instant until = instant_add(one->occurred_at, rule.around_minutes * MINUTE_MS);

        TRY(list_around(r, claim, from, until, &one->passages));
    }
    return E_OK;
}

enum error show_evidence(struct request *r)
{
    const struct evidence_input *in = r->input;
    struct application application;
    struct evidence_view view;

    TRY(application_find_own(r, in->id, &application));
    TRY(read_view(r, &application, in->after, &view));
    return reply_record(r, 200, evidence_view_fields, &view);
}

static enum error reply_office_evidence(struct request *r, const struct application *application,
                                        const char *after)
{
    const struct claim claim = claim_of(application);
    struct evidence_view view;

    TRY(read_view(r, application, after, &view));
    TRY(read_vehicle(r, &claim, &view));
    TRY(read_surroundings(r, &claim, &view));
    audit(r, "evidence_read", application->id, "pairs=%zu violations=%zu", view.pairs.count,
          view.violations.count);
    return reply_record(r, 200, office_evidence_fields, &view);
}

enum error office_show_evidence(struct request *r)
{
    const struct evidence_input *in = r->input;
    struct application application;

    TRY(application_find_office(r, in->id, &application));
    return reply_office_evidence(r, &application, in->after);
}

static enum error search_again(struct request *r, void *product)
{
    const struct search_input *in = r->input;
    struct application *application = product;

    TRY(application_lock_office(r, in->id, application));
    if (!idempotency_is_new(r))
        return E_OK;
    TRY(application_check_version(r, application, in->ver));
    TRY(office_check_party(r, application));
    if (strcmp(application->service, "violation.cloned") != 0)
        return E_NOT_FOUND;
    if (!IS_ONE_OF(application->state, "accepted", "reviewing"))
        return refuse(r, NOT_IN_THIS_STATE, VALUES(application->state, "search"));
    TRY(search_passages(r, application));
    audit(r, "search_passages", application->id, "service=%s", application->service);
    return E_OK;
}

/* Agencies may tell late: what came since is found now. */
enum error office_search_again(struct request *r)
{
    struct application application;

    TRY(db_transaction(r, search_again, &application));
    return reply_office_evidence(r, &application, NULL);
}
