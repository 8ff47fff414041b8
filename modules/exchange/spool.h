/*
 * A body on its way into the tables: a file of its own, encrypted under a key of its own, because
 * what it says about people stands nowhere in clear. The file's name is the batch's id.
 */
#ifndef EXCHANGE_SPOOL_H
#define EXCHANGE_SPOOL_H

#include "core/crypto.h"
#include "core/db.h"

#define SPOOL_KEY_SIZE 32
#define BODY_MAX (INT64_C(64) * 1024 * 1024)
#define LINE_MAX_SIZE 16384

struct spooled {
    unsigned char sha256[SHA256_SIZE];
    int64_t size;
    int64_t lines;
};

/* Takes in the body; the file is on disk when this returns E_OK and gone when it does not. */
MUST_CHECK enum error spool_write(struct request *r, const char *id,
                                  const unsigned char key[SPOOL_KEY_SIZE], struct spooled *spooled);
void spool_remove(struct request *r, const char *id);
/* The periodic job that removes files which no unfinished batch owns. */
MUST_CHECK enum error sweep_spool(struct request *r, const struct task *task);

struct spool_reader;
/* Reads the `size` bytes of body from `offset`; closed with the arena. */
MUST_CHECK enum error spool_open(struct request *r, const char *id,
                                 const unsigned char key[SPOOL_KEY_SIZE], int64_t size,
                                 int64_t offset, struct spool_reader **reader);
/* E_NOT_FOUND behind the last line. Of a line that is too long nothing is kept: data is NULL. */
MUST_CHECK enum error spool_line(struct spool_reader *reader, struct bytes *line);
int64_t spool_offset(const struct spool_reader *reader);

#endif
