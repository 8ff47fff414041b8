/*
 * Reconciliation: each day's bills of each merchant against our books.
 *
 * A bill goes through its states by one job, `reconcile`, that does the next piece of work and comes
 * back; killed anywhere, the next run goes on from what is committed:
 *
 *   due       to be downloaded, checked against its hash and read to its end
 *   loading   its lines go into bill_line, 500 a transaction; the bill is held in memory only, so it
 *             keeps its lease until that is done; interrupted, it downloads it again and skips what
 *             is there
 *   checking  each line gets its verdict; what is missing here is applied like a callback
 *   waiting   something known here is not in the bill: another day, then the gateway is asked
 *   closed    every line and every fact of its period is matched or has a case
 *   refused   it could not be believed; it is fetched again every half hour
 *
 * Fetching a bill again (from closed, waiting or refused) makes its lines anew and comes to the same
 * end: money facts are known by their numbers, cases by what they are about.
 *
 * The cases and the one action that ends each are listed in cases.c.
 */
#ifndef PAYMENT_BILL_BATCH_H
#define PAYMENT_BILL_BATCH_H

#include "payment/bill.h"
#include "payment/fact.h"
#include "payment/merchant.h"

#define BILL_CHUNK 500 /* lines a transaction */

struct batch {
    const char *id, *gateway, *merchant, *kind, *state, *sha256;
    struct day bill_date;
    struct instant begins_at, ends_at; /* of that day, as the gateway cuts it (gateway.h) */
    int64_t line_count, loaded, checked;
    struct fen in_fen, out_fen, billed_fen, booked_fen;
    struct instant searched_to;
};

extern const struct statement bill_sql[];

/* --- bill_package.c: a packed bill in memory --------------------------------------------------- */

struct package {
    struct arena *arena; /* its own; closed with the request's */
    struct piece *first, *last, *at;
    int64_t size;
};

struct package *package_open(struct request *r);
/* Adds to its end, for http_call's `take`; false when it gets larger than BILL_PACKED_MAX. */
bool package_keep(void *package, struct bytes bytes);
/* All of it in one piece, in the arena, with a zero byte behind it. */
struct bytes package_text(const struct package *package, struct arena *arena);
/* Fetches it from where the gateway put it; `headers` may be NULL. */
MUST_CHECK enum error package_download(struct request *r, const char *upstream, const char *url,
                                       const char *const *headers, struct package *package);
/* From its beginning, once more. */
struct bill_source package_source(struct package *package);

/* What a gateway says when it is asked for a bill. */
enum bill_answer {
    BILL_HERE,  /* it is in the package */
    BILL_NONE,  /* nothing happened on that day */
    BILL_LATER, /* it is not made yet */
};

struct bill_download {
    enum bill_answer answer;
    struct package *package;
    const char *sha1; /* that the gateway announced, hex; NULL when it announces none */
};

/* --- bill_store.c ------------------------------------------------------------------------------ */

MUST_CHECK enum error find_batch(struct request *r, const char *id, struct batch *batch);
MUST_CHECK enum error lock_batch(struct request *r, const char *id, struct batch *batch);
/* The last day that was planned for this merchant; E_NOT_FOUND for none. */
MUST_CHECK enum error find_last_day(struct request *r, const char *gateway, const char *merchant,
                                    const char *kind, struct day *day);
/* Of the trade bill of the same day; E_NOT_FOUND when there is none. */
MUST_CHECK enum error find_trade_state(struct request *r, const struct batch *batch,
                                       const char **state);
/* E_EXISTS when it is there. */
MUST_CHECK enum error insert_batch(struct request *r, const struct batch *batch);
MUST_CHECK enum error move_batch(struct request *r, const struct batch *batch, const char *to);
MUST_CHECK enum error record_fetched(struct request *r, const struct batch *batch, const char *to,
                                     const struct bill_reading *reading);
MUST_CHECK enum error record_refused(struct request *r, const struct batch *batch,
                                     const char *reason);
/* Some of them; *is_more while there are others. */
MUST_CHECK enum error delete_lines(struct request *r, const char *batch_id, bool *is_more);
/* `json`: an array of arrays, a line each. E_EXISTS when a number stands in the bill twice. */
MUST_CHECK enum error insert_lines(struct request *r, const struct batch *batch, const char *json,
                                   int64_t loaded);

struct line_row {
    int64_t line_no;
    const char *direction, *gateway_no, *our_no, *paid_no, *verdict, *state, *fact_id;
    struct fen amount_fen, fact_fen;
    struct instant happened_at;
};

/* Verdicts of the lines after `batch->checked`, up to `last`: first of those that have a fact ... */
MUST_CHECK enum error match_lines(struct request *r, const struct batch *batch, int64_t last);
/* ... in the end, of those that have none. */
MUST_CHECK enum error judge_lines(struct request *r, const struct batch *batch, int64_t last);
/* Lines among them that moved money and have no verdict; those that need a case. */
MUST_CHECK enum error list_unknown(struct request *r, const struct batch *batch, int64_t last,
                                   struct records *lines);
MUST_CHECK enum error list_odd(struct request *r, const struct batch *batch, int64_t last,
                               struct records *lines);
/* Adds the sums of these lines to the bill's. */
MUST_CHECK enum error record_checked(struct request *r, const struct batch *batch, int64_t last);

struct fact_row {
    const char *id, *direction, *gateway_no, *our_no;
    struct fen amount_fen;
};

/* Money facts of the bill's period that no line and no case is about, at most a hundred: the first, by
   some thousands, from batch->searched_to on, which moves as far as there are none. E_AGAIN (come
   back now) when the run has no time left. */
MUST_CHECK enum error search_unbilled(struct request *r, struct batch *batch,
                                      struct records *facts);
MUST_CHECK enum error record_closed(struct request *r, const struct batch *batch);
/* Opens the case, if it is new, and notes that this bill gave rise to it. */
MUST_CHECK enum error open_bill_case(struct request *r, const struct batch *batch, const char *kind,
                                     const char *dedupe, const char *detail);
MUST_CHECK enum error close_bill_case(struct request *r, const char *kind, const char *dedupe);

/* --- bill_fetch.c, bill_match.c: the steps ----------------------------------------------------- */

/* The time of a run that a step may use; then it comes back. */
bool has_time_left(const struct request *r);
MUST_CHECK enum error fetch_bill(struct request *r, struct batch *batch);
MUST_CHECK enum error check_bill(struct request *r, struct batch *batch);
MUST_CHECK enum error end_waiting(struct request *r, struct batch *batch);

#endif
