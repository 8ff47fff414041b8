/* Which bills are due, the job that takes each to its end, and what officers see of them. */

#include "core/audit.h"
#include "core/job.h"
#include "core/ulid.h"
#include "payment/bill_batch.h"
#include "payment/cases.h"
#include "payment/gateway.h"
#include "payment/state.h"

enum { CATCH_UP_DAYS = 30 };

struct bill_view {
    const char *id, *gateway, *merchant, *kind, *state, *refusal;
    struct day bill_date;
    struct instant begins_at, ends_at;
    int64_t line_count, matched_count, applied_count, open_cases;
    struct fen in_fen, out_fen;
    struct instant fetched_at, closed_at;
};

const struct field bill_view_fields[] = {
    FIELD(struct bill_view, id),
    FIELD(struct bill_view, gateway),
    FIELD(struct bill_view, merchant),
    FIELD(struct bill_view, bill_date),
    FIELD(struct bill_view, begins_at),
    FIELD(struct bill_view, ends_at),
    FIELD(struct bill_view, kind),
    FIELD(struct bill_view, state),
    FIELD_OR_NULL(struct bill_view, refusal),
    FIELD(struct bill_view, line_count),
    FIELD(struct bill_view, in_fen),
    FIELD(struct bill_view, out_fen),
    FIELD(struct bill_view, matched_count),
    FIELD(struct bill_view, applied_count),
    FIELD(struct bill_view, open_cases),
    FIELD_OR_NULL(struct bill_view, fetched_at),
    FIELD_OR_NULL(struct bill_view, closed_at),
    FIELD_END,
};

enum { LIST_BILLS, SHOW_BILL, STATEMENTS_END };

#define BILL                                                                                       \
    "SELECT b.id, b.gateway, b.merchant, b.bill_date, b.begins_at, b.ends_at, b.kind, b.state,"    \
    "  b.refusal, b.line_count, b.in_fen, b.out_fen, b.matched_count, b.applied_count, "           \
    "b.fetched_at, b.closed_at,"                                                                   \
    "  (SELECT COUNT(*) FROM recon_case k JOIN payment_case c ON c.kind = k.kind"                  \
    "    AND c.dedupe = k.dedupe AND c.state = 'open' WHERE k.batch_id = b.id) AS open_cases"      \
    "  FROM recon_batch b"

const struct statement bill_view_sql[] = {
    [LIST_BILLS] = {.sql = BILL " WHERE b.id < ? ORDER BY b.id DESC LIMIT ?",
                    ROWS(struct bill_view, bill_view_fields)},
    [SHOW_BILL] = {.sql = BILL " WHERE b.id = ?", ROWS(struct bill_view, bill_view_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

struct planning {
    const struct merchant *merchant;
    const char *kind;
    struct day day;
};

/* One day's bill, with its job; once. */
static enum error plan_day(struct request *r, void *product)
{
    const struct planning *planning = product;
    struct batch batch = {.id = ulid_new(r),
                          .gateway = planning->merchant->gateway,
                          .merchant = planning->merchant->id,
                          .kind = planning->kind,
                          .bill_date = planning->day};
    struct day next = {planning->day.number + 1};
    enum error error;

    batch.begins_at = gateway_day_start(batch.gateway, planning->day);
    batch.ends_at = gateway_day_start(batch.gateway, next);
    error = insert_batch(r, &batch);
    if (error == E_EXISTS)
        return E_OK;
    TRY(error);
    return job_add(r, "reconcile", batch.id, NULL, r->now);
}

/* From the day after the last one on; of a new merchant, only yesterday's. */
static enum error plan_merchant(struct request *r, struct planning *planning, struct day yesterday)
{
    const struct merchant *merchant = planning->merchant;
    struct day first = yesterday;
    enum error found = find_last_day(r, merchant->gateway, merchant->id, planning->kind, &first);

    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    if (found == E_OK)
        first.number++;
    else
        first = yesterday;
    if (first.number < yesterday.number - CATCH_UP_DAYS)
        first.number = yesterday.number - CATCH_UP_DAYS;
    for (; first.number <= yesterday.number; first.number++) {
        planning->day = first;
        TRY(db_transaction(r, plan_day, planning));
    }
    return E_OK;
}

enum error plan_bills(struct request *r, const struct task *task)
{
    const struct payment_state *state = payment_state(r);
    const struct payment_settings *settings = payment_settings(r);
    struct day today = civil_day(r->now);
    /* Before the hour, yesterday's is not made yet; the day before's is. */
    int64_t back = r->now.ms < day_start(today).ms + settings->bill_hour * HOUR_MS ? 2 : 1;
    struct day yesterday = {today.number - back};

    (void)task;
    for (size_t i = 0; i < state->merchants.count; i++) {
        struct planning planning = {.merchant = &state->merchants.items[i]};
        const char *const *kind = gateway_bill_kinds(planning.merchant->gateway);

        for (; *kind != NULL; kind++) {
            planning.kind = *kind;
            TRY(plan_merchant(r, &planning, yesterday));
        }
    }
    return E_OK;
}

static enum error make_due(struct request *r, void *product)
{
    const struct batch *found = product;
    struct batch batch;

    TRY(lock_batch(r, found->id, &batch));
    return strcmp(batch.state, found->state) == 0 ? move_batch(r, &batch, "due") : E_OK;
}

enum error reconcile(struct request *r, const struct task *task)
{
    struct batch batch;

    TRY(find_batch(r, task->dedupe, &batch));
    if (strcmp(batch.state, "refused") == 0) {
        TRY(db_transaction(r, make_due, &batch));
        batch.state = "due";
    }
    if (strcmp(batch.state, "due") == 0 || strcmp(batch.state, "loading") == 0)
        TRY(fetch_bill(r, &batch));
    if (strcmp(batch.state, "checking") == 0)
        return check_bill(r, &batch);
    if (strcmp(batch.state, "waiting") == 0)
        return end_waiting(r, &batch);
    return E_OK;
}

enum error list_bills(struct request *r)
{
    const struct page_input *in = r->input;
    int64_t limit = page_limit(in->limit);
    const struct bill_view *views;
    struct records page;
    bool is_more;

    TRY(db_many(r, &bill_view_sql[LIST_BILLS], &page, VALUES(page_below(in->after), limit + 1)));
    views = page.items;
    is_more = page_cut(&page, limit);
    return reply_page(r, bill_view_fields, sizeof(*views), page,
                      is_more ? views[page.count - 1].id : NULL);
}

/* A second tap finds it due, which is no refusal. */
static enum error repeat_in(struct request *r, void *product)
{
    const char *id = product;
    struct batch batch;

    TRY(lock_batch(r, id, &batch));
    if (strcmp(batch.state, "loading") == 0 || strcmp(batch.state, "checking") == 0)
        return refuse(r, BILL_BUSY, VALUES(id, batch.state));
    if (strcmp(batch.state, "due") != 0) {
        TRY(move_batch(r, &batch, "due"));
        audit(r, "bill_repeated", id, "%s %s %s", batch.gateway, batch.merchant, batch.kind);
    }
    TRY(job_add(r, "reconcile", id, NULL, r->now));
    return E_OK;
}

enum error repeat_bill(struct request *r)
{
    const struct repeat_bill_input *in = r->input;
    struct bill_view view;

    TRY(db_transaction(r, repeat_in, (void *)(uintptr_t)in->id));
    TRY(db_one(r, &bill_view_sql[SHOW_BILL], &view, VALUES(in->id)));
    return reply_record(r, 200, bill_view_fields, &view);
}
