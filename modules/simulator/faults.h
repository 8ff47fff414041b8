/*
 * What shall go wrong. A rule names an operation, optionally a gateway and a number, and a fault;
 * it holds `times_left` times or, NULL, always. A rule "random" draws a fault by its seed, the
 * gateway, the number, the operation and how often that was seen: the same seed gives the same
 * faults.
 *
 * Operations: order, query, close, refund, refund_query, login, bill, pay, callback, message.
 * Faults of answers, before the effect: lost_request, http_500, http_429, system_error;
 *   after it: lost_answer, system_error_after, late_answer (waits latency_ms); of the signature:
 * bad_signature, no_signature, forged, probe, old_timestamp; of a query's content: says_unpaid,
 * says_closed, wrong_amount; of a bill (its number is the day): bill_late (not made yet),
 * wrong_hash, truncated, line_missing, line_added, wrong_amount; of a refund: not_enough,
 * refund_closed, refund_abnormal; of a message (its number is the openid or phone): refused,
 * token_expired. "latency" does nothing but wait. Faults of pay: wrong_amount
 * (amount_fen is what is really paid), unknown_order (another order, that nobody made, is paid too).
 * Faults of callbacks: repeat, late, out_of_order, missing; closed_after (a second later another one
 * says that the paid order is closed); forged (a stranger's comes first); and, of the first sending:
 * probe, bad_signature, old_timestamp.
 */
#ifndef SIMULATOR_FAULTS_H
#define SIMULATOR_FAULTS_H

#include "simulator/simulator.h"

struct sim_fault {
    const char *id, *gateway, *number, *operation, *fault;
    int64_t latency_ms, delay_ms, repeats;
    bool concurrent;
    struct fen amount_fen;
    int64_t times_left, seed, permille;
};

extern const struct field sim_fault_fields[];
extern const struct statement fault_sql[];

/* Outside of a transaction: the fault for this occasion, used up by one; .fault is "" for none. */
MUST_CHECK enum error fault_take(struct request *r, const char *gateway, const char *number,
                                 const char *operation, struct sim_fault *fault);
bool fault_is(const struct sim_fault *fault, const char *name);

bool is_operation(const char *text);
bool is_fault(const char *operation, const char *fault);
MUST_CHECK enum error add_fault(struct request *r, const struct sim_fault *fault);
MUST_CHECK enum error clear_faults(struct request *r);
MUST_CHECK enum error list_faults(struct request *r, struct records *faults);

/* Waits: for the fault's latency, or for the setting's when it has none. */
void fault_wait(const struct request *r, const struct sim_fault *fault);
/* Once the effect is there: the wait of "late_answer". */
void fault_wait_after(const struct sim_fault *fault);
/* Answers by closing the connection: nginx does it where this header leads. */
#define FAULT_CUT "X-Accel-Redirect", "/cut"
MUST_CHECK enum error fault_cut(struct request *r);

#endif
