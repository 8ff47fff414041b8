/*
 * Transfers (国库退付): how a refund reaches the payer when its gateway cannot return it any more.
 *
 * The refund is in the state "transfer" and has an open case. Its payer gives a bank account, once;
 * officers of the finance role open it, which is audited, have the treasury transfer outside of
 * this system, and enter the number of that transfer: one enters it, another confirms the same
 * number. Only then the books move, suspense against treasury:ACCOUNT, and the refund is
 * "transferred". What does not arrive goes back to the payer with a reason, and another account may
 * be given. Each account is a row (refund_transfer), sealed, and wiped some days after its last
 * step.
 */
#ifndef PAYMENT_REFUND_TRANSFER_H
#define PAYMENT_REFUND_TRANSFER_H

#include "payment/refund.h"

struct transfer {
    const char *id;
    const char *refund_id;
    const char *state;                     /* given, entered, done, bounced */
    struct bytes holder, bank, account_no; /* sealed; NULL once they are wiped */
    const char *reference;                 /* the treasury's number; NULL until it is entered */
    const char *maker, *checker;           /* who entered it, who confirmed it */
    const char *bounce, *bounced_by;
};

extern const struct statement transfer_sql[];

/* transfer_store.c; inside a transaction that has locked the refund */
struct bank_account {
    const char *holder, *bank, *account_no;
};
MUST_CHECK enum error insert_transfer(struct request *r, const char *refund_id,
                                      const struct bank_account *account);
/* The one that was given last. */
MUST_CHECK enum error find_last_transfer(struct request *r, const char *refund_id,
                                         struct transfer *transfer);
/* Whether the caller's Idempotency-Key has given one. */
MUST_CHECK enum error has_given(struct request *r, const char *refund_id, bool *has);
/* E_NOT_FOUND when it was wiped. */
MUST_CHECK enum error open_account(struct request *r, const struct transfer *transfer,
                                   struct bank_account *account);
/* E_EXISTS: another transfer has this reference. */
MUST_CHECK enum error enter_transfer(struct request *r, const struct transfer *transfer,
                                     const char *reference);
MUST_CHECK enum error finish_transfer(struct request *r, const struct transfer *transfer);
MUST_CHECK enum error bounce_transfer(struct request *r, const struct transfer *transfer,
                                      const char *why);

/* refund_transfers.c */
struct give_account_input {
    const char *order_no, *refund_no;
    const char *holder, *bank, *account_no;
};

struct transfer_input {
    const char *refund_no;
    const char *reference;
};

struct bounce_input {
    const char *refund_no;
    const char *note;
};

extern const struct field account_view_fields[];

enum error give_account(struct request *r);
enum error show_account(struct request *r);
enum error record_transfer(struct request *r);
enum error confirm_transfer(struct request *r);
enum error return_transfer(struct request *r);

/* Inside the transaction in which the gateway is found to have returned it after all. */
MUST_CHECK enum error drop_transfer(struct request *r, const struct refund *refund);

/* A job: wipes the accounts that are not to be kept any longer. */
enum error wipe_accounts(struct request *r, const struct task *task);

#endif
