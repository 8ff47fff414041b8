#include "violation/hold.h"

#include "casework/obligation.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/money.h"
#include "violation/release.h"
#include "violation/study.h"

static const struct field item_fields[] = {
    FIELD(struct held_item, id),
    FIELD(struct held_item, item_no),
    FIELD(struct held_item, kind),
    FIELD_OR_NULL(struct held_item, plate_type),
    FIELD_OR_NULL(struct held_item, plate),
    FIELD_OR_NULL(struct held_item, person_id),
    FIELD(struct held_item, reason),
    FIELD_OR_NULL(struct held_item, decision_no),
    FIELD(struct held_item, pound),
    FIELD(struct held_item, held_on),
    FIELD_OR_NULL(struct held_item, noticed_on),
    FIELD_OR_NULL(struct held_item, suspended_until),
    FIELD(struct held_item, state),
    FIELD(struct held_item, observed_at),
    FIELD_OR_NULL(struct held_item, title),
    FIELD_OR_NULL(struct held_item, basis),
    FIELD_OR_NULL(struct held_item, conditions),
    FIELD_OR_NULL(struct held_item, pound_name),
    FIELD_OR_NULL(struct held_item, pound_address),
    FIELD_OR_NULL(struct held_item, pound_hours),
    FIELD_OR_NULL(struct held_item, owner_id),
    FIELD_OR_NULL(struct held_item, organisation_id),
    FIELD_OR_NULL(struct held_item, owner_source),
    FIELD_OR_NULL(struct held_item, owner_observed_at),
    FIELD_OR_NULL(struct held_item, inspection_due_on),
    FIELD_OR_NULL(struct held_item, fen_a_day),
    FIELD_OR_NULL(struct held_item, free_days),
    FIELD_OR_NULL(struct held_item, storage_source),
    FIELD_END,
};

struct found_item {
    const char *id;
};

static const struct field found_item_fields[] = {FIELD(struct found_item, id), FIELD_END};

struct found_decision {
    const char *obligation_id;
};

static const struct field found_decision_fields[] = {
    FIELD_OR_NULL(struct found_decision, obligation_id),
    FIELD_END,
};

static const struct field policy_fields[] = {
    FIELD(struct policy, valid_from),
    FIELD(struct policy, valid_to),
    FIELD(struct policy, source),
    FIELD(struct policy, observed_at),
    FIELD_END,
};

enum { LIST_ITEMS, FIND_ITEM, FIND_ITEM_NO, FIND_ANY_ITEM, FIND_FINE, FIND_POLICY, STATEMENTS_END };

/* The version of the law on the day of the holding; of the storage rule, on that of the notice. */
#define ITEM                                                                                       \
    "SELECT h.id, h.item_no, h.kind, h.plate_type, h.plate, h.person_id, h.reason,"                \
    "  h.decision_no, h.pound, h.held_on, h.noticed_on, h.suspended_until, h.state,"               \
    "  h.observed_at, q.title, q.basis, q.conditions, p.name AS pound_name,"                       \
    "  p.address AS pound_address, p.hours AS pound_hours, v.owner_id, v.organisation_id,"         \
    "  v.source AS owner_source, v.observed_at AS owner_observed_at, v.inspection_due_on,"         \
    "  s.fen_a_day, s.free_days, s.source AS storage_source FROM held_item h"                      \
    "  LEFT JOIN hold_reason q ON q.code = h.reason AND q.valid_from <= h.held_on"                 \
    "    AND (q.valid_to IS NULL OR q.valid_to >= h.held_on)"                                      \
    "  LEFT JOIN pound p ON p.code = h.pound"                                                      \
    "  LEFT JOIN vehicle v ON v.plate_type = h.plate_type AND v.plate = h.plate"                   \
    "  LEFT JOIN storage_rule s ON h.kind = 'vehicle' AND s.plate_type = h.plate_type"             \
    "    AND s.valid_from <= COALESCE(h.noticed_on, h.held_on)"                                    \
    "    AND (s.valid_to IS NULL OR s.valid_to >= COALESCE(h.noticed_on, h.held_on))"

/* A driver's licence is nobody's business but its holder's. */
#define OWN                                                                                        \
    "  JOIN (SELECT id FROM held_item WHERE person_id = ?"                                         \
    "    UNION SELECT i.id FROM vehicle o JOIN held_item i ON i.plate_type = o.plate_type"         \
    "      AND i.plate = o.plate WHERE o.owner_id = ? AND i.kind <> 'driver_licence'"              \
    "    UNION SELECT i.id FROM vehicle o JOIN held_item i ON i.plate_type = o.plate_type"         \
    "      AND i.plate = o.plate WHERE o.organisation_id = ? AND i.kind <> 'driver_licence')"      \
    "  own ON own.id = h.id"

const struct statement hold_sql[] = {
    [LIST_ITEMS] = {.sql = ITEM OWN " ORDER BY h.held_on DESC, h.id DESC LIMIT 50",
                    ROWS(struct held_item, item_fields)},
    [FIND_ITEM] = {.sql = ITEM OWN " WHERE h.id = ?", ROWS(struct held_item, item_fields)},
    [FIND_ITEM_NO] = {.sql = ITEM OWN " WHERE h.item_no = ?", ROWS(struct held_item, item_fields)},
    [FIND_ANY_ITEM] = {.sql = "SELECT id FROM held_item WHERE id = ? OR item_no = ? LIMIT 1",
                       ROWS(struct found_item, found_item_fields)},
    [FIND_FINE] = {.sql = "SELECT obligation_id FROM violation_decision WHERE decision_no = ?",
                   ROWS(struct found_decision, found_decision_fields)},
    [FIND_POLICY] = {.sql = "SELECT valid_from, valid_to, source, observed_at FROM vehicle_policy"
                            "  WHERE plate_type = ? AND plate = ? AND state = 'in_force'"
                            "  ORDER BY valid_from <= ? AND valid_to >= ? DESC, valid_to DESC"
                            "  LIMIT 1",
                     ROWS(struct policy, policy_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error list_held_items(struct request *r, const char *principal_id, struct records *items)
{
    return db_many(r, &hold_sql[LIST_ITEMS], items,
                   VALUES(principal_id, principal_id, principal_id));
}

/* What others own looks absent, but it is noted that somebody asked for it. */
static enum error find_own(struct request *r, size_t which, const char *principal_id,
                           const char *named, struct held_item *item)
{
    struct found_item foreign;
    enum error found =
        db_one(r, &hold_sql[which], item, VALUES(principal_id, principal_id, principal_id, named));

    if (found != E_NOT_FOUND)
        return found;
    found = db_one(r, &hold_sql[FIND_ANY_ITEM], &foreign, VALUES(named, named));
    if (found == E_OK)
        audit_refusal(r, foreign.id, "held item of another person");
    return found == E_OK ? E_NOT_FOUND : found;
}

enum error find_held_item(struct request *r, const char *principal_id, const char *id,
                          struct held_item *item)
{
    return find_own(r, FIND_ITEM, principal_id, id, item);
}

enum error find_held_by_no(struct request *r, const char *principal_id, const char *item_no,
                           struct held_item *item)
{
    return find_own(r, FIND_ITEM_NO, principal_id, item_no, item);
}

static enum error find_fine(struct request *r, struct hold_facts *facts)
{
    struct found_decision decision;
    struct obligation fine;
    enum error found;

    facts->fine_due = (struct fen){0};
    if (facts->decision_no == NULL)
        return E_OK;
    found = db_one(r, &hold_sql[FIND_FINE], &decision, VALUES(facts->decision_no));
    facts->is_decision_known = found == E_OK;
    if (found != E_OK || decision.obligation_id == NULL)
        return found == E_NOT_FOUND ? E_OK : found;
    TRY(obligation_find(r, decision.obligation_id, &fine));
    if (fine.settled_at.ms != NONE || fine.withdrawn_at.ms != NONE)
        return E_OK;
    facts->fine_due = amount_due(&fine, r->now).total_fen;
    if (IS_ONE_OF(r->person_id, fine.person_id) || IS_ONE_OF(r->person_id, fine.owner_id))
        facts->obligation_id = fine.id;
    return E_OK;
}

static enum error find_policy(struct request *r, const struct held_item *item,
                              struct hold_facts *facts)
{
    enum error found;

    if (item->plate == NULL)
        return E_OK;
    found = db_one(r, &hold_sql[FIND_POLICY], &facts->policy,
                   VALUES(item->plate_type, item->plate, facts->today, facts->today));
    return found == E_NOT_FOUND ? E_OK : found;
}

static enum error find_licence_state(struct request *r, const struct held_item *item,
                                     struct hold_facts *facts)
{
    struct driver driver;

    if (item->person_id == NULL || item->conditions == NULL ||
        (strstr(item->conditions, "study_done") == NULL &&
         strstr(item->conditions, "suspension_over") == NULL))
        return E_OK;
    TRY(load_driver(r, item->person_id, &driver));
    if (driver.licence.id == NULL)
        return E_OK;
    facts->licence_state = driver.licence.state;
    facts->is_study_done = is_lifted(&driver);
    facts->study_step = missing_step(&driver);
    return E_OK;
}

static enum error find_storage(struct request *r, const struct held_item *item,
                               struct hold_facts *facts)
{
    struct records bills;
    const struct storage_bill *bill;

    struct fen cost = storage_cost(&facts->storage, facts->today);

    facts->storage_paid = (struct fen){0};
    TRY(list_storage_bills(r, item->id, &bills));
    bill = bills.items;
    for (size_t i = 0; i < bills.count; i++, bill++)
        if (bill->settled_at.ms != NONE && bill->withdrawn_at.ms == NONE)
            facts->storage_paid = fen_add(facts->storage_paid, bill->amount_fen);
    facts->storage_due = cost.fen <= facts->storage_paid.fen
                             ? (struct fen){0}
                             : fen_subtract(cost, facts->storage_paid);
    return E_OK;
}

enum error find_hold_facts(struct request *r, const char *principal_id,
                           const struct held_item *item, struct hold_facts *facts)
{
    *facts = (struct hold_facts){
        .today = civil_day(r->now),
        .decision_no = item->decision_no,
        .suspended_until = item->suspended_until,
        .inspection_due_on = item->inspection_due_on,
        .is_owner = IS_ONE_OF(principal_id, item->owner_id) ||
                    IS_ONE_OF(principal_id, item->organisation_id),
        .storage = {item->noticed_on, item->fen_a_day, item->free_days},
    };
    TRY(find_fine(r, facts));
    TRY(find_policy(r, item, facts));
    TRY(find_licence_state(r, item, facts));
    return find_storage(r, item, facts);
}
