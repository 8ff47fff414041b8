/*
 * One error type for control flow. What a client learns is a reason (reason.h); what an operator
 * learns is the text given to failed(). A function that can fail returns an enum error and gives
 * its product through the last parameter; one that cannot fail returns its value.
 */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

enum error {
    E_OK,
    E_REFUSED,     /* reasons were collected: the caller asked for something it may not have */
    E_NOT_FOUND,   /* there is no such thing, or it belongs to somebody else */
    E_EXISTS,      /* a unique key says that it was done before */
    E_AGAIN,       /* nothing happened; the same step may be tried again */
    E_UPSTREAM,    /* another system answered wrongly or not at all: the outcome is unknown */
    E_UNAVAILABLE, /* we cannot serve now: database away, pool empty, breaker open */
    E_INTERNAL,    /* our own fault */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* Returns a failed step's error from the function that tried it. */
#define TRY(step)                                                                                  \
    do {                                                                                           \
        enum error try_result_ = (step);                                                           \
        if (try_result_ != E_OK)                                                                   \
            return try_result_;                                                                    \
    } while (0)

/* Stable English name for logs: "refused", "upstream", ... */
const char *error_name(enum error error);

#endif
