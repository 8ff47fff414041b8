#include "core/vault.h"
#include "core/crypto_gateway.h"

#define VERSION 1
#define HEAD 4 /* version, suite, key id */
#define GCM_NONCE 12
#define SM4_KEY 16
#define SM4_IV 16
#define SM3_TAG 32
#define INDEX_SIZE 16

static const struct bytes nothing = {NULL, 0};

static size_t put_text(unsigned char *at, const char *text)
{
    size_t size = strlen(text) + 1; /* the zero byte tells where the next one begins */

    memcpy(at, text, size);
    return size;
}

/* What a value is bound to: table, column, row and the head, which holds the key id. */
static struct bytes binding(struct arena *arena, const struct sealed_column *column,
                            const char *row_id, const unsigned char *head)
{
    size_t size = strlen(column->table) + strlen(column->column) + strlen(row_id) + 3 + HEAD;
    unsigned char *data = arena_alloc(arena, size), *at = data;

    at += put_text(at, column->table);
    at += put_text(at, column->column);
    at += put_text(at, row_id);
    memcpy(at, head, HEAD);
    return (struct bytes){data, size};
}

static struct bytes joined(struct arena *arena, struct bytes a, struct bytes b)
{
    unsigned char *data = arena_alloc(arena, a.size + b.size);

    if (a.size > 0)
        memcpy(data, a.data, a.size);
    if (b.size > 0)
        memcpy(data + a.size, b.data, b.size);
    return (struct bytes){data, a.size + b.size};
}

/* Each column has keys of its own, and sealing others than the index. */
static void derive(struct arena *arena, enum digest digest, const unsigned char *secret,
                   const char *purpose, const struct sealed_column *column, void *derived,
                   size_t size)
{
    struct bytes info =
        bytes_of(arena_printf(arena, "tongban|%s|%s|%s", purpose, column->table, column->column));

    hkdf(digest, (struct bytes){secret, DATA_KEY_SIZE}, info, derived, size);
}

static struct bytes gcm_seal(const struct data_key *key, struct arena *arena,
                             const struct sealed_column *column, struct bytes aad, const char *text)
{
    unsigned char derived[DATA_KEY_SIZE], nonce[GCM_NONCE];
    struct bytes sealed;

    derive(arena, DIGEST_SHA256, key->secret, "gcm", column, derived, sizeof(derived));
    random_bytes(nonce, sizeof(nonce));
    sealed = aes_gcm_seal(arena, (struct bytes){derived, sizeof(derived)},
                          (struct bytes){nonce, sizeof(nonce)}, aad, bytes_of(text));
    wipe(derived, sizeof(derived));
    return joined(arena, (struct bytes){nonce, sizeof(nonce)}, sealed);
}

static struct bytes gcm_open(const struct data_key *key, struct arena *arena,
                             const struct sealed_column *column, struct bytes aad,
                             struct bytes body)
{
    unsigned char derived[DATA_KEY_SIZE];
    struct bytes plain;

    if (body.size < GCM_NONCE)
        return nothing;
    derive(arena, DIGEST_SHA256, key->secret, "gcm", column, derived, sizeof(derived));
    plain = aes_gcm_open(arena, (struct bytes){derived, sizeof(derived)},
                         (struct bytes){body.data, GCM_NONCE}, aad,
                         (struct bytes){body.data + GCM_NONCE, body.size - GCM_NONCE});
    wipe(derived, sizeof(derived));
    return plain;
}

/* The key for SM4, then the key for the tag. */
struct sm4_keys {
    unsigned char cipher[SM4_KEY];
    unsigned char tag[DATA_KEY_SIZE];
};

static void sm4_tag(const struct sm4_keys *keys, struct arena *arena, struct bytes aad,
                    struct bytes covered, unsigned char tag[SM3_TAG])
{
    hmac_sm3((struct bytes){keys->tag, sizeof(keys->tag)}, joined(arena, aad, covered), tag);
}

static struct bytes sm4_seal(const struct data_key *key, struct arena *arena,
                             const struct sealed_column *column, struct bytes aad, const char *text)
{
    struct sm4_keys keys;
    unsigned char iv[SM4_IV], tag[SM3_TAG];
    struct bytes covered;

    derive(arena, DIGEST_SM3, key->secret, "sm4", column, &keys, sizeof(keys));
    random_bytes(iv, sizeof(iv));
    covered = joined(arena, (struct bytes){iv, sizeof(iv)},
                     sm4_cbc_seal(arena, (struct bytes){keys.cipher, SM4_KEY},
                                  (struct bytes){iv, sizeof(iv)}, bytes_of(text)));
    sm4_tag(&keys, arena, aad, covered, tag);
    wipe(&keys, sizeof(keys));
    return joined(arena, covered, (struct bytes){tag, sizeof(tag)});
}

static struct bytes sm4_open(const struct data_key *key, struct arena *arena,
                             const struct sealed_column *column, struct bytes aad,
                             struct bytes body)
{
    struct sm4_keys keys;
    unsigned char tag[SM3_TAG];
    struct bytes covered, plain = nothing;

    if (body.size < SM4_IV + SM3_TAG)
        return nothing;
    covered = (struct bytes){body.data, body.size - SM3_TAG};
    derive(arena, DIGEST_SM3, key->secret, "sm4", column, &keys, sizeof(keys));
    sm4_tag(&keys, arena, aad, covered, tag);
    /* Nothing is decrypted that the tag does not cover. */
    if (bytes_equal((struct bytes){tag, SM3_TAG},
                    (struct bytes){covered.data + covered.size, SM3_TAG}))
        plain = sm4_cbc_open(arena, (struct bytes){keys.cipher, SM4_KEY},
                             (struct bytes){covered.data, SM4_IV},
                             (struct bytes){covered.data + SM4_IV, covered.size - SM4_IV});
    wipe(&keys, sizeof(keys));
    return plain;
}

struct bytes vault_seal(const struct vault *vault, struct arena *arena,
                        const struct sealed_column *column, const char *row_id, const char *text)
{
    const struct data_key *key = vault->active;
    const unsigned char head[HEAD] = {VERSION, (unsigned char)key->suite,
                                      (unsigned char)(key->id >> 8), (unsigned char)key->id};
    struct bytes aad = binding(arena, column, row_id, head);
    struct bytes body = key->suite == SUITE_GCM ? gcm_seal(key, arena, column, aad, text)
                                                : sm4_seal(key, arena, column, aad, text);

    return joined(arena, (struct bytes){head, HEAD}, body);
}

static const struct data_key *usable_key(const struct vault *vault, struct bytes sealed)
{
    int64_t id = sealed_key_id(sealed);

    for (size_t i = 0; i < vault->key_count; i++)
        if (vault->keys[i].id == id && vault->keys[i].state != KEY_RETIRED)
            return &vault->keys[i];
    return NULL;
}

const char *vault_unseal(const struct vault *vault, struct arena *arena,
                         const struct sealed_column *column, const char *row_id,
                         struct bytes sealed)
{
    const struct data_key *key = usable_key(vault, sealed);
    struct bytes aad, body, plain = nothing;

    if (key == NULL || sealed.data[0] != VERSION)
        return NULL;
    aad = binding(arena, column, row_id, sealed.data);
    body = (struct bytes){sealed.data + HEAD, sealed.size - HEAD};
    /* The head says the suite, not the key: a key may have changed it over its life. */
    if (sealed.data[1] == SUITE_GCM)
        plain = gcm_open(key, arena, column, aad, body);
    else if (sealed.data[1] == SUITE_SM4)
        plain = sm4_open(key, arena, column, aad, body);
    return plain.data != NULL ? arena_text_of(arena, plain.data, plain.size) : NULL;
}

struct bytes vault_index(const struct vault *vault, struct arena *arena,
                         const struct sealed_column *column, const char *canonical)
{
    unsigned char derived[DATA_KEY_SIZE], mac[SHA256_SIZE];

    derive(arena, DIGEST_SM3, vault->index_secret, "index", column, derived, sizeof(derived));
    hmac_sm3((struct bytes){derived, sizeof(derived)}, bytes_of(canonical), mac);
    wipe(derived, sizeof(derived));
    return (struct bytes){(unsigned char *)arena_text_of(arena, mac, INDEX_SIZE), INDEX_SIZE};
}

int64_t vault_active_key(const struct vault *vault)
{
    return vault->active->id;
}

int64_t sealed_key_id(struct bytes sealed)
{
    if (sealed.data == NULL || sealed.size < HEAD)
        return 0;
    return (int64_t)sealed.data[2] << 8 | sealed.data[3];
}
