/* What of the caller is held, told whole: why, where, what its release lacks and costs, and by
 * when. */

#include "casework/acting.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/money.h"
#include "core/ulid.h"
#include "violation/release.h"
#include "violation/state.h"

#include <inttypes.h>

const struct param held_params[] = {
    PARAM(struct held_input, mandate_id, .source = QUERY, .check = is_ulid, .optional = true),
    PARAM_END,
};

const struct param storage_params[] = {
    PARAM(struct storage_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct storage_input, mandate_id, .source = BODY, .check = is_ulid, .optional = true),
    PARAM(struct storage_input, pickup_on, .source = BODY, .optional = true),
    PARAM_END,
};

const struct field storage_bill_fields[] = {
    FIELD(struct storage_bill, obligation_id),
    FIELD(struct storage_bill, pickup_on),
    FIELD(struct storage_bill, amount_fen),
    FIELD_END,
};

struct condition_view {
    const char *code, *name;
    bool is_met;
    const char *message;
    struct fen amount_fen;
    const char *obligation_id, *found;
    struct day on;
};

static const struct field condition_fields[] = {
    FIELD(struct condition_view, code),
    FIELD(struct condition_view, name),
    FIELD(struct condition_view, is_met),
    FIELD_OR_NULL(struct condition_view, message),
    FIELD_OR_NULL(struct condition_view, amount_fen),
    FIELD_OR_NULL(struct condition_view, obligation_id),
    FIELD_OR_NULL(struct condition_view, found),
    FIELD_OR_NULL(struct condition_view, on),
    FIELD_END,
};

struct held_view {
    const char *id, *item_no, *kind, *plate_type, *plate, *state;
    const char *reason_code, *reason, *basis, *decision_no;
    const char *pound, *pound_name, *pound_address, *pound_hours;
    struct day held_on, noticed_on;
    struct records conditions; /* none once it was released */
    /* How the cost of its keeping is made up; nothing before storage_from. */
    struct day storage_from;
    int64_t storage_days;
    struct fen fen_a_day, storage_fen, storage_paid_fen;
    const char *storage_source;
    /* Not fetched by then, and not after three months of public notice, it may be disposed of. */
    struct day come_until, disposal_from;
    const char *release_service; /* by which to apply; NULL while a condition is missing */
    const char *order_no, *application_id;
    struct day order_valid_to;
};

const struct field held_view_fields[] = {
    FIELD(struct held_view, id),
    FIELD(struct held_view, item_no),
    FIELD(struct held_view, kind),
    FIELD_OR_NULL(struct held_view, plate_type),
    FIELD_OR_NULL(struct held_view, plate),
    FIELD(struct held_view, state),
    FIELD(struct held_view, reason_code),
    FIELD_OR_NULL(struct held_view, reason),
    FIELD_OR_NULL(struct held_view, basis),
    FIELD_OR_NULL(struct held_view, decision_no),
    FIELD(struct held_view, pound),
    FIELD_OR_NULL(struct held_view, pound_name),
    FIELD_OR_NULL(struct held_view, pound_address),
    FIELD_OR_NULL(struct held_view, pound_hours),
    FIELD(struct held_view, held_on),
    FIELD_OR_NULL(struct held_view, noticed_on),
    FIELD_LIST(struct held_view, conditions, condition_fields, struct condition_view),
    FIELD_OR_NULL(struct held_view, storage_from),
    FIELD(struct held_view, storage_days),
    FIELD_OR_NULL(struct held_view, fen_a_day),
    FIELD(struct held_view, storage_fen),
    FIELD(struct held_view, storage_paid_fen),
    FIELD_OR_NULL(struct held_view, storage_source),
    FIELD_OR_NULL(struct held_view, come_until),
    FIELD_OR_NULL(struct held_view, disposal_from),
    FIELD_OR_NULL(struct held_view, release_service),
    FIELD_OR_NULL(struct held_view, order_no),
    FIELD_OR_NULL(struct held_view, application_id),
    FIELD_OR_NULL(struct held_view, order_valid_to),
    FIELD_END,
};

static enum error find_principal(struct request *r, const char *mandate_id, struct acting *acting)
{
    *acting = (struct acting){NULL, PERSON_APPLICANT, r->person_id};
    return mandate_id == NULL ? E_OK : acting_by(r, mandate_id, acting);
}

/* --- What is shown ------------------------------------------------------------------------------
 */

static struct held_view view_of(const struct held_item *item)
{
    return (struct held_view){
        .id = item->id,
        .item_no = item->item_no,
        .kind = item->kind,
        .plate_type = item->plate_type,
        .plate = item->plate,
        .state = item->state,
        .reason_code = item->reason,
        .reason = item->title,
        .basis = item->basis,
        .decision_no = item->decision_no,
        .pound = item->pound,
        .pound_name = item->pound_name,
        .pound_address = item->pound_address,
        .pound_hours = item->pound_hours,
        .held_on = item->held_on,
        .noticed_on = item->noticed_on,
        .fen_a_day = item->fen_a_day,
        .storage_source = item->storage_source,
        .come_until = {NONE},
        .disposal_from = {NONE},
        .order_valid_to = {NONE},
    };
}

/* Until then; used up, the item was given back. Gives the day on which it left, or today. */
static enum error show_order(struct request *r, struct held_view *view, struct day *until)
{
    struct release_order order;
    enum error found = find_order_of(r, view->id, &order);

    *until = civil_day(r->now);
    if (found == E_NOT_FOUND)
        return E_OK;
    TRY(found);
    if (order.used_at.ms != NONE) {
        view->state = "returned";
        *until = civil_day(order.used_at);
    } else if (strcmp(view->state, "held") != 0 || order.valid_to.number < until->number) {
        return E_OK;
    } else {
        view->state = "ordered";
    }
    view->order_no = order.order_no;
    view->application_id = order.application_id;
    view->order_valid_to = order.valid_to;
    return E_OK;
}

static const char *service_for(const char *kind, bool is_scan_needed)
{
    if (is_scan_needed)
        return "violation.release_by_scan";
    return strcmp(kind, "vehicle") == 0 ? "violation.release_vehicle"
                                        : "violation.release_documents";
}

static void show_conditions(struct request *r, const struct held_item *item,
                            const struct hold_facts *facts, struct held_view *view)
{
    struct condition judged[CONDITIONS_MAX];
    size_t count =
        judge_conditions(item->conditions == NULL ? "unknown" : item->conditions, facts, judged);
    struct condition_view *shown = arena_alloc(r->arena, count * sizeof(*shown));
    bool is_scan_needed = false, is_missing = false;

    for (size_t i = 0; i < count; i++) {
        const struct condition *one = &judged[i];

        shown[i] =
            (struct condition_view){one->code,       one->name,
                                    one->is_met,     one->is_met ? NULL : one->missing->message,
                                    one->amount_fen, one->obligation_id,
                                    one->found,      one->on};
        is_scan_needed |= !one->is_met && one->is_scannable;
        is_missing |= !one->is_met && !one->is_scannable;
    }
    view->conditions = (struct records){shown, count};
    if (strcmp(view->state, "held") == 0 && !is_missing)
        view->release_service = service_for(item->kind, is_scan_needed);
}

/* Implementing Regulation 107: thirty days to come, then notice and three months of public notice.
 */
static enum error show_terms(struct request *r, const struct held_item *item,
                             struct held_view *view)
{
    struct day last, start;

    if (strcmp(item->kind, "vehicle") != 0)
        return E_OK;
    TRY(find_term_end(r, "hold.come", item->held_on, item->held_on, &view->come_until, NULL));
    if (item->noticed_on.number == NONE)
        return E_OK;
    start = item->noticed_on.number > view->come_until.number ? item->noticed_on : view->come_until;
    TRY(find_term_end(r, "hold.public_notice", start, start, &last, NULL));
    view->disposal_from = (struct day){last.number + 1};
    return E_OK;
}

static enum error show_item(struct request *r, const char *principal_id,
                            const struct held_item *item, struct held_view *view)
{
    struct hold_facts facts;
    struct day until;

    *view = view_of(item);
    TRY(show_order(r, view, &until));
    TRY(find_hold_facts(r, principal_id, item, &facts));
    view->storage_from = storage_from(&facts.storage);
    view->storage_days = storage_days(&facts.storage, until);
    view->storage_fen = storage_cost(&facts.storage, until);
    view->storage_paid_fen = facts.storage_paid;
    if (!IS_ONE_OF(view->state, "held", "ordered"))
        return E_OK;
    show_conditions(r, item, &facts, view);
    return show_terms(r, item, view);
}

enum error list_held(struct request *r)
{
    const struct held_input *in = r->input;
    struct acting acting;
    struct records items;
    const struct held_item *item;
    struct held_view *views;

    TRY(find_principal(r, in->mandate_id, &acting));
    TRY(list_held_items(r, acting.principal_id, &items));
    item = items.items;
    views = arena_alloc(r->arena, (items.count + 1) * sizeof(*views));
    for (size_t i = 0; i < items.count; i++, item++)
        TRY(show_item(r, acting.principal_id, item, &views[i]));
    return reply_page(r, held_view_fields, sizeof(*views), (struct records){views, items.count},
                      NULL);
}

/* --- The bill -----------------------------------------------------------------------------------
 */

/* The one that is neither paid nor withdrawn; at most one is. */
static enum error find_open_bill(struct request *r, const char *item_id, struct storage_bill *open)
{
    struct records bills;
    const struct storage_bill *bill;

    TRY(list_storage_bills(r, item_id, &bills));
    bill = bills.items;
    for (size_t i = 0; i < bills.count; i++, bill++)
        if (bill->settled_at.ms == NONE && bill->withdrawn_at.ms == NONE) {
            *open = *bill;
            return E_OK;
        }
    return E_NOT_FOUND;
}

/* From then on nobody settles it behind our back; who just did is seen. */
static enum error lock_open_bill(struct request *r, const char *item_id, struct storage_bill *open,
                                 struct obligation *owed)
{
    TRY(find_open_bill(r, item_id, open));
    TRY(obligation_lock(r, &open->obligation_id, 1, owed));
    return find_open_bill(r, item_id, open);
}

static enum error check_billable(struct request *r, const struct held_item *item,
                                 struct day pickup_on)
{
    struct day today = civil_day(r->now), last;
    struct release_order order;
    enum error found = find_order_of(r, item->id, &order);

    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    if (strcmp(item->state, "held") != 0 || (found == E_OK && order.used_at.ms != NONE))
        reason(r, ITEM_RELEASED, VALUES(item->item_no, item->state));
    TRY(find_term_end(r, "release.fetch", today, today, &last, NULL));
    if (pickup_on.number < today.number || pickup_on.number > last.number)
        reason(r, PICKUP_DAY, VALUES("pickup_on", pickup_on, today, last));
    return refused(r);
}

static enum error insert_bill(struct request *r, const struct held_item *item,
                              struct storage_bill *bill)
{
    const struct obligation obligation = {
        .id = bill->obligation_id,
        .module = "violation",
        .kind = "fee",
        .ref_no = arena_printf(r->arena, "BG%s", bill->obligation_id),
        .account = "fee_treasury",
        .title = arena_printf(r->arena, "扣留车辆保管费（至%s）",
                              day_to_text(r->arena, bill->pickup_on)),
        .person_id = r->person_id,
        .owner_id = item->owner_id,
        .base_fen = bill->amount_fen,
        .due_on = bill->pickup_on,
        .decided_at = r->now,
    };

    TRY(obligation_insert(r, &obligation));
    TRY(insert_storage_bill(r, bill));
    audit(r, "bill_storage", item->id, "obligation=%s amount_fen=%" PRId64, bill->obligation_id,
          bill->amount_fen.fen);
    return E_OK;
}

struct billing {
    const char *principal_id;
    struct storage_bill bill;
};

/* As it was asked for, and payable by who asks now. */
static bool is_same_bill(const struct request *r, const struct storage_bill *open,
                         const struct obligation *owed, const struct storage_bill *wanted)
{
    return open->pickup_on.number == wanted->pickup_on.number &&
           open->amount_fen.fen == wanted->amount_fen.fen &&
           IS_ONE_OF(r->person_id, owed->person_id, owed->owner_id);
}

/* A bill for another day, or for somebody else, takes the place of the one that nobody paid. */
static enum error bill(struct request *r, void *product)
{
    const struct storage_input *in = r->input;
    struct billing *billing = product;
    struct day pickup_on = in->pickup_on.number == NONE ? civil_day(r->now) : in->pickup_on;
    struct storage_bill open = {.obligation_id = NULL};
    struct obligation owed;
    struct hold_facts facts;
    struct held_item item;
    struct fen cost;
    enum error found;

    TRY(find_held_item(r, billing->principal_id, in->id, &item));
    TRY(lock_release(r, item.id));
    TRY(check_billable(r, &item, pickup_on));
    found = lock_open_bill(r, item.id, &open, &owed);
    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    TRY(find_hold_facts(r, billing->principal_id, &item, &facts));
    cost = storage_cost(&facts.storage, pickup_on);
    if (cost.fen <= facts.storage_paid.fen)
        return refuse(r, NO_STORAGE_OWED, VALUES(item.item_no, pickup_on, facts.storage_paid));
    cost = fen_subtract(cost, facts.storage_paid);
    billing->bill = (struct storage_bill){.obligation_id = ulid_new(r),
                                          .item_id = item.id,
                                          .pickup_on = pickup_on,
                                          .amount_fen = cost};
    if (found == E_OK && is_same_bill(r, &open, &owed, &billing->bill)) {
        billing->bill = open;
        return E_OK;
    }
    if (found == E_OK)
        TRY(obligation_withdraw(r, open.obligation_id, r->now));
    return insert_bill(r, &item, &billing->bill);
}

enum error bill_storage(struct request *r)
{
    const struct storage_input *in = r->input;
    struct billing billing;
    struct acting acting;

    TRY(find_principal(r, in->mandate_id, &acting));
    billing.principal_id = acting.principal_id;
    TRY(db_transaction(r, bill, &billing));
    return reply_record(r, 201, storage_bill_fields, &billing.bill);
}
