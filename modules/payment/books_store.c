#include <assert.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/money.h"
#include "payment/books.h"

enum { ACCOUNTS_MAX = 100 }; /* as the statements limit them */

struct first_booking {
    struct instant at;
};

static const struct field first_fields[] = {FIELD_OR_NULL(struct first_booking, at), FIELD_END};

struct last_closing {
    struct day day;
};

static const struct field last_fields[] = {FIELD_OR_NULL(struct last_closing, day), FIELD_END};

static const struct field line_fields[] = {
    FIELD(struct book_line, account),     FIELD(struct book_line, entries),
    FIELD(struct book_line, debit_fen),   FIELD(struct book_line, credit_fen),
    FIELD(struct book_line, balance_fen), FIELD_END,
};

static const struct field taking_row_fields[] = {
    FIELD(struct taking, gateway),    FIELD(struct taking, merchant),
    FIELD(struct taking, direction),  FIELD(struct taking, count),
    FIELD(struct taking, amount_fen), FIELD_END,
};

enum {
    LAST_CLOSED,
    FIRST_BOOKING,
    LIST_CLOSED,
    LIST_BOOKED,
    LIST_TAKINGS,
    INSERT_CLOSING,
    STATEMENTS_END
};

const struct statement books_sql[] = {
    [LAST_CLOSED] = {.sql = "SELECT MAX(day) AS day FROM day_closing",
                     ROWS(struct last_closing, last_fields)},
    [FIRST_BOOKING] = {.sql = "SELECT MIN(at) AS at FROM ledger_txn",
                       ROWS(struct first_booking, first_fields)},
    [LIST_CLOSED] = {.sql = "SELECT account, entries, debit_fen, credit_fen, balance_fen"
                            "  FROM day_closing WHERE day = ? ORDER BY account LIMIT 100",
                     ROWS(struct book_line, line_fields)},
    [LIST_BOOKED] = {.sql = "SELECT e.account, COUNT(*) AS entries, SUM(e.dr_fen) AS debit_fen,"
                            "  SUM(e.cr_fen) AS credit_fen,"
                            "  SUM(e.dr_fen) - SUM(e.cr_fen) AS balance_fen"
                            "  FROM ledger_txn t JOIN ledger_entry e ON e.txn_id = t.id"
                            "  WHERE t.at >= ? AND t.at < ? GROUP BY e.account"
                            "  ORDER BY e.account LIMIT 100",
                     ROWS(struct book_line, line_fields)},
    [LIST_TAKINGS] = {.sql = "SELECT gateway, merchant, direction, COUNT(*) AS count,"
                             "  SUM(amount_fen) AS amount_fen FROM money_fact"
                             "  WHERE happened_at >= ? AND happened_at < ?"
                             "  GROUP BY gateway, merchant, direction"
                             "  ORDER BY gateway, merchant, direction LIMIT 100",
                      ROWS(struct taking, taking_row_fields)},
    [INSERT_CLOSING] = {.sql =
                            "INSERT INTO day_closing (day, account, entries, debit_fen,"
                            "  credit_fen, balance_fen, closed_at) VALUES (?, ?, ?, ?, ?, ?, ?)"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_last_closed(struct request *r, struct day *day)
{
    struct last_closing last;

    TRY(db_one(r, &books_sql[LAST_CLOSED], &last, NO_VALUES));
    *day = last.day;
    return E_OK;
}

enum error find_first_booking(struct request *r, struct instant *at)
{
    struct first_booking first;

    TRY(db_one(r, &books_sql[FIRST_BOOKING], &first, NO_VALUES));
    *at = first.at;
    return E_OK;
}

enum error list_closed(struct request *r, struct day day, struct records *lines)
{
    return db_many(r, &books_sql[LIST_CLOSED], lines, VALUES(day));
}

static struct instant end_of(struct day day)
{
    return day_start((struct day){day.number + 1});
}

static void add_line(struct records *lines, const struct book_line *line)
{
    struct book_line *known = (struct book_line *)(uintptr_t)lines->items;

    for (size_t i = 0; i < lines->count; i++, known++) {
        if (strcmp(known->account, line->account) != 0)
            continue;
        known->entries += line->entries;
        known->debit_fen = fen_add(known->debit_fen, line->debit_fen);
        known->credit_fen = fen_add(known->credit_fen, line->credit_fen);
        known->balance_fen.fen += line->balance_fen.fen;
        return;
    }
    assert(lines->count < ACCOUNTS_MAX);
    *known = *line;
    lines->count++;
}

static int by_account(const void *a, const void *b)
{
    return strcmp(((const struct book_line *)a)->account, ((const struct book_line *)b)->account);
}

/* Hour by hour: a statement over all of a busy day would take too long. */
enum error list_booked(struct request *r, struct day day, struct records *lines)
{
    struct book_line *sums = arena_alloc(r->arena, ACCOUNTS_MAX * sizeof(*sums));
    struct instant end = end_of(day), next;
    struct records hour;

    *lines = (struct records){sums, 0};
    for (struct instant at = day_start(day); at.ms < end.ms; at = next) {
        next = instant_add(at, HOUR_MS);
        TRY(db_many(r, &books_sql[LIST_BOOKED], &hour, VALUES(at, next)));
        for (size_t i = 0; i < hour.count; i++)
            add_line(lines, (const struct book_line *)hour.items + i);
    }
    qsort(sums, lines->count, sizeof(*sums), by_account);
    return E_OK;
}

enum error list_takings(struct request *r, struct day day, struct records *takings)
{
    return db_many(r, &books_sql[LIST_TAKINGS], takings, VALUES(day_start(day), end_of(day)));
}

enum error insert_closing(struct request *r, struct day day, const struct book_line *line)
{
    return db_run(r, &books_sql[INSERT_CLOSING],
                  VALUES(day, line->account, line->entries, line->debit_fen, line->credit_fen,
                         line->balance_fen, r->now));
}
