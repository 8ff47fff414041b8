/* UnionPay on the stage of payment: what it answers and tells, signed with its key. */
#ifndef SERVICE_PAYMENT_STAGE_UNIONPAY_H
#define SERVICE_PAYMENT_STAGE_UNIONPAY_H

#include "service/payment_stage.h"

#define UNIONPAY_MERCHANT "777290058110048"
#define UNIONPAY_KEY "simulator/unionpay.key"

/* What UnionPay sends with these fields ("a=1&b=2"), as an answer or as a notice; with another key
   it is a stranger's. */
const char *unionpay_said_by(const char *key_name, const char *text, bool is_notice);
/* From now on this is what it answers at a path, as the fake upstream names it. */
void unionpay_answers(const char *path, const char *text);

/* An attempt's or a refund's number and time, as UnionPay repeats them. */
const char *unionpay_named(const char *table, const char *id);
/* It posts a notice of these fields; the HTTP status of our answer. */
int unionpay_tells(const char *fields);
int unionpay_tells_at(const char *path, const char *body);

/* A line of its file: "in", "out" by refund or "cancel"; `time` is "1122100000". */
const char *unionpay_line(const char *kind, const char *no, const char *ours, const char *time,
                          int64_t fen);
/* The fields of the answer that hands such lines over, as the file of this day ("1122"). */
const char *unionpay_file_of(const char *day, const char *lines);
/* From now on this is, or there is not, a file of that day. */
void unionpay_file_is(const char *day, const char *lines);
void unionpay_has_no_file(const char *day);

#endif
