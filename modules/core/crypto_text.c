/* Bytes as text and back, random bytes, and comparing in constant time. */

#include "core/crypto_gateway.h"
#include "core/crypto_openssl.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

static const char base64_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const unsigned char *)text, text != NULL ? strlen(text) : 0};
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || CRYPTO_memcmp(a.data, b.data, a.size) == 0);
}

void wipe(void *secret, size_t size)
{
    OPENSSL_cleanse(secret, size);
}

void random_bytes(void *buffer, size_t size)
{
    crypto_must(RAND_bytes(buffer, crypto_int(size)) == 1);
}

const char *random_text(struct arena *arena, size_t letters)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char *text = arena_alloc(arena, letters + 1);
    unsigned char pool[64];
    size_t used = sizeof(pool);

    for (size_t i = 0; i < letters;) {
        if (used == sizeof(pool)) {
            random_bytes(pool, sizeof(pool));
            used = 0;
        }
        /* 248 = 4 x 62: what lies above would make some letters likelier. */
        if (pool[used] < 248)
            text[i++] = alphabet[pool[used] % 62];
        used++;
    }
    return text;
}

const char *base64_encode(struct arena *arena, struct bytes data)
{
    unsigned char *text = arena_alloc(arena, (data.size + 2) / 3 * 4 + 1);

    if (data.size > 0)
        EVP_EncodeBlock(text, data.data, crypto_int(data.size));
    return (const char *)text;
}

/* How many letters stand before the padding; false for any letter outside the alphabet, a length
   that is no multiple of 4, or padding elsewhere than at the end. OpenSSL is laxer. */
static bool base64_is_whole(const char *text, size_t size, size_t *letters)
{
    *letters = strspn(text, base64_letters);
    return size % 4 == 0 && size - *letters <= 2 && strspn(text + *letters, "=") == size - *letters;
}

size_t base64_decode_into(const char *text, unsigned char *buffer, size_t size)
{
    size_t text_size = strlen(text), letters;
    unsigned char last[3];
    size_t whole, decoded;

    if (!base64_is_whole(text, text_size, &letters) || text_size == 0)
        return 0;
    decoded = letters * 3 / 4;
    if (decoded > size)
        return 0;
    /* Four letters become three bytes, also the padded ones: those go through `last`. */
    whole = text_size / 4 - 1;
    if (whole > 0)
        crypto_must(EVP_DecodeBlock(buffer, (const unsigned char *)text, crypto_int(whole * 4)) >=
                    0);
    crypto_must(EVP_DecodeBlock(last, (const unsigned char *)text + whole * 4, 4) == 3);
    memcpy(buffer + whole * 3, last, decoded - whole * 3);
    return decoded;
}

struct bytes base64_decode(struct arena *arena, const char *text)
{
    size_t size, decoded;
    unsigned char *buffer;

    if (text == NULL)
        return (struct bytes){NULL, 0};
    size = strlen(text) / 4 * 3;
    buffer = arena_alloc(arena, size + 1);
    decoded = base64_decode_into(text, buffer, size);
    if (decoded == 0 && *text != '\0')
        return (struct bytes){NULL, 0};
    return (struct bytes){buffer, decoded};
}

const char *hex_encode(struct arena *arena, struct bytes data)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, data.size * 2 + 1);

    for (size_t i = 0; i < data.size; i++) {
        text[2 * i] = digits[data.data[i] >> 4];
        text[2 * i + 1] = digits[data.data[i] & 15];
    }
    return text;
}

static int hex_digit(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    if (letter >= 'a' && letter <= 'f')
        return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F')
        return letter - 'A' + 10;
    return -1;
}

struct bytes hex_decode(struct arena *arena, const char *text)
{
    size_t size = text != NULL ? strlen(text) : 1;
    unsigned char *data;

    if (size % 2 != 0)
        return (struct bytes){NULL, 0};
    data = arena_alloc(arena, size / 2 + 1);
    for (size_t i = 0; i < size / 2; i++) {
        int high = hex_digit(text[2 * i]);
        int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

        if (low < 0)
            return (struct bytes){NULL, 0};
        data[i] = (unsigned char)(high << 4 | low);
    }
    return (struct bytes){data, size / 2};
}
