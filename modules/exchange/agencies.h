/* Who pushes, proven by a signature over the whole request. */
#ifndef EXCHANGE_AGENCIES_H
#define EXCHANGE_AGENCIES_H

#include "core/crypto.h"
#include "core/db.h"

struct agencies; /* the keys of AGENCY_KEYS; what service.open makes */
MUST_CHECK enum error agencies_open(struct process *process, const void *settings, void **state);
void agencies_close(void *state);

/* What a request of an agency says of itself. */
struct claim {
    const char *agency;
    const char *batch_id;
    const char *signature;
    const char *timestamp;
    const char *types; /* of lines that the agency may push */
};

/* Reads the headers; refused are malformed ones, unknown agencies and moments more than ten minutes
   away. Nothing is proven yet. */
MUST_CHECK enum error claim_read(struct request *r, struct claim *claim);
/* Proves it: base64 of RSA-SHA256 over METHOD, path, agency, batch id, timestamp and the hex SHA-256
   of the body, each followed by a line feed. */
MUST_CHECK enum error claim_verify(struct request *r, const struct claim *claim, const char *method,
                                   const unsigned char sha256_of_body[SHA256_SIZE]);
bool is_batch_id(const char *text);

#endif
