#include "core/job.h"
#include "core/ulid.h"
#include "simulator/callbacks.h"
#include "simulator/wire_text.h"

/* For a late notice, when the fault does not say how late. */
#define DELAY_MS (60 * SECOND_MS)

const struct field sim_callback_fields[] = {
    FIELD(struct sim_callback, id),
    FIELD(struct sim_callback, gateway),
    FIELD(struct sim_callback, kind),
    FIELD(struct sim_callback, out_trade_no),
    FIELD_OR_NULL(struct sim_callback, out_refund_no),
    FIELD(struct sim_callback, url),
    FIELD(struct sim_callback, content),
    FIELD_OR_NULL(struct sim_callback, fault),
    FIELD(struct sim_callback, repeats),
    FIELD(struct sim_callback, concurrent),
    FIELD(struct sim_callback, state),
    FIELD(struct sim_callback, sendings),
    FIELD_OR_NULL(struct sim_callback, last_status),
    FIELD_OR_NULL(struct sim_callback, last_answer),
    FIELD(struct sim_callback, created_at),
    FIELD_OR_NULL(struct sim_callback, sent_at),
    FIELD_END,
};

enum { INSERT_CALLBACK, FIND_CALLBACK, LIST_CALLBACKS, STORE_SENDING, STATEMENTS_END };

#define CALLBACK                                                                                   \
    "id, gateway, kind, out_trade_no, out_refund_no, url, content, fault, repeats, concurrent,"    \
    "  state, sendings, last_status, last_answer, created_at, sent_at"

const struct statement callback_sql[] = {
    [INSERT_CALLBACK] = {.sql = "INSERT INTO sim_callback"
                                "  (id, gateway, kind, out_trade_no, out_refund_no, url, content,"
                                "   fault, repeats, concurrent, state, created_at)"
                                "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_CALLBACK] = {.sql = "SELECT " CALLBACK " FROM sim_callback WHERE id = ?",
                       ROWS(struct sim_callback, sim_callback_fields)},
    [LIST_CALLBACKS] = {.sql = "SELECT " CALLBACK " FROM sim_callback"
                               "  WHERE out_trade_no = ? OR ? = '' ORDER BY id DESC LIMIT 100",
                        ROWS(struct sim_callback, sim_callback_fields)},
    /* The number of sendings tells whether another worker has recorded this one. */
    [STORE_SENDING] = {.sql = "UPDATE sim_callback SET state = ?, sendings = sendings + 1,"
                              "  last_status = ?, last_answer = ?, sent_at = ?"
                              "  WHERE id = ? AND sendings = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error add_sending(struct request *r, const char *id, int64_t n, struct instant at)
{
    const char *dedupe = arena_printf(r->arena, "%s/%lld", id, (long long)n);
    json_t *arg = json_pack("{ss sI}", "id", id, "n", (json_int_t)n);

    return job_add(r, "send_callback", dedupe, json_text(r->arena, arg), at);
}

/* How much later than at once the first sending is due. */
static int64_t delay_of(const struct sim_fault *fault)
{
    if (!fault_is(fault, "late") && !fault_is(fault, "out_of_order"))
        return 0;
    return fault->delay_ms > 0 ? fault->delay_ms : DELAY_MS;
}

enum error plan_callback(struct request *r, const struct sim_callback *callback,
                         const struct sim_fault *fault)
{
    bool is_missing = fault_is(fault, "missing");
    const char *id = ulid_new(r), *fault_name = fault->fault[0] == '\0' ? NULL : fault->fault;

    if (callback->url == NULL)
        return E_OK;
    TRY(db_run(r, &callback_sql[INSERT_CALLBACK],
               VALUES(id, callback->gateway, callback->kind, callback->out_trade_no,
                      callback->out_refund_no, callback->url, callback->content, fault_name,
                      fault_is(fault, "repeat") ? fault->repeats : (int64_t)1, fault->concurrent,
                      is_missing ? "withheld" : "waiting", r->now)));
    if (is_missing)
        return E_OK;
    return add_sending(r, id, 1, instant_add(r->now, delay_of(fault)));
}

enum error find_callback(struct request *r, const char *id, struct sim_callback *callback)
{
    return db_one(r, &callback_sql[FIND_CALLBACK], callback, VALUES(id));
}

enum error list_callbacks(struct request *r, const char *out_trade_no, struct records *callbacks)
{
    return db_many(r, &callback_sql[LIST_CALLBACKS], callbacks, VALUES(out_trade_no, out_trade_no));
}

enum error store_sending(struct request *r, const struct sim_callback *callback)
{
    return db_change(r, &callback_sql[STORE_SENDING],
                     VALUES(callback->state, callback->last_status, callback->last_answer, r->now,
                            callback->id, callback->sendings));
}
