/*
 * Callbacks as they are kept: what a gateway posted, whose it is, and what came of it, with all
 * that it takes to run it again (replay.h). Only genuine ones are kept, each event once, in the
 * commit that applies it; a body from anybody fills no disk. A repetition is answered like the
 * first one and leaves no trace. What is kept is sealed, and deleted after `keep_until`.
 */
#ifndef PAYMENT_CALLBACK_H
#define PAYMENT_CALLBACK_H

#include "payment/payment.h"

struct callback {
    const char *gateway;
    const char *merchant; /* whom the path named */
    const char *headers;  /* those that the signature covers, "Name: value\n" each; "" for none */
    struct bytes body;    /* as it came */
    const char *key_id;   /* of the key that opened it, where it names none itself; else NULL */
    const char *answer;   /* what the gateway is told, status and text: "204", "200 success" */
    /* Set once it is understood. */
    const char *event_key; /* what it is about; repetitions share it */
    const char *our_no;    /* NULL when it could not be read */
};

/* What came of it: the disposition of the money fact that it made, or "duplicate" when another
   proof was first, "nothing" when there was nothing to book, "parked". */
struct outcome {
    const char *disposition;
    const char *fact_id; /* NULL when it made none */
};

/* A row, opened. */
struct kept_callback {
    const char *id;
    struct instant received_at;
    struct callback callback;
    struct outcome outcome;
};

extern const struct statement inbox_sql[];

/* callbacks.c */
/* An answer as `answer` above has it. */
const char *callback_answer(struct request *r, int status, const char *text);
/* Whether the keys by which it was genuine are still among ours. */
bool callback_keys_are_here(struct request *r, const struct callback *callback);

/* inbox_store.c */
MUST_CHECK enum error find_callback(struct request *r, const char *gateway, const char *event_key);
/* Inside a transaction; E_EXISTS when it was known already. */
MUST_CHECK enum error insert_callback(struct request *r, const struct callback *callback,
                                      const struct outcome *outcome);
/* The one of that event, without headers and body: what came of it. */
MUST_CHECK enum error find_outcome(struct request *r, const char *gateway, const char *event_key,
                                   struct kept_callback *kept);
/* The first one received after that one (id "" for none) and before `end`, opened. */
MUST_CHECK enum error next_callback(struct request *r, struct instant at, const char *id,
                                    struct instant end, struct kept_callback *kept);

/* Job: deletes what is kept no longer. */
enum error tidy_callbacks(struct request *r, const struct task *task);

#endif
