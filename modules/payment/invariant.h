/*
 * The money invariants: each a count of what violates it, 0 at any quiet moment. They are counted in
 * parts, so that no statement grows with the ledger: every hour what is recent, every night all of it,
 * and all of it for whoever asks on the internal address, a page at a time.
 */
#ifndef PAYMENT_INVARIANT_H
#define PAYMENT_INVARIANT_H

#include "core/db.h"

enum part {
    WHOLE,
    BY_TXN,
    BY_FACT,
    BY_ORDER,
    BY_REFUND,
    BY_SETTLEMENT,
    BY_MOVE,
    BY_BILL,  /* one closed bill */
    BY_LINES, /* a piece of its lines */
};

struct invariant {
    const char *id; /* "M01"; NULL ends the table */
    enum part part;
    int ranges;  /* how often the two ends of a part are taken ... */
    int moments; /* ... and then r->now */
};
extern const struct invariant invariants[];
/* One for each row of invariants[], in its order. */
extern const struct statement invariant_sql[], invariant_part_sql[];

struct violations {
    int64_t violations;
};
extern const struct field violations_fields[];

struct finding {
    const char *id;
    int64_t violations;
};
extern const struct field finding_fields[];

struct walk_input {
    const char *after; /* where the last page ended */
};
extern const struct param walk_params[];
enum error show_invariants(struct request *r);
/* The jobs. */
enum error check_invariants(struct request *r, const struct task *task);
enum error check_all_invariants(struct request *r, const struct task *task);

#endif
