/*
 * The sealed-field format without a request: what seal.h and the tools share. See seal.h for the
 * layout and the key file.
 */
#ifndef CORE_VAULT_H
#define CORE_VAULT_H

#include "core/seal.h"

/* Room for the text is made in the arena; the active key and its suite are used. */
struct bytes vault_seal(const struct vault *vault, struct arena *arena,
                        const struct sealed_column *column, const char *row_id, const char *text);
/* NULL when it does not open, for whatever reason. */
const char *vault_unseal(const struct vault *vault, struct arena *arena,
                         const struct sealed_column *column, const char *row_id,
                         struct bytes sealed);
struct bytes vault_index(const struct vault *vault, struct arena *arena,
                         const struct sealed_column *column, const char *canonical);

int64_t vault_active_key(const struct vault *vault);
/* The key id in the head of a sealed value; 0 when it is too short to have one. */
int64_t sealed_key_id(struct bytes sealed);

/* open_seals.c: reads lines "table column row-id hex" from stdin and prints those that do not open
   with this file's keys, never what is inside. 0 when all open, 1 when one does not, 2 when it
   cannot tell: an exit status. */
int open_seals(const char *key_file);

enum suite { SUITE_GCM = 1, SUITE_SM4 = 2 };
enum key_state { KEY_ACTIVE, KEY_DECRYPT, KEY_RETIRED };

#define DATA_KEY_SIZE 32
#define DATA_KEYS_MAX 64

struct data_key {
    int64_t id; /* 1 ... 65535, given once */
    enum key_state state;
    enum suite suite;
    unsigned char secret[DATA_KEY_SIZE];
};

struct vault {
    struct data_key keys[DATA_KEYS_MAX];
    size_t key_count;
    const struct data_key *active;
    int64_t index_version; /* 0: none read yet */
    unsigned char index_secret[DATA_KEY_SIZE];
};

#endif
