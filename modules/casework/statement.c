#include "casework/statement.h"

#include <jansson.h>

#include "core/clock.h"
#include "core/crypto_paper.h"
#include "core/json_read.h"

enum { SCANNED_MAX = 2048, KID_LETTERS = 8, KEYS_MAX = 16 };

struct statement_key {
    struct key *key;
    const char *x;      /* the public key, base64url */
    const char *kid;    /* the first letters of its thumbprint */
    const char *header; /* as it stands in a statement, encoded */
};

struct statement_keys {
    struct statement_key items[KEYS_MAX]; /* the first one signs */
    size_t count;
};

static void close_key(void *key)
{
    key_close(key);
}

/* Takes over the key; false when it is none. */
static bool add_key(struct arena *arena, struct statement_keys *keys, struct key *key)
{
    unsigned char raw[ED25519_KEY_SIZE], thumbprint[SHA256_SIZE];
    struct statement_key *added = &keys->items[keys->count];
    const char *jwk;

    if (key == NULL)
        return false;
    arena_defer(arena, close_key, key);
    if (keys->count == KEYS_MAX)
        return false;
    key_raw_ed25519(key, raw);
    added->key = key;
    added->x = base64url_encode(arena, (struct bytes){raw, sizeof(raw)});
    jwk = arena_printf(arena, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"}", added->x);
    sha256(bytes_of(jwk), thumbprint);
    added->kid = arena_text_of(
        arena, base64url_encode(arena, (struct bytes){thumbprint, SHA256_SIZE}), KID_LETTERS);
    added->header = base64url_encode(
        arena, bytes_of(arena_printf(arena, "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}", added->kid)));
    keys->count++;
    return true;
}

const struct statement_keys *statement_keys_open(struct arena *arena, const char *private_pem,
                                                 const char *retired)
{
    struct statement_keys *keys = arena_alloc(arena, sizeof(*keys));
    const char *line = retired != NULL ? retired : "";

    if (!add_key(arena, keys, key_private_ed25519(private_pem)))
        return NULL;
    for (size_t size; *line != '\0'; line += size + (line[size] == '\n')) {
        size = strcspn(line, "\n");
        if (size > 0 &&
            !add_key(arena, keys, key_public_ed25519(base64url_decode(arena, line, size))))
            return NULL;
    }
    return keys;
}

const char *statement_jwks(struct arena *arena, const struct statement_keys *keys)
{
    json_t *list = json_array();

    for (size_t i = 0; i < keys->count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kty", "OKP", "crv",
                                              "Ed25519", "x", keys->items[i].x, "kid",
                                              keys->items[i].kid, "alg", "EdDSA", "use", "sig"));
    return json_written(arena, json_pack("{s:o}", "keys", list));
}

static json_t *day_or_null(struct arena *arena, struct day day)
{
    return day.number == NONE ? json_null() : json_string(day_to_text(arena, day));
}

const char *statement_sign(struct arena *arena, const struct statement_keys *keys,
                           const struct paper_statement *statement)
{
    const struct statement_key *key = &keys->items[0];
    unsigned char signature[ED25519_SIGNATURE_SIZE];
    const char *claims =
        json_written(arena, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:I}", "iss", statement->iss,
                                      "kind", statement->kind, "no", statement->no, "sub",
                                      statement->sub, "from", day_or_null(arena, statement->from),
                                      "to", day_or_null(arena, statement->to), "iat",
                                      (json_int_t)(statement->iat.ms / SECOND_MS)));
    const char *text =
        arena_printf(arena, "%s.%s", key->header, base64url_encode(arena, bytes_of(claims)));

    sign_ed25519(key->key, bytes_of(text), signature);
    return arena_printf(arena, "%s.%s", text,
                        base64url_encode(arena, (struct bytes){signature, sizeof(signature)}));
}

const char *statement_address(struct arena *arena, const char *address, const char *signed_text)
{
    return arena_printf(arena, "%s#%s", address, signed_text);
}

/* By the header as a whole: it is compared and never read, so that nothing in it can choose an
   algorithm or a key. */
static const struct statement_key *key_of(const struct statement_keys *keys, const char *header,
                                          size_t size)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strlen(keys->items[i].header) == size &&
            memcmp(keys->items[i].header, header, size) == 0)
            return &keys->items[i];
    return NULL;
}

/* A day, or NONE where it is null; false for anything else. */
static bool read_day(const struct json_t *claims, const char *name, struct day *day)
{
    const char *text = json_text_at(claims, name);

    *day = (struct day){NONE};
    return text != NULL ? day_from_text(text, day) : json_is_null(json_object_get(claims, name));
}

static bool read_claims(struct arena *arena, struct bytes text, struct paper_statement *statement)
{
    const struct json_t *claims = read_json(arena, text);
    struct paper_statement read = {
        .iss = json_text_at(claims, "iss"),
        .kind = json_text_at(claims, "kind"),
        .no = json_text_at(claims, "no"),
        .sub = json_text_at(claims, "sub"),
        .iat = {json_number_at(claims, "iat")},
    };

    if (read.iss == NULL || read.kind == NULL || read.no == NULL || read.sub == NULL ||
        read.iat.ms < 0 || read.iat.ms > INT64_MAX / SECOND_MS ||
        !read_day(claims, "from", &read.from) || !read_day(claims, "to", &read.to))
        return false;
    read.iat.ms *= SECOND_MS;
    *statement = read;
    return true;
}

bool statement_verify(struct arena *arena, const struct statement_keys *keys, const char *scanned,
                      struct paper_statement *statement)
{
    const char *hash = strchr(scanned, '#'), *text = hash != NULL ? hash + 1 : scanned;
    const char *first = strchr(text, '.'), *last = strrchr(text, '.');
    const struct statement_key *key;
    struct bytes claims, signature;

    if (strlen(scanned) > SCANNED_MAX || first == NULL || first == last)
        return false;
    key = key_of(keys, text, (size_t)(first - text));
    signature = base64url_decode(arena, last + 1, strlen(last + 1));
    claims = base64url_decode(arena, first + 1, (size_t)(last - first - 1));
    return key != NULL && signature.data != NULL && claims.data != NULL &&
           verify_ed25519(key->key,
                          (struct bytes){(const unsigned char *)text, (size_t)(last - text)},
                          signature) &&
           read_claims(arena, claims, statement);
}
