#include "identity/totp.h"

#include "core/clock.h"

enum { STEP_MS = 30 * SECOND_MS, MODULUS = 1000000 };

int64_t totp_step(struct instant at)
{
    return at.ms / STEP_MS;
}

/* RFC 4226, 5.3: four bytes at the place that the last half byte names, without their sign. */
static uint32_t truncated(const unsigned char mac[SHA1_SIZE])
{
    const unsigned char *at = mac + (mac[SHA1_SIZE - 1] & 0x0f);

    return (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void totp_code(struct bytes secret, int64_t step, char code[TOTP_DIGITS + 1])
{
    unsigned char counter[8], mac[SHA1_SIZE];

    for (size_t i = 0; i < sizeof(counter); i++)
        counter[i] = (unsigned char)((uint64_t)step >> (8 * (sizeof(counter) - 1 - i)));
    hmac_sha1(secret, (struct bytes){counter, sizeof(counter)}, mac);
    snprintf(code, TOTP_DIGITS + 1, "%06u", (unsigned)(truncated(mac) % MODULUS));
    wipe(mac, sizeof(mac));
}

/* All three are computed and compared, whichever fits. */
int64_t totp_find(struct bytes secret, struct instant at, const char *code)
{
    int64_t found = NONE;
    char wanted[TOTP_DIGITS + 1];

    for (int64_t step = totp_step(at) - 1; step <= totp_step(at) + 1; step++) {
        totp_code(secret, step, wanted);
        if (bytes_equal(bytes_of(wanted), bytes_of(code)))
            found = step;
    }
    wipe(wanted, sizeof(wanted));
    return found;
}

const char *totp_base32(struct arena *arena, struct bytes secret)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    size_t letters = (secret.size * 8 + 4) / 5;
    char *text = arena_alloc(arena, letters + 1);

    for (size_t i = 0; i < letters; i++) {
        size_t bit = i * 5;
        unsigned next = bit / 8 + 1 < secret.size ? secret.data[bit / 8 + 1] : 0;
        unsigned pair = (unsigned)secret.data[bit / 8] << 8 | next;

        text[i] = alphabet[pair >> (11 - bit % 8) & 31];
    }
    return text;
}
