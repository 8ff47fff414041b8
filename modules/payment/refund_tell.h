/*
 * Telling the payer how far a refund is (casework/tell.h): that it was agreed to, where it ended, and
 * that a bank account is wanted; not each step on the way. Inside the transaction in which the refund or
 * its transfer moved. Of an orphan nobody is known who paid it.
 */
#ifndef PAYMENT_REFUND_TELL_H
#define PAYMENT_REFUND_TELL_H

#include "core/db.h"

extern const struct statement refund_tell_sql[];

MUST_CHECK enum error tell_refund(struct request *r, const char *id);
/* The account that the payer gave did not take the money. */
MUST_CHECK enum error tell_bounce(struct request *r, const char *id, const char *transfer_id);

#endif
