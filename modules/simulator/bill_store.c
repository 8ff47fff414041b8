#include "core/transport.h"
#include "simulator/bills.h"
#include "simulator/wire_text.h"

static const struct field row_fields[] = {
    FIELD(struct bill_row, direction),
    FIELD(struct bill_row, gw_id),
    FIELD(struct bill_row, our_no),
    FIELD(struct bill_row, out_trade_no),
    FIELD(struct bill_row, payment_id),
    FIELD(struct bill_row, amount_fen),
    FIELD(struct bill_row, happened_at),
    FIELD(struct bill_row, txn_type),
    FIELD_END,
};

struct stored {
    struct bytes content;
};

static const struct field stored_fields[] = {FIELD(struct stored, content), FIELD_END};

enum { LIST_DAY, PUT_BILL, DELETE_OLD, GET_BILL, STATEMENTS_END };

const struct statement bill_sql[] = {
    [LIST_DAY] = {.sql = "SELECT m.direction, m.gw_id, m.our_no, m.out_trade_no, m.amount_fen,"
                         "  m.happened_at, COALESCE(o.gw_id, m.gw_id) AS payment_id,"
                         "  COALESCE(u.txn_type, '') AS txn_type"
                         "  FROM sim_movement m JOIN sim_order o ON o.gateway = m.gateway"
                         "  AND o.out_trade_no = m.out_trade_no LEFT JOIN sim_unionpay u"
                         "  ON m.gateway = '" UNIONPAY "' AND u.order_id = m.our_no"
                         "  WHERE m.gateway = ? AND o.merchant = ?"
                         "  AND m.happened_at >= ? AND m.happened_at < ?"
                         "  ORDER BY m.id LIMIT 900 OFFSET ?",
                  ROWS(struct bill_row, row_fields)},
    [PUT_BILL] = {.sql = "INSERT INTO sim_bill (token, gateway, content, expires_at)"
                         "  VALUES (?, ?, ?, ?)"},
    [DELETE_OLD] = {.sql = "DELETE FROM sim_bill WHERE expires_at < ?"},
    [GET_BILL] = {.sql = "SELECT content FROM sim_bill"
                         "  WHERE token = ? AND gateway = ? AND expires_at >= ?",
                  ROWS(struct stored, stored_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static struct instant start_of(const char *gateway, int64_t day)
{
    int64_t lead_ms = strcmp(gateway, UNIONPAY) == 0 ? HOUR_MS : 0;

    return instant_add(day_start((struct day){day}), -lead_ms);
}

static enum error list_all(struct request *r, const char *gateway, const char *merchant,
                           struct day day, struct bill_rows *rows)
{
    struct instant begin = start_of(gateway, day.number), end = start_of(gateway, day.number + 1);
    struct records page = {NULL, 1};

    rows->items = arena_alloc(r->arena, (BILL_ROWS_MAX + 1) * sizeof(*rows->items));
    rows->count = 0;
    while (page.count > 0 && rows->count < BILL_ROWS_MAX) {
        size_t room = BILL_ROWS_MAX - rows->count;

        TRY(db_many(r, &bill_sql[LIST_DAY], &page,
                    VALUES(gateway, merchant, begin, end, (int64_t)rows->count)));
        page.count = page.count < room ? page.count : room;
        if (page.count > 0)
            memcpy(rows->items + rows->count, page.items, page.count * sizeof(*rows->items));
        rows->count += page.count;
    }
    return E_OK;
}

/* A payment that nobody made. UnionPay's numbers have 21 digits. */
static void add_row(struct request *r, const char *gateway, struct day day, struct bill_rows *rows)
{
    bool is_unionpay = strcmp(gateway, UNIONPAY) == 0;
    const struct simulator *simulator = r->state;
    const char *digits = wire_random_digits(r->arena, simulator->random, 20);

    rows->items[rows->count++] = (struct bill_row){
        .direction = "in",
        .gw_id = arena_printf(r->arena, "%.*s%s", is_unionpay ? 1 : 8, "42009999", digits),
        .txn_type = "",
        .payment_id = digits,
        .our_no = arena_printf(r->arena, "NOBODY%s", digits),
        .out_trade_no = arena_printf(r->arena, "NOBODY%s", digits),
        .amount_fen = {100},
        .happened_at = instant_add(day_start(day), 12 * HOUR_MS)};
}

enum error list_day(struct request *r, const char *gateway, const char *merchant, struct day day,
                    const struct sim_fault *fault, struct bill_rows *rows)
{
    TRY(list_all(r, gateway, merchant, day, rows));
    if (fault_is(fault, "line_added"))
        add_row(r, gateway, day, rows);
    if (rows->count > 0 && fault_is(fault, "wrong_amount"))
        rows->items[0].amount_fen.fen += fault->amount_fen.fen;
    if (rows->count > 0 && fault_is(fault, "line_missing"))
        rows->items[0] = rows->items[--rows->count];
    return E_OK;
}

struct putting {
    const char *token, *gateway;
    struct bytes content;
    struct instant expires_at;
};

static enum error put(struct request *r, void *product)
{
    const struct putting *putting = product;
    enum error inserted;

    TRY(db_run(r, &bill_sql[DELETE_OLD], VALUES(r->now)));
    inserted =
        db_run(r, &bill_sql[PUT_BILL],
               VALUES(putting->token, putting->gateway, putting->content, putting->expires_at));
    return inserted == E_EXISTS ? E_OK : inserted;
}

enum error put_bill(struct request *r, const char *gateway, struct bytes content, int64_t ms,
                    const char **token)
{
    const struct simulator *simulator = r->state;
    struct putting putting = {.token = wire_random_text(r->arena, simulator->random, 32),
                              .gateway = gateway,
                              .content = content,
                              .expires_at = instant_add(r->now, ms)};

    *token = putting.token;
    return db_transaction(r, put, &putting);
}

enum error get_bill(struct request *r, const char *gateway, struct bytes *content)
{
    const char *query = r->transport->param(r->transport, "QUERY_STRING"), *token;
    struct stored stored;
    struct form form;

    if (query == NULL || !form_read(r->arena, query, strlen(query), &form) ||
        (token = form_value(&form, "token")) == NULL || !is_plain(token))
        return E_NOT_FOUND;
    TRY(db_one(r, &bill_sql[GET_BILL], &stored, VALUES(token, gateway, r->now)));
    *content = stored.content;
    return E_OK;
}

struct bytes cut_bill(struct bytes content, const struct sim_fault *fault)
{
    return fault_is(fault, "truncated") ? (struct bytes){content.data, content.size / 2} : content;
}
