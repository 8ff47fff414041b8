/* The conditions, facts and hooks of the services by which what is held is released. */

#include "casework/identifier.h"
#include "core/clock.h"
#include "violation/applications.h"
#include "violation/release.h"
#include "violation/state.h"

/* By the number on the voucher, whosever it is not looks absent. */
static enum error find_named(struct request *r, const struct application *a, struct held_item *item)
{
    const char *typed = form_text(a->definition, a->form, "item_no");
    const char *item_no = typed == NULL ? NULL : canonical(r->arena, typed);

    return item_no == NULL ? E_NOT_FOUND : find_held_by_no(r, a->applicant_id, item_no, item);
}

static bool is_for_vehicles(const struct application *a)
{
    return strcmp(a->service, "violation.release_vehicle") == 0;
}

static bool is_for_documents(const struct application *a)
{
    return strcmp(a->service, "violation.release_documents") == 0;
}

enum error check_held_item_own(struct request *r, const struct application *application)
{
    const char *typed = form_text(application->definition, application->form, "item_no");
    const char *plate = form_text(application->definition, application->form, "plate");
    struct held_item item;
    enum error found = find_named(r, application, &item);
    bool is_vehicle;

    if (found == E_NOT_FOUND && typed != NULL)
        reason(r, ITEM_UNKNOWN, VALUES("item_no", typed));
    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    is_vehicle = strcmp(item.kind, "vehicle") == 0;
    if (is_vehicle ? is_for_documents(application) : is_for_vehicles(application))
        reason(r, ITEM_OTHER_KIND, VALUES("item_no", item.kind));
    if (plate != NULL && !IS_ONE_OF(plate, item.plate))
        reason(r, ITEM_OTHER_PLATE, VALUES("plate", mask_plate(r->arena, plate)));
    return E_OK;
}

/* Who fetches it is known to the pound by name and the end of the identity number, and not to us by
   more than that. */
enum error check_fetcher(struct request *r, const struct application *application)
{
    const char *tail = form_text(application->definition, application->form, "fetcher_id_tail");

    if (tail != NULL && (strlen(tail) != 4 || strspn(tail, "0123456789") < 3 ||
                         strchr("0123456789Xx", tail[3]) == NULL))
        reason(r, FIELD_INVALID, VALUES("fetcher_id_tail"));
    return E_OK;
}

/* An order of before that is over is in nobody's way. */
static enum error check_free(struct request *r, const struct held_item *item)
{
    struct release_order order;
    enum error found = find_order_of(r, item->id, &order);

    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    if (strcmp(item->state, "held") != 0)
        reason(r, ITEM_RELEASED, VALUES(item->item_no, item->state));
    else if (found == E_OK && order.used_at.ms != NONE)
        reason(r, ITEM_RELEASED, VALUES(item->item_no, order.used_at));
    else if (found == E_OK && order.valid_to.number >= civil_day(r->now).number)
        reason(r, ORDER_STANDS, VALUES(item->item_no, order.order_no, order.valid_to));
    return E_OK;
}

enum error check_not_released(struct request *r, const struct application *application)
{
    struct held_item item;
    enum error found = find_named(r, application, &item);

    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    return check_free(r, &item);
}

/* With the value that failed. */
static void name_missing(struct request *r, const struct condition *condition)
{
    if (condition->amount_fen.fen != NONE && condition->found != NULL)
        reason(r, *condition->missing,
               VALUES(condition->code, condition->found, condition->amount_fen));
    else if (condition->amount_fen.fen != NONE)
        reason(r, *condition->missing, VALUES(condition->code, condition->amount_fen));
    else if (condition->on.number != NONE)
        reason(r, *condition->missing, VALUES(condition->code, condition->on));
    else if (condition->found != NULL)
        reason(r, *condition->missing, VALUES(condition->code, condition->found));
    else
        reason(r, *condition->missing, VALUES(condition->code));
}

struct judged {
    struct hold_facts facts;
    struct condition conditions[CONDITIONS_MAX];
    size_t count;
};

static enum error judge(struct request *r, const struct application *a,
                        const struct held_item *item, struct judged *judged)
{
    TRY(find_hold_facts(r, a->applicant_id, item, &judged->facts));
    judged->count = judge_conditions(item->conditions == NULL ? "unknown" : item->conditions,
                                     &judged->facts, judged->conditions);
    return E_OK;
}

/* All that is missing. */
static enum error check_all(struct request *r, const struct application *a,
                            const struct held_item *item)
{
    struct judged judged;

    TRY(judge(r, a, item, &judged));
    for (size_t i = 0; i < judged.count; i++)
        if (!judged.conditions[i].is_met)
            name_missing(r, &judged.conditions[i]);
    return E_OK;
}

/* Documents are called like the conditions that they prove. */
static bool is_scanned(const struct records *documents, const char *code)
{
    const struct document_entry *document = documents->items;

    for (size_t i = 0; i < documents->count; i++, document++)
        if (document->upload_id != NULL && strcmp(document->code, code) == 0)
            return true;
    return false;
}

/* The same, but for what the officer saw on a scan: a fact that stood in for one may be gone. */
static enum error check_all_but_scanned(struct request *r, const struct application *a,
                                        const struct held_item *item)
{
    struct records documents;
    struct judged judged;

    TRY(documents_of(r, a, &documents));
    TRY(judge(r, a, item, &judged));
    for (size_t i = 0; i < judged.count; i++)
        if (!judged.conditions[i].is_met && !is_scanned(&documents, judged.conditions[i].code))
            name_missing(r, &judged.conditions[i]);
    return E_OK;
}

enum error check_release_conditions(struct request *r, const struct application *application)
{
    struct held_item item;
    enum error found = find_named(r, application, &item);

    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    return check_all(r, application, &item);
}

/* What may be scanned is asked for as a document. */
enum error check_release_by_scan(struct request *r, const struct application *application)
{
    struct held_item item;
    struct judged judged;
    enum error found = find_named(r, application, &item);
    bool is_scan_needed = false;

    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    TRY(judge(r, application, &item, &judged));
    for (size_t i = 0; i < judged.count; i++) {
        const struct condition *one = &judged.conditions[i];

        is_scan_needed |= !one->is_met && one->is_scannable;
        if (!one->is_met && !one->is_scannable)
            name_missing(r, one);
    }
    if (!is_scan_needed)
        reason(r, SCAN_NOT_NEEDED, VALUES(item.item_no));
    return E_OK;
}

/* --- Facts --------------------------------------------------------------------------------------
 */

/* No paper is asked for what the reason does not demand, nor for what is known. */
static enum error find_met(struct request *r, const struct application *a, const char *code,
                           struct fact_found *found)
{
    struct held_item item;
    struct judged judged;
    enum error error = find_named(r, a, &item);

    if (error != E_OK)
        return error == E_NOT_FOUND ? E_OK : error;
    TRY(judge(r, a, &item, &judged));
    *found = (struct fact_found){true, "hold_reason", item.observed_at};
    for (size_t i = 0; i < judged.count; i++) {
        const struct condition *one = &judged.conditions[i];

        if (strcmp(one->code, code) != 0)
            continue;
        found->is_found = one->is_met;
        if (one->is_met && strcmp(code, "policy_valid") == 0)
            *found = (struct fact_found){true, judged.facts.policy.source,
                                         judged.facts.policy.observed_at};
        else if (one->is_met && IS_ONE_OF(code, "owner_proven", "inspection_valid"))
            *found = (struct fact_found){true, item.owner_source, item.owner_observed_at};
    }
    return E_OK;
}

enum error find_policy_valid(struct request *r, const struct application *application,
                             struct fact_found *found)
{
    return find_met(r, application, "policy_valid", found);
}

enum error find_inspection_valid(struct request *r, const struct application *application,
                                 struct fact_found *found)
{
    return find_met(r, application, "inspection_valid", found);
}

enum error find_vehicle_of_applicant(struct request *r, const struct application *application,
                                     struct fact_found *found)
{
    return find_met(r, application, "owner_proven", found);
}

/* --- Hooks --------------------------------------------------------------------------------------
 */

/* Fifteen days to fetch it, and none for which storage is not paid. */
static enum error set_days(struct request *r, struct application *application,
                           const struct held_item *item)
{
    struct day today = civil_day(r->now), paid_until;
    struct hold_facts facts;

    TRY(find_hold_facts(r, application->applicant_id, item, &facts));
    application->valid_from = today;
    TRY(find_term_end(r, "release.fetch", today, today, &application->valid_to, NULL));
    paid_until = storage_paid_until(&facts.storage, facts.storage_paid);
    if (paid_until.number != NONE && paid_until.number < application->valid_to.number)
        application->valid_to = paid_until;
    return E_OK;
}

static enum error end_expired(struct request *r, const struct held_item *item)
{
    struct release_order before;
    enum error found = find_order_of(r, item->id, &before);

    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    return end_order(r, before.application_id);
}

/* Under the lock of the item, whoever else orders its release or bills its storage comes before or
   after; so all is asked again. */
static enum error issue(struct request *r, struct application *application, bool is_by_scan)
{
    struct held_item item;
    struct release_order order;

    TRY(find_named(r, application, &item));
    TRY(lock_release(r, item.id));
    TRY(check_free(r, &item));
    TRY(is_by_scan ? check_all_but_scanned(r, application, &item)
                   : check_all(r, application, &item));
    TRY(refused(r));
    TRY(end_expired(r, &item));
    TRY(set_days(r, application, &item));
    order = (struct release_order){.application_id = application->id,
                                   .item_id = item.id,
                                   .valid_from = application->valid_from,
                                   .valid_to = application->valid_to,
                                   .issued_at = r->now};
    return insert_order(r, &order);
}

enum error issue_order(struct request *r, struct application *application)
{
    return issue(r, application, false);
}

enum error issue_order_by_scan(struct request *r, struct application *application)
{
    return issue(r, application, true);
}

enum error revoke_order(struct request *r, struct application *application)
{
    struct release_order order;
    enum error ended;

    TRY(find_order_by(r, application->id, &order));
    TRY(lock_release(r, order.item_id));
    TRY(find_order_by(r, application->id, &order));
    if (order.used_at.ms != NONE)
        return refuse(r, ORDER_USED, VALUES(order.order_no));
    ended = end_order(r, application->id);
    return ended == E_NOT_FOUND ? E_OK : ended; /* another took its place when it was over */
}

enum error restore_release(struct request *r, struct application *application)
{
    struct release_order order, other;
    enum error found = find_order_by(r, application->id, &order);

    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    TRY(lock_release(r, order.item_id));
    found = find_order_of(r, order.item_id, &other);
    if (found == E_NOT_FOUND)
        return restore_order(r, application->id);
    TRY(found);
    if (strcmp(other.application_id, application->id) == 0)
        return E_OK;
    if (other.used_at.ms != NONE || other.valid_to.number >= civil_day(r->now).number)
        return refuse(r, ORDER_STANDS, VALUES(other.order_no, other.valid_to));
    TRY(end_order(r, other.application_id));
    return restore_order(r, application->id);
}

enum error is_order_used(struct request *r, const char *application_id, bool *is_used)
{
    struct release_order order;
    enum error found = find_order_by(r, application_id, &order);

    *is_used = found == E_OK && order.used_at.ms != NONE;
    return found == E_NOT_FOUND ? E_OK : found;
}
