/* A lead shuts a hall against its hours, and opens it again. Who waits is still called. */

#include "booking/desk.h"
#include "core/audit.h"
#include "core/idempotency.h"

enum { REASON_MAX = 120 };

const struct param shut_params[] = {
    PARAM(struct shut_input, hall, .source = PATH, .check = is_code),
    PARAM(struct shut_input, reason, .source = BODY, .min = 1, .max = REASON_MAX),
    PARAM_END,
};

const struct field shut_fields[] = {
    FIELD(struct shut_hall, hall),
    FIELD(struct shut_hall, is_open),
    FIELD_OR_NULL(struct shut_hall, shut_reason),
    FIELD_END,
};

enum { FIND, TURN, STATEMENTS_END };

const struct statement shut_sql[] = {
    [FIND] = {.sql = "SELECT code AS hall, is_open, shut_reason FROM booking_hall WHERE code = ?",
              ROWS(struct shut_hall, shut_fields)},
    [TURN] = {.sql = "UPDATE booking_hall SET is_open = ?, shut_reason = ? WHERE code = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

struct turn {
    const char *hall, *reason; /* NULL: it opens */
    struct shut_hall result;
};

static enum error turn(struct request *r, void *product)
{
    struct turn *turn = product;

    TRY(find_hall_brigade(r, turn->hall));
    if (idempotency_is_new(r)) {
        TRY(db_run(r, &shut_sql[TURN], VALUES(turn->reason == NULL, turn->reason, turn->hall)));
        audit(r, turn->reason == NULL ? "hall_opened" : "hall_shut", turn->hall, "%s",
              turn->reason == NULL ? "" : turn->reason);
    }
    return db_one(r, &shut_sql[FIND], &turn->result, VALUES(turn->hall));
}

static enum error turn_to(struct request *r, const char *hall, const char *why)
{
    struct turn it = {.hall = hall, .reason = why};

    TRY(db_transaction(r, turn, &it));
    return reply_record(r, 200, shut_fields, &it.result);
}

enum error shut_hall(struct request *r)
{
    const struct shut_input *in = r->input;

    return turn_to(r, in->hall, in->reason);
}

enum error open_hall(struct request *r)
{
    const struct hall_input *in = r->input;

    return turn_to(r, in->hall, NULL);
}
