/* Charging the fees of an application, and what becomes of it when they are paid. */

#include "casework/fee.h"

#include <inttypes.h>

#include "casework/obligation.h"
#include "casework/tell.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/money.h"
#include "core/ulid.h"

struct fee_row {
    const char *code, *name;
    struct fen amount_fen;
    const char *source, *obligation_id;
    struct day due_on;
    struct instant withdrawn_at, settled_at;
};
struct charged_application {
    const char *application_id;
};

static const struct field fee_row_fields[] = {
    FIELD(struct fee_row, code),
    FIELD(struct fee_row, name),
    FIELD(struct fee_row, amount_fen),
    FIELD(struct fee_row, source),
    FIELD(struct fee_row, obligation_id),
    FIELD(struct fee_row, due_on),
    FIELD_OR_NULL(struct fee_row, withdrawn_at),
    FIELD_OR_NULL(struct fee_row, settled_at),
    FIELD_END,
};
static const struct field charged_fields[] = {
    FIELD(struct charged_application, application_id),
    FIELD_END,
};

enum { INSERT, LIST_LAST, FIND_APPLICATION, STATEMENTS_END };

const struct statement fee_sql[] = {
    [INSERT] = {.sql = "INSERT INTO {module}_application_fee (application_id, ver, code, name,"
                       "  amount_fen, source, obligation_id) VALUES (?, ?, ?, ?, ?, ?, ?)"},
    [LIST_LAST] = {.sql = "SELECT f.code, f.name, f.amount_fen, f.source, f.obligation_id,"
                          "  o.due_on, o.withdrawn_at, s.settled_at"
                          "  FROM {module}_application_fee f"
                          "  JOIN obligation o ON o.id = f.obligation_id"
                          "  LEFT JOIN settlement s ON s.obligation_id = o.id"
                          "  WHERE f.application_id = ? AND f.ver = (SELECT MAX(l.ver)"
                          "    FROM {module}_application_fee l WHERE l.application_id = ?)"
                          "  ORDER BY f.code LIMIT 40",
                   ROWS(struct fee_row, fee_row_fields)},
    [FIND_APPLICATION] = {.sql = "SELECT application_id FROM {module}_application_fee"
                                 "  WHERE obligation_id = ? LIMIT 1",
                          ROWS(struct charged_application, charged_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* What is owed: by the applicant, and whoever filed for him may pay. The amounts are those of
 * today. */
static enum error describe(struct request *r, const struct application *application,
                           const struct records *items, struct obligation *owed)
{
    const struct definition *definition = application->definition;
    const struct fee_item *item = items->items;
    bool is_for_other = strcmp(application->filed_by, application->applicant_id) != 0;

    *owed = (struct obligation){
        .id = ulid_new(r),
        .module = r->service->name,
        .kind = "fee",
        .ref_no =
            arena_printf(r->arena, "%s-%" PRId64, application->application_no, application->ver),
        .title = arena_printf(r->arena, "%s收费", definition->name),
        .person_id = application->applicant_id,
        .owner_id = is_for_other ? application->filed_by : NULL,
        .account = fee_in_force(&casework_of(r)->fees, item->code, civil_day(r->now))->account,
        .decided_at = r->now,
    };
    for (size_t i = 0; i < items->count; i++)
        owed->base_fen = fen_add(owed->base_fen, item[i].amount_fen);
    return term_end_of(r, fee_clock_of(definition)->term, civil_day(r->now), &owed->due_on);
}

static enum error insert_items(struct request *r, const struct application *application,
                               const struct records *items, const char *obligation_id)
{
    const struct fee_item *item = items->items;

    for (size_t i = 0; i < items->count; i++, item++)
        TRY(db_run(r, &fee_sql[INSERT],
                   VALUES(application->id, application->ver, item->code, item->name,
                          item->amount_fen, item->source, obligation_id)));
    return E_OK;
}

/* Who filed is told: an organisation has no phone. */
static enum error tell_payer(struct request *r, const struct application *application,
                             const struct obligation *owed)
{
    const struct telling telling = {
        .kind = "fee_charged",
        .subject = owed->ref_no,
        .person_id = application->filed_by,
        .about = application->id,
        .values =
            TOLD("what", application->definition->name, "amount",
                 fen_words(r->arena, owed->base_fen), "day", day_words(r->arena, owed->due_on)),
    };

    return tell_person(r, &telling);
}

enum error fee_charge(struct request *r, struct application *application, const struct move *move)
{
    const struct records items = fees_today(r, application->definition);
    struct move charge = *move;
    struct obligation owed;

    if (items.count != application->definition->fees.count)
        return failed(r, E_INTERNAL, "a fee of %s is not in force", application->service);
    charge.act = "charge";
    charge.step = NULL;
    TRY(application_move(r, application, &charge));
    TRY(describe(r, application, &items, &owed));
    TRY(obligation_insert(r, &owed));
    TRY(insert_items(r, application, &items, owed.id));
    return tell_payer(r, application, &owed);
}

enum error fee_of(struct request *r, const struct application *application,
                  struct fee_charged *charged)
{
    struct records rows = {NULL, 0};
    const struct fee_row *row;
    struct fee_item *items;

    *charged = (struct fee_charged){.total_fen = {NONE}, .due_on = {NONE}};
    if (application->definition->fees.count > 0)
        TRY(db_many(r, &fee_sql[LIST_LAST], &rows, VALUES(application->id, application->id)));
    if (rows.count == 0)
        return E_OK;
    row = rows.items;
    items = arena_alloc(r->arena, rows.count * sizeof(*items));
    charged->total_fen = (struct fen){0};
    for (size_t i = 0; i < rows.count; i++) {
        items[i] = (struct fee_item){row[i].code, row[i].name, row[i].amount_fen, row[i].source};
        charged->total_fen = fen_add(charged->total_fen, row[i].amount_fen);
    }
    charged->items = (struct records){items, rows.count};
    charged->obligation_id = row->obligation_id;
    charged->due_on = row->due_on;
    charged->state = row->withdrawn_at.ms != NONE ? "withdrawn"
                     : row->settled_at.ms != NONE ? "paid"
                                                  : "owed";
    return E_OK;
}

enum error fee_withdraw(struct request *r, const struct application *application)
{
    struct fee_charged charged;

    TRY(fee_of(r, application, &charged));
    if (charged.obligation_id == NULL)
        return failed(r, E_INTERNAL, "application %s is payable, and nothing was charged",
                      application->id);
    return obligation_withdraw(r, charged.obligation_id, r->now);
}

/* --- Paid ------------------------------------------------------------------------------------ */

struct paying {
    const char *obligation_id, *application_id;
    const char *refusal; /* what stands against the grant */
};

/* Ended or charged anew meanwhile: whoever did that withdrew the obligation, and payment returns
 * it. */
static enum error lock_payable(struct request *r, const struct paying *paying,
                               struct application *application, bool *is_payable)
{
    struct obligation obligation;

    TRY(application_lock_office(r, paying->application_id, application));
    TRY(obligation_find(r, paying->obligation_id, &obligation));
    if (obligation.settled_at.ms == NONE)
        return failed(r, E_INTERNAL, "obligation %s is told to be settled and is not",
                      paying->obligation_id);
    *is_payable = strcmp(application->state, PAYABLE) == 0 && obligation.withdrawn_at.ms == NONE;
    return E_OK;
}

static enum error grant_paid(struct request *r, void *product)
{
    const struct move grant = {.act = "grant", .reason = "费用已缴清"};
    struct application application;
    bool is_payable;

    TRY(lock_payable(r, product, &application, &is_payable));
    return is_payable ? application_grant(r, &application, &grant) : E_OK;
}

static enum error refuse_paid(struct request *r, void *product)
{
    const struct paying *paying = product;
    const struct move move = {.act = "refuse", .reason = paying->refusal};
    struct application application;
    bool is_payable;

    TRY(lock_payable(r, paying, &application, &is_payable));
    return is_payable ? application_end(r, &application, &move) : E_OK;
}

static const char *refusal_of(struct request *r)
{
    const char *text = "";
    struct reason what;
    struct values about;

    for (size_t i = 0; reason_at(r, i, &what, &about); i++)
        text = arena_printf(r->arena, "%s%s；", text, what.message);
    reasons_forget(r);
    return arena_printf(r->arena, "%s已缴费用按原路退回", text);
}

enum error take_fee(struct request *r, const struct task *task)
{
    struct charged_application charged;
    struct paying paying = {.obligation_id = task->dedupe};
    enum error granted;

    TRY(db_one(r, &fee_sql[FIND_APPLICATION], &charged, VALUES(task->dedupe)));
    paying.application_id = charged.application_id;
    granted = application_transaction(r, grant_paid, &paying);
    if (granted == E_REFUSED) {
        paying.refusal = refusal_of(r);
        log_error(r, "paid_not_granted", "%s: %s", paying.application_id, paying.refusal);
        granted = db_transaction(r, refuse_paid, &paying);
    }
    return granted;
}
