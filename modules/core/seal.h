/*
 * Personal fields at rest. A sealed field is bound to its table, column, row and key id, so that a
 * value cannot be moved to another place:
 *
 *   version 1 | suite 1 | key id 2 | nonce | ciphertext | tag
 *   suite 1   AES-256-GCM, nonce 12 random, tag 16
 *   suite 2   SM4-CBC, iv 16 random, then HMAC-SM3 over everything, tag 32
 *
 * Both suites are always readable; the key file says which one writes. Encryption and index keys
 * are derived separately per column. The blind index finds equal values without a way back: the
 * first 16 bytes of HMAC-SM3 under the column's index key; never an unkeyed hash, because identity
 * numbers can be enumerated.
 *
 * Key file (DATA_KEYS_FILE), a line each, made by scripts/make-keys and rotated by
 * scripts/rotate-data-key:
 *   data  KEYID active|decrypt|retired gcm|sm4 64-hex-digits
 *   index VERSION active 64-hex-digits
 */
#ifndef CORE_SEAL_H
#define CORE_SEAL_H

#include "core/crypto.h"
#include "core/service.h"

struct vault; /* the parsed key file; one a process, shared by threads */

/* NULL, and the fault with its line on stderr. */
struct vault *vault_open(const char *path);
void vault_close(struct vault *vault);

/* Where a sealed value stands: constants, one per column. */
struct sealed_column {
    const char *table;
    const char *column;
};

struct bytes seal(struct request *r, const struct sealed_column *column, const char *row_id,
                  const char *text);
/* E_INTERNAL when it does not open: a wrong place, a retired key or a changed byte. Every opening is
   counted; opening for a person's eyes is audited by the caller with its reason. */
MUST_CHECK enum error unseal(struct request *r, const struct sealed_column *column,
                             const char *row_id, struct bytes sealed, const char **text);
/* 16 bytes in the arena. `canonical` is the canonical form of the value (casework/identifier.h). */
struct bytes blind_index(struct request *r, const struct sealed_column *column,
                         const char *canonical);
/* Whether the value was sealed under a key that is no longer the active one. */
bool seal_is_old(struct request *r, struct bytes sealed);
int64_t seal_active_key(struct request *r);

#endif
