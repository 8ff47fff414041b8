/*
 * UnionPay's file of transactions (ZM): a line each, of fixed width, in which columns are parted by
 * one blank and money is in fen. It comes in a zip, beside a report for people.
 */
#ifndef PAYMENT_BILL_UNIONPAY_H
#define PAYMENT_BILL_UNIONPAY_H

#include "payment/bill.h"

enum unionpay_column {
    UP_CODE,
    UP_TIME = 4,
    UP_AMOUNT = 6,
    UP_QUERY_ID = 9,
    UP_ORDER_ID = 11,
    UP_TYPE = 19,
    UP_ORIGINAL = 26,
    UP_MERCHANT = 27,
    UP_COLUMNS = 41,
};

#define UNIONPAY_LINE_SIZE 607

/* Cuts a line of just that size, which it changes, into its columns, blanks behind them left out.
   False when a column does not end where it has to. */
bool unionpay_split(char *line, size_t size, const char *columns[UP_COLUMNS]);

/* fileContent of the answer, out of base64 and zlib: the zip; data NULL when it is damaged. */
struct bytes unionpay_file(struct arena *arena, const char *content);

#endif
