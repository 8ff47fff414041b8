/*
 * What somebody scanned from a paper, and files to be signed. byte 1 chooses:
 *   0  the rest is what was scanned
 *   1  the rest is claims, which are well signed
 *   2  the rest is a PDF
 */

#include "fuzz/fuzz.h"

#include "casework/paper_pdf.h"
#include "casework/statement.h"
#include "core/crypto_paper.h"

static const char private_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
    "-----END PRIVATE KEY-----\n";

static struct key *key;
static struct arena *process; /* what the keys live in */
static const struct statement_keys *keys;

static bool read_scanned(struct arena *arena, const char *text)
{
    struct paper_statement statement;

    if (!statement_verify(arena, keys, text, &statement))
        return false;
    assert(statement.iss != NULL && statement.kind != NULL && statement.no != NULL &&
           statement.sub != NULL && statement.iat.ms >= 0);
    return true;
}

static bool read_signed(struct arena *arena, struct bytes claims)
{
    const struct paper_statement any = {"a", "b", "c", "d", {0}, {0}, {0}};
    const char *sample = statement_sign(arena, keys, &any);
    const char *text = arena_printf(arena, "%.*s.%s", (int)(strchr(sample, '.') - sample), sample,
                                    base64url_encode(arena, claims));
    unsigned char signature[ED25519_SIGNATURE_SIZE];

    sign_ed25519(key, bytes_of(text), signature);
    return read_scanned(
        arena, arena_printf(arena, "%s.%s", text,
                            base64url_encode(arena, (struct bytes){signature, sizeof(signature)})));
}

/* Whatever is taken stays as it was, and all but the hole is signed. */
static bool make_room(struct arena *arena, struct bytes pdf)
{
    const struct pdf_signing signing = {"深圳", "出具文书", {0}};
    struct pdf_signable file;

    if (!pdf_make_room(arena, pdf, &signing, &file))
        return false;
    assert(file.size > pdf.size && memcmp(file.data, pdf.data, pdf.size) == 0);
    assert(file.hole >= pdf.size && file.hole < file.hole_end && file.hole_end < file.size);
    return true;
}

/* What is well made is taken: else all below would be refused before it was looked at. */
static void check_ways(void)
{
    struct arena *arena = arena_open(1 << 20);

    assert(read_signed(arena, bytes_of("{\"iss\":\"a\",\"kind\":\"b\",\"no\":\"c\",\"sub\":\"d\","
                                       "\"from\":null,\"to\":null,\"iat\":1}")));
    arena_close(arena);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    key = key_private_ed25519(private_pem);
    process = arena_open(1 << 16);
    keys = statement_keys_open(process, private_pem, NULL);
    assert(key != NULL && keys != NULL);
    check_ways();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct arena *arena = arena_open(4 << 20);
    unsigned way = fuzz_byte(&input) % 3;
    struct bytes rest = fuzz_rest(&input);

    if (way == 0)
        read_scanned(arena, arena_text_of(arena, rest.data, rest.size));
    else if (way == 1)
        read_signed(arena, rest);
    else
        make_room(arena, rest);
    arena_close(arena);
    return 0;
}
