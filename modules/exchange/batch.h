/*
 * A batch and how far it is. It is applied in chunks: the facts of some lines and the position of
 * the next are one transaction, so whoever continues after a crash neither loses nor doubles a line.
 */
#ifndef EXCHANGE_BATCH_H
#define EXCHANGE_BATCH_H

#include "core/process.h"
#include "core/seal.h"
#include "exchange/line.h"

struct batch {
    const char *id, *agency, *batch_id;
    struct bytes sha256;
    int64_t size_bytes;
    struct bytes spool_key; /* sealed; none when done */
    const char *state;
    int64_t lines_total, lines_good, lines_known, lines_bad;
    int64_t next_line, next_offset;
    struct instant received_at, done_at;
};

struct batch_fault {
    int64_t line;
    const char *reasons;
};

extern const struct statement batch_sql[];

#define FAULTS_KEPT 10000
#define FAULTS_SHOWN 100

MUST_CHECK enum error find_agency_types(struct request *r, const char *agency, const char **types);
MUST_CHECK enum error insert_batch(struct request *r, const struct batch *batch);
MUST_CHECK enum error find_batch(struct request *r, const char *id, struct batch *batch);
MUST_CHECK enum error find_own_batch(struct request *r, const char *agency, const char *batch_id,
                                     struct batch *batch);
MUST_CHECK enum error lock_batch(struct request *r, const char *id, struct batch *batch);
MUST_CHECK enum error save_progress(struct request *r, const struct batch *batch);
MUST_CHECK enum error insert_fault(struct request *r, const char *batch, const struct line *line);
MUST_CHECK enum error list_faults(struct request *r, const char *batch, int64_t after,
                                  struct records *faults);

extern const struct sealed_column spool_key_column;

/* Applies the next lines of the batch in a request of its own; *done when none is left. */
MUST_CHECK enum error apply_chunk(struct process *process, const char *id, bool *done);
MUST_CHECK enum error apply_batch(struct request *r, const struct task *task);

#endif
