/*
 * Receipts (缴款凭证): one for every settlement, with a number and a code. The payer gets both;
 * whoever is shown them can have them checked by anyone's route, which tells no personal data.
 */
#ifndef PAYMENT_RECEIPT_H
#define PAYMENT_RECEIPT_H

#include "core/db.h"

struct receipt {
    const char *receipt_no; /* NULL until somebody asked for it */
    const char *code;
    const char *obligation_id;
    const char *title;
    struct fen amount_fen, base_fen, surcharge_fen;
};

/* What the check says. */
struct checked_receipt {
    const char *receipt_no, *code;
    const char *title, *order_state;
    struct fen amount_fen;
    struct instant paid_at;
};

extern const struct field receipt_fields[];
extern const struct statement receipt_sql[];

/* receipt_store.c */
MUST_CHECK enum error list_receipts(struct request *r, const char *order_id,
                                    struct records *receipts);
/* Inside a transaction; E_EXISTS: somebody was faster. */
MUST_CHECK enum error insert_receipt(struct request *r, const char *obligation_id,
                                     const char *receipt_no, const char *code);
MUST_CHECK enum error find_checked(struct request *r, const char *receipt_no,
                                   struct checked_receipt *found);

/* receipts.c */
struct check_receipt_input {
    const char *receipt_no, *code;
};

struct receipt_check_view {
    const char *receipt_no, *title;
    struct fen amount_fen;
    struct instant paid_at;
    const char *state, *state_text; /* of the order: paid, refunding, part_refunded, refunded */
};

extern const struct field receipt_check_fields[];

enum error show_receipt(struct request *r);
enum error check_receipt(struct request *r);

#endif
