#include "core/job.h"
#include "core/ulid.h"
#include "payment/bill_batch.h"

static const struct field batch_fields[] = {
    FIELD(struct batch, id),
    FIELD(struct batch, gateway),
    FIELD(struct batch, merchant),
    FIELD(struct batch, kind),
    FIELD(struct batch, state),
    FIELD_OR_NULL(struct batch, sha256),
    FIELD(struct batch, bill_date),
    FIELD(struct batch, begins_at),
    FIELD(struct batch, ends_at),
    FIELD(struct batch, line_count),
    FIELD(struct batch, loaded),
    FIELD(struct batch, checked),
    FIELD(struct batch, in_fen),
    FIELD(struct batch, out_fen),
    FIELD(struct batch, billed_fen),
    FIELD(struct batch, booked_fen),
    FIELD_OR_NULL(struct batch, searched_to),
    FIELD_END,
};

static const struct field line_fields[] = {
    FIELD(struct line_row, line_no),          FIELD(struct line_row, direction),
    FIELD(struct line_row, gateway_no),       FIELD(struct line_row, our_no),
    FIELD(struct line_row, verdict),          FIELD(struct line_row, state),
    FIELD(struct line_row, amount_fen),       FIELD(struct line_row, happened_at),
    FIELD_OR_NULL(struct line_row, paid_no),  FIELD_OR_NULL(struct line_row, fact_id),
    FIELD_OR_NULL(struct line_row, fact_fen), FIELD_END,
};

static const struct field fact_fields[] = {
    FIELD(struct fact_row, id),         FIELD(struct fact_row, direction),
    FIELD(struct fact_row, gateway_no), FIELD(struct fact_row, our_no),
    FIELD(struct fact_row, amount_fen), FIELD_END,
};

struct totals {
    int64_t matched, applied;
    struct fen billed, booked; /* net, of the lines that have their fact */
};

static const struct field totals_fields[] = {
    FIELD(struct totals, matched),
    FIELD(struct totals, applied),
    FIELD(struct totals, billed),
    FIELD(struct totals, booked),
    FIELD_END,
};

struct moment {
    struct instant happened_at;
};

static const struct field moment_fields[] = {FIELD(struct moment, happened_at), FIELD_END};

struct last_day {
    struct day bill_date;
};

static const struct field last_day_fields[] = {FIELD_OR_NULL(struct last_day, bill_date),
                                               FIELD_END};

struct trade_state {
    const char *state;
};

static const struct field trade_state_fields[] = {FIELD(struct trade_state, state), FIELD_END};

enum {
    FIND_BATCH,
    LOCK_BATCH,
    FIND_LAST_DAY,
    FIND_TRADE,
    INSERT_BATCH,
    MOVE_BATCH,
    RECORD_FETCHED,
    RECORD_REFUSED,
    DELETE_LINES,
    INSERT_LINES,
    RECORD_LOADED,
    MATCH_LINES,
    JUDGE_LINES,
    LIST_UNKNOWN,
    LIST_ODD,
    RECORD_CHECKED,
    FIND_PAGE_END,
    LIST_UNBILLED,
    RECORD_SEARCHED,
    FIND_TOTALS,
    RECORD_CLOSED,
    INSERT_RECON_CASE,
    CLOSE_CASE,
    STATEMENTS_END
};

#define BATCH                                                                                      \
    "SELECT id, gateway, merchant, kind, state, sha256, bill_date, begins_at, ends_at,"            \
    "  line_count, loaded, checked, in_fen, out_fen, billed_fen, booked_fen, searched_to"          \
    "  FROM recon_batch WHERE id = ?"
#define TOUCH "updated_at = ?, ver = ver + 1 WHERE id = ? AND state = ?"
#define LINES_OF " WHERE l.batch_id = ? AND l.line_no > ? AND l.line_no <= ?"
#define LINE                                                                                       \
    "SELECT l.line_no, l.direction, l.gateway_no, l.our_no, l.verdict, l.state, l.amount_fen,"     \
    "  l.happened_at, l.paid_no, l.fact_id, (SELECT f.amount_fen FROM money_fact f"                \
    "  WHERE f.id = l.fact_id) AS fact_fen FROM bill_line l" LINES_OF

const struct statement bill_sql[] = {
    [FIND_BATCH] = {.sql = BATCH, ROWS(struct batch, batch_fields)},
    [LOCK_BATCH] = {.sql = BATCH " FOR UPDATE", ROWS(struct batch, batch_fields)},
    [FIND_LAST_DAY] = {.sql = "SELECT MAX(bill_date) AS bill_date FROM recon_batch"
                              "  WHERE gateway = ? AND merchant = ? AND kind = ?",
                       ROWS(struct last_day, last_day_fields)},
    [FIND_TRADE] = {.sql = "SELECT state FROM recon_batch WHERE gateway = ? AND merchant = ?"
                           "  AND bill_date = ? AND kind = 'trade'",
                    ROWS(struct trade_state, trade_state_fields)},
    [INSERT_BATCH] = {.sql = "INSERT INTO recon_batch"
                             "  (id, gateway, merchant, bill_date, kind, begins_at, ends_at,"
                             "  created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [MOVE_BATCH] = {.sql = "UPDATE recon_batch SET state = ?, searched_to = NULL, " TOUCH},
    [RECORD_FETCHED] =
        {.sql = "UPDATE recon_batch SET state = ?, sha256 = ?, refusal = NULL,"
                "  line_count = ?, in_fen = ?, out_fen = ?, loaded = 0, checked = 0,"
                "  matched_count = 0, applied_count = 0, billed_fen = 0,"
                "  booked_fen = 0, searched_to = NULL, fetched_at = ?, closed_at = NULL, " TOUCH},
    [RECORD_REFUSED] = {.sql = "UPDATE recon_batch SET state = 'refused', refusal = ?, " TOUCH},
    [DELETE_LINES] = {.sql = "DELETE FROM bill_line WHERE batch_id = ? LIMIT 5000"},
    [INSERT_LINES] = {.sql = "INSERT INTO bill_line (batch_id, line_no, direction, gateway_no,"
                             "  our_no, amount_fen, happened_at, state, paid_no)"
                             "  SELECT ?, j.line_no, j.direction, j.gateway_no, j.our_no,"
                             "  j.amount_fen,"
                             "  TIMESTAMP'1970-01-01 00:00:00' + INTERVAL j.ms * 1000 MICROSECOND,"
                             "  j.state, NULLIF(j.paid_no, '') FROM JSON_TABLE(?, '$[*]' COLUMNS ("
                             "  line_no BIGINT PATH '$[0]', direction VARCHAR(3) PATH '$[1]',"
                             "  gateway_no VARCHAR(64) PATH '$[2]', our_no VARCHAR(64) PATH '$[3]',"
                             "  amount_fen BIGINT PATH '$[4]', ms BIGINT PATH '$[5]',"
                             "  state VARCHAR(8) PATH '$[6]',"
                             "  paid_no VARCHAR(64) PATH '$[7]')) AS j"},
    [RECORD_LOADED] = {.sql = "UPDATE recon_batch SET loaded = ?, " TOUCH},
    [MATCH_LINES] = {.sql = "UPDATE bill_line l JOIN money_fact f ON f.gateway = ?"
                            "  AND f.merchant = ? AND f.direction = l.direction"
                            "  AND f.gateway_no = l.gateway_no SET l.fact_id = f.id,"
                            "  l.verdict = CASE WHEN l.state = 'failed' THEN 'state_differs'"
                            "    WHEN l.amount_fen <> f.amount_fen THEN 'amount_differs'"
                            "    WHEN f.proof = 'bill' THEN 'applied' ELSE 'matched' END" LINES_OF
                            "  AND l.verdict = 'new' AND l.state <> 'other'"},
    [JUDGE_LINES] = {.sql = "UPDATE bill_line l SET l.verdict = CASE l.state"
                            "    WHEN 'other' THEN 'other' WHEN 'done' THEN 'missing_here'"
                            "    ELSE 'no_money' END" LINES_OF "  AND l.verdict = 'new'"},
    /* Payments first: what went back is known by what came in. */
    [LIST_UNKNOWN] = {.sql = LINE "  AND l.verdict = 'new' AND l.state = 'done'"
                                  "  ORDER BY l.direction, l.line_no LIMIT 50",
                      ROWS(struct line_row, line_fields)},
    [LIST_ODD] = {.sql = LINE "  AND l.verdict IN ('amount_differs', 'state_differs',"
                              "    'missing_here') ORDER BY l.line_no LIMIT 900",
                  ROWS(struct line_row, line_fields)},
    [RECORD_CHECKED] = {.sql =
                            "UPDATE recon_batch SET checked = ?,"
                            "  matched_count = matched_count + ?,"
                            "  applied_count = applied_count + ?,"
                            "  billed_fen = billed_fen + ?, booked_fen = booked_fen + ?, " TOUCH},
    [FIND_PAGE_END] = {.sql = "SELECT happened_at FROM money_fact WHERE gateway = ?"
                              "  AND merchant = ? AND happened_at >= ? AND happened_at < ?"
                              "  ORDER BY happened_at LIMIT 1 OFFSET 5000",
                       ROWS(struct moment, moment_fields)},
    [RECORD_SEARCHED] = {.sql = "UPDATE recon_batch SET searched_to = ? WHERE id = ?"
                                "  AND state = ?"},
    /* A line of the trade bill of any day: what ends where one is cut may stand in the next one.
       Counted, because NOT EXISTS may first make a list of the lines of all days. */
    [LIST_UNBILLED] = {.sql = "SELECT f.id, f.direction, f.gateway_no, f.our_no, f.amount_fen"
                              "  FROM money_fact f LEFT JOIN payment_case c"
                              "  ON c.kind = 'bill_missing_there' AND c.dedupe = f.id"
                              "  WHERE f.gateway = ? AND f.merchant = ?"
                              "  AND f.happened_at >= ? AND f.happened_at < ? AND c.id IS NULL"
                              "  AND (SELECT COUNT(*) FROM bill_line l JOIN recon_batch b"
                              "    ON b.id = l.batch_id AND b.kind = 'trade'"
                              "    WHERE l.fact_id = f.id) = 0 ORDER BY f.id LIMIT 100",
                       ROWS(struct fact_row, fact_fields)},
    /* The clearing account has one entry for each fact, on the side of its direction. Both halves
       of the ledger's key are named: by one alone every line would go through all of its bookings.
     */
    [FIND_TOTALS] = {.sql =
                         "SELECT COUNT(IF(l.verdict = 'matched', 1, NULL)) AS matched,"
                         "  COUNT(IF(l.verdict = 'applied', 1, NULL)) AS applied,"
                         "  CAST(COALESCE(SUM(IF(l.direction = 'in', l.amount_fen, -l.amount_fen)),"
                         "    0) AS SIGNED) AS billed,"
                         "  CAST(COALESCE(SUM((SELECT SUM(e.dr_fen) - SUM(e.cr_fen)"
                         "    FROM ledger_txn t JOIN ledger_entry e ON e.txn_id = t.id"
                         "    WHERE t.ev = IF(l.direction = 'in', 'receipt', 'refund_out')"
                         "    AND t.ev_ref = l.fact_id AND e.account = ?)), 0) AS SIGNED) AS booked"
                         "  FROM bill_line l" LINES_OF "  AND l.verdict IN ('matched', 'applied')",
                     ROWS(struct totals, totals_fields)},
    [RECORD_CLOSED] = {.sql = "UPDATE recon_batch SET state = 'closed', closed_at = ?, " TOUCH},
    [INSERT_RECON_CASE] = {.sql = "INSERT INTO recon_case (batch_id, kind, dedupe)"
                                  "  VALUES (?, ?, ?)"},
    [CLOSE_CASE] = {.sql = "UPDATE payment_case SET state = 'closed'"
                           "  WHERE kind = ? AND dedupe = ? AND state = 'open'"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_batch(struct request *r, const char *id, struct batch *batch)
{
    return db_one(r, &bill_sql[FIND_BATCH], batch, VALUES(id));
}

enum error lock_batch(struct request *r, const char *id, struct batch *batch)
{
    return db_one(r, &bill_sql[LOCK_BATCH], batch, VALUES(id));
}

enum error find_last_day(struct request *r, const char *gateway, const char *merchant,
                         const char *kind, struct day *day)
{
    struct last_day found;

    TRY(db_one(r, &bill_sql[FIND_LAST_DAY], &found, VALUES(gateway, merchant, kind)));
    *day = found.bill_date;
    return day->number == NONE ? E_NOT_FOUND : E_OK;
}

enum error find_trade_state(struct request *r, const struct batch *batch, const char **state)
{
    struct trade_state found;

    TRY(db_one(r, &bill_sql[FIND_TRADE], &found,
               VALUES(batch->gateway, batch->merchant, batch->bill_date)));
    *state = found.state;
    return E_OK;
}

enum error insert_batch(struct request *r, const struct batch *batch)
{
    return db_run(r, &bill_sql[INSERT_BATCH],
                  VALUES(batch->id, batch->gateway, batch->merchant, batch->bill_date, batch->kind,
                         batch->begins_at, batch->ends_at, r->now, r->now));
}

enum error move_batch(struct request *r, const struct batch *batch, const char *to)
{
    return db_change(r, &bill_sql[MOVE_BATCH], VALUES(to, r->now, batch->id, batch->state));
}

enum error record_fetched(struct request *r, const struct batch *batch, const char *to,
                          const struct bill_reading *reading)
{
    return db_change(r, &bill_sql[RECORD_FETCHED],
                     VALUES(to, reading->sha256, reading->sums.lines, reading->sums.in_fen,
                            reading->sums.out_fen, r->now, r->now, batch->id, batch->state));
}

enum error record_refused(struct request *r, const struct batch *batch, const char *reason)
{
    return db_change(r, &bill_sql[RECORD_REFUSED], VALUES(reason, r->now, batch->id, batch->state));
}

enum error delete_lines(struct request *r, const char *batch_id, bool *is_more)
{
    TRY(db_run(r, &bill_sql[DELETE_LINES], VALUES(batch_id)));
    *is_more = db_changed(r) > 0;
    return E_OK;
}

enum error insert_lines(struct request *r, const struct batch *batch, const char *json,
                        int64_t loaded)
{
    TRY(db_run(r, &bill_sql[INSERT_LINES], VALUES(batch->id, json)));
    return db_change(r, &bill_sql[RECORD_LOADED], VALUES(loaded, r->now, batch->id, batch->state));
}

enum error match_lines(struct request *r, const struct batch *batch, int64_t last)
{
    return db_run(r, &bill_sql[MATCH_LINES],
                  VALUES(batch->gateway, batch->merchant, batch->id, batch->checked, last));
}

enum error judge_lines(struct request *r, const struct batch *batch, int64_t last)
{
    return db_run(r, &bill_sql[JUDGE_LINES], VALUES(batch->id, batch->checked, last));
}

enum error list_unknown(struct request *r, const struct batch *batch, int64_t last,
                        struct records *lines)
{
    return db_many(r, &bill_sql[LIST_UNKNOWN], lines, VALUES(batch->id, batch->checked, last));
}

enum error list_odd(struct request *r, const struct batch *batch, int64_t last,
                    struct records *lines)
{
    return db_many(r, &bill_sql[LIST_ODD], lines, VALUES(batch->id, batch->checked, last));
}

enum error record_checked(struct request *r, const struct batch *batch, int64_t last)
{
    struct totals totals;

    TRY(db_one(r, &bill_sql[FIND_TOTALS], &totals,
               VALUES(arena_printf(r->arena, "clearing:%s", batch->gateway), batch->id,
                      batch->checked, last)));
    return db_change(r, &bill_sql[RECORD_CHECKED],
                     VALUES(last, totals.matched, totals.applied, totals.billed, totals.booked,
                            r->now, batch->id, batch->state));
}

/* Where the next thousands of facts end. */
static enum error find_page_end(struct request *r, const struct batch *batch, struct instant from,
                                struct instant *to)
{
    struct moment last;
    enum error found = db_one(r, &bill_sql[FIND_PAGE_END], &last,
                              VALUES(batch->gateway, batch->merchant, from, batch->ends_at));

    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    *to = found == E_NOT_FOUND ? batch->ends_at : instant_add(last.happened_at, 1);
    return E_OK;
}

enum error search_unbilled(struct request *r, struct batch *batch, struct records *facts)
{
    struct instant to;

    if (batch->searched_to.ms == NONE)
        batch->searched_to = batch->begins_at;
    for (facts->count = 0; batch->searched_to.ms < batch->ends_at.ms; batch->searched_to = to) {
        if (!has_time_left(r))
            return job_again_at(r, r->now);
        TRY(find_page_end(r, batch, batch->searched_to, &to));
        TRY(db_many(r, &bill_sql[LIST_UNBILLED], facts,
                    VALUES(batch->gateway, batch->merchant, batch->searched_to, to)));
        if (facts->count > 0)
            return E_OK;
        TRY(db_write(r, &bill_sql[RECORD_SEARCHED], VALUES(to, batch->id, batch->state)));
    }
    return E_OK;
}

enum error record_closed(struct request *r, const struct batch *batch)
{
    return db_change(r, &bill_sql[RECORD_CLOSED], VALUES(r->now, r->now, batch->id, batch->state));
}

enum error open_bill_case(struct request *r, const struct batch *batch, const char *kind,
                          const char *dedupe, const char *detail)
{
    enum error noted;

    TRY(open_case(r, kind, dedupe, detail));
    noted = db_run(r, &bill_sql[INSERT_RECON_CASE], VALUES(batch->id, kind, dedupe));
    return noted == E_EXISTS ? E_OK : noted;
}

enum error close_bill_case(struct request *r, const char *kind, const char *dedupe)
{
    return db_run(r, &bill_sql[CLOSE_CASE], VALUES(kind, dedupe));
}
