#include "identity/password.h"

#include <argon2.h>

#include "identity/state.h"

enum { AT_ONCE = 2, LANES = 1, SALT_SIZE = 16, HASH_SIZE = 32, ENCODED_SIZE = 256 };

enum error password_enter(struct request *r)
{
    struct identity *identity = r->state;

    if (++identity->hashing <= AT_ONCE)
        return E_OK;
    identity->hashing--;
    return refuse(r, OVERLOADED, NO_VALUES);
}

void password_leave(struct request *r)
{
    struct identity *identity = r->state;

    identity->hashing--;
}

enum error password_hash(struct request *r, const char *password, const char **hash)
{
    const struct identity_settings *settings = r->settings;
    char *encoded = arena_alloc(r->arena, ENCODED_SIZE);
    unsigned char salt[SALT_SIZE];
    int result;

    random_bytes(salt, sizeof(salt));
    result = argon2id_hash_encoded(
        (uint32_t)settings->argon2_passes, (uint32_t)settings->argon2_kib, LANES, password,
        strlen(password), salt, sizeof(salt), HASH_SIZE, encoded, ENCODED_SIZE);
    if (result != ARGON2_OK)
        return failed(r, E_UNAVAILABLE, "argon2: %s", argon2_error_message(result));
    *hash = encoded;
    return E_OK;
}

enum error password_matches(struct request *r, const char *hash, const char *password,
                            bool *matches)
{
    int result = argon2id_verify(hash, password, strlen(password));

    *matches = result == ARGON2_OK;
    if (result == ARGON2_OK || result == ARGON2_VERIFY_MISMATCH)
        return E_OK;
    return failed(r, E_UNAVAILABLE, "argon2: %s", argon2_error_message(result));
}

/* Letters and digits are base64 too: 24 are a salt of 18 bytes, 44 a hash of 33. */
const char *password_stand_in(struct arena *arena, const struct identity_settings *settings)
{
    return arena_printf(arena, "$argon2id$v=%d$m=%lld,t=%lld,p=%d$%s$%s", ARGON2_VERSION_NUMBER,
                        (long long)settings->argon2_kib, (long long)settings->argon2_passes, LANES,
                        random_text(arena, 24), random_text(arena, 44));
}
