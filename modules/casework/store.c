/* Seals what is kept and knows it again; where it is kept is a store_place. */

#include "casework/store_place.h"
#include "core/crypto.h"
#include "core/seal.h"

enum { KEY = 32, NONCE = 12 };

/* The key is that of one content alone, so the nonce need not differ. */
struct lock {
    unsigned char key[KEY];
    unsigned char nonce[NONCE];
};

static void lock_of(struct request *r, const char *hex, struct lock *lock)
{
    static const struct sealed_column column = {"upload", "file"};

    *lock = (struct lock){.key = {0}};
    for (size_t i = 0; i < 2; i++) {
        struct bytes half = blind_index(r, &column, arena_printf(r->arena, "%s-%zu", hex, i));

        memcpy(lock->key + i * KEY / 2, half.data, KEY / 2);
    }
}

#define LOCK_KEY(lock) ((struct bytes){(lock)->key, KEY})
#define LOCK_NONCE(lock) ((struct bytes){(lock)->nonce, NONCE})

static const struct store_place *place_of(const struct store_settings *settings)
{
    return *settings->s3_url != '\0' ? &store_s3 : &store_folder;
}

enum error store_put(struct request *r, const struct store_settings *settings,
                     struct bytes sha256_of, struct arena *arena, struct bytes bytes)
{
    const char *hex = hex_encode(r->arena, sha256_of);
    struct bytes sealed;
    struct lock lock;

    lock_of(r, hex, &lock);
    sealed = aes_gcm_seal(arena, LOCK_KEY(&lock), LOCK_NONCE(&lock), sha256_of, bytes);
    wipe(&lock, sizeof(lock));
    return place_of(settings)->put(r, settings, hex, sealed);
}

enum error store_get(struct request *r, const struct store_settings *settings,
                     struct bytes sha256_of, struct arena *arena, struct bytes *bytes)
{
    const char *hex = hex_encode(r->arena, sha256_of);
    unsigned char digest[SHA256_SIZE];
    struct bytes sealed;
    struct lock lock;

    TRY(place_of(settings)->get(r, settings, hex, arena, &sealed));
    lock_of(r, hex, &lock);
    *bytes = aes_gcm_open(arena, LOCK_KEY(&lock), LOCK_NONCE(&lock), sha256_of, sealed);
    wipe(&lock, sizeof(lock));
    if (bytes->data != NULL)
        sha256(*bytes, digest);
    if (bytes->data == NULL || !bytes_equal(sha256_of, (struct bytes){digest, sizeof(digest)}))
        return failed(r, E_INTERNAL, "store: %s: it is not what was put there", hex);
    return E_OK;
}

enum error store_drop(struct request *r, const struct store_settings *settings,
                      struct bytes sha256_of)
{
    return place_of(settings)->drop(r, settings, hex_encode(r->arena, sha256_of));
}

enum error store_open(struct request *r, const struct store_settings *settings)
{
    return place_of(settings)->open(r, settings);
}

enum error store_check(struct request *r, const struct store_settings *settings)
{
    return place_of(settings)->check(r, settings);
}
