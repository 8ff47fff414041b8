#include "core/ulid.h"

#include <assert.h>

#include "core/crypto.h"

enum { TIME_LETTERS = 10, RANDOM_LETTERS = 16, RANDOM_SIZE = 10 };

/* Crockford's base 32: digits and capitals without I, L, O and U. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void ulid_write(char ulid[ULID_SIZE + 1], struct instant now)
{
    unsigned char random[RANDOM_SIZE];
    uint64_t time = (uint64_t)now.ms;
    unsigned waiting = 0; /* bits taken from random[] and not yet written */
    size_t held = 0;
    size_t next = 0;

    assert(now.ms >= 0 && time < UINT64_C(1) << 48);
    for (size_t i = TIME_LETTERS; i-- > 0; time >>= 5)
        ulid[i] = alphabet[time & 31];
    random_bytes(random, sizeof(random));
    for (size_t i = 0; i < RANDOM_LETTERS; i++) {
        if (held < 5) {
            waiting = (waiting & 31) << 8 | random[next++];
            held += 8;
        }
        held -= 5;
        ulid[TIME_LETTERS + i] = alphabet[waiting >> held & 31];
    }
    ulid[ULID_SIZE] = '\0';
}

const char *ulid_new(struct request *r)
{
    char *ulid = arena_alloc(r->arena, ULID_SIZE + 1);

    ulid_write(ulid, r->now);
    return ulid;
}

/* The first letter holds three bits: a greater one would overflow 48 bits of time. */
bool is_ulid(const char *text)
{
    return strspn(text, alphabet) == ULID_SIZE && text[ULID_SIZE] == '\0' && text[0] <= '7';
}

struct instant ulid_moment(const char *ulid)
{
    struct instant at = {0};

    for (size_t i = 0; i < TIME_LETTERS; i++)
        at.ms = at.ms << 5 | (strchr(alphabet, ulid[i]) - alphabet);
    return at;
}
