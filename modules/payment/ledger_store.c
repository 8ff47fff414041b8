#include "core/ulid.h"
#include "payment/fact.h"

enum { INSERT_TXN, INSERT_TWO_TXNS, INSERT_PAIR, INSERT_TWO_PAIRS, STATEMENTS_END };

#define ENTRIES "INSERT INTO ledger_entry (txn_id, line, account, dr_fen, cr_fen) VALUES"
#define PAIR " (?, 1, ?, ?, 0), (?, 2, ?, 0, ?)"

const struct statement ledger_sql[] = {
    [INSERT_TXN] = {.sql = "INSERT INTO ledger_txn (id, ev, ev_ref, at) VALUES (?, ?, ?, ?)"},
    [INSERT_TWO_TXNS] = {.sql = "INSERT INTO ledger_txn (id, ev, ev_ref, at)"
                                "  VALUES (?, ?, ?, ?), (?, ?, ?, ?)"},
    [INSERT_PAIR] = {.sql = ENTRIES PAIR},
    [INSERT_TWO_PAIRS] = {.sql = ENTRIES PAIR "," PAIR},
    [STATEMENTS_END] = {.sql = NULL},
};

static const char *clearing(struct request *r, const char *gateway)
{
    return arena_printf(r->arena, "clearing:%s", gateway);
}

static enum error book(struct request *r, const char *ev, const char *fact_id, const char *debit,
                       const char *credit, struct fen amount)
{
    const char *id = ulid_new(r);

    TRY(db_run(r, &ledger_sql[INSERT_TXN], VALUES(id, ev, fact_id, r->now)));
    return db_run(r, &ledger_sql[INSERT_PAIR], VALUES(id, debit, amount, id, credit, amount));
}

enum error book_receipt(struct request *r, const char *fact_id, const char *gateway,
                        struct fen amount)
{
    return book(r, "receipt", fact_id, clearing(r, gateway), "suspense", amount);
}

/* Two ledger transactions in two round trips. */
enum error book_receipt_and_apply(struct request *r, const char *fact_id, const char *gateway,
                                  const char *payable, struct fen amount)
{
    const char *receipt = ulid_new(r), *apply = ulid_new(r);

    TRY(db_run(r, &ledger_sql[INSERT_TWO_TXNS],
               VALUES(receipt, "receipt", fact_id, r->now, apply, "apply", fact_id, r->now)));
    return db_run(r, &ledger_sql[INSERT_TWO_PAIRS],
                  VALUES(receipt, clearing(r, gateway), amount, receipt, "suspense", amount, apply,
                         "suspense", amount, apply, payable, amount));
}

static const char *payable(struct request *r, const char *kind)
{
    return arena_printf(r->arena, "payable:%s", kind);
}

enum error book_unapply(struct request *r, const char *refund_id, const char *kind,
                        struct fen amount)
{
    return book(r, "unapply", refund_id, payable(r, kind), "suspense", amount);
}

enum error book_reapply(struct request *r, const char *refund_id, const char *kind,
                        struct fen amount)
{
    return book(r, "reapply", refund_id, "suspense", payable(r, kind), amount);
}

enum error book_refund(struct request *r, const char *fact_id, const char *gateway,
                       struct fen amount)
{
    return book(r, "refund_out", fact_id, "suspense", clearing(r, gateway), amount);
}

enum error book_transfer(struct request *r, const char *transfer_id, const char *account,
                         struct fen amount)
{
    return book(r, "transfer_out", transfer_id, "suspense",
                arena_printf(r->arena, "treasury:%s", account), amount);
}
