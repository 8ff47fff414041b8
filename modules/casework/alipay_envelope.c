/*
 * Finds the signed part of an answer in its raw bytes. A JSON parser would not do: the signature is
 * over the text as it was written, and texts of errors have been seen in another encoding.
 */

#include "casework/alipay_gateway.h"

#include <ctype.h>

#define MEMBERS_MAX 8
#define DEPTH_MAX 16
#define AES_KEY_SIZE 16
#define SERIAL_SIZE 32

struct scanner {
    const char *at;
    const char *end;
};

struct member {
    struct bytes name;  /* without its quotes */
    struct bytes value; /* as written */
};

static void skip_blanks(struct scanner *scanner)
{
    while (scanner->at < scanner->end && strchr(" \t\r\n", *scanner->at) != NULL &&
           *scanner->at != '\0')
        scanner->at++;
}

static bool take(struct scanner *scanner, char wanted)
{
    skip_blanks(scanner);
    if (scanner->at == scanner->end || *scanner->at != wanted)
        return false;
    scanner->at++;
    return true;
}

/* A text with its quotes. */
static bool take_text(struct scanner *scanner, struct bytes *raw)
{
    const char *start;

    if (!take(scanner, '"'))
        return false;
    start = scanner->at - 1;
    while (scanner->at < scanner->end && *scanner->at != '"') {
        if (*scanner->at == '\\' && ++scanner->at == scanner->end)
            return false;
        scanner->at++;
    }
    if (scanner->at == scanner->end)
        return false;
    scanner->at++;
    *raw = (struct bytes){(const unsigned char *)start, (size_t)(scanner->at - start)};
    return true;
}

/* An object or array up to the bracket that closes it. */
static bool skip_nested(struct scanner *scanner)
{
    struct bytes ignored;
    int depth = 0;

    do {
        char c = scanner->at < scanner->end ? *scanner->at : '\0';

        if (c == '"') {
            if (!take_text(scanner, &ignored))
                return false;
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        if (c == '\0' || depth > DEPTH_MAX)
            return false;
        scanner->at++;
    } while (depth > 0);
    return true;
}

static bool take_value(struct scanner *scanner, struct bytes *raw)
{
    const char *start;

    skip_blanks(scanner);
    start = scanner->at;
    if (start == scanner->end)
        return false;
    if (*start == '"')
        return take_text(scanner, raw);
    if (*start == '{' || *start == '[') {
        if (!skip_nested(scanner))
            return false;
    } else {
        while (scanner->at < scanner->end &&
               (isalnum((unsigned char)*scanner->at) || strchr("+-.", *scanner->at) != NULL) &&
               *scanner->at != '\0')
            scanner->at++;
    }
    *raw = (struct bytes){(const unsigned char *)start, (size_t)(scanner->at - start)};
    return raw->size > 0;
}

static bool is_same(struct bytes a, struct bytes b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* The name must be plain: an escape in it could spell a second one of the same name. */
static bool take_member(struct scanner *scanner, struct member *members, size_t count)
{
    struct bytes name;

    if (!take_text(scanner, &name) || memchr(name.data, '\\', name.size) != NULL)
        return false;
    members[count].name = (struct bytes){name.data + 1, name.size - 2};
    for (size_t i = 0; i < count; i++)
        if (is_same(members[i].name, members[count].name))
            return false;
    return take(scanner, ':') && take_value(scanner, &members[count].value);
}

/* The members of the outermost object; false for anything malformed, repeated or behind it. */
static bool scan(struct bytes body, struct member members[MEMBERS_MAX], size_t *count)
{
    struct scanner scanner = {(const char *)body.data, (const char *)body.data + body.size};

    *count = 0;
    if (body.data == NULL || !take(&scanner, '{'))
        return false;
    if (!take(&scanner, '}')) {
        do {
            if (*count == MEMBERS_MAX || !take_member(&scanner, members, *count))
                return false;
            ++*count;
        } while (take(&scanner, ','));
        if (!take(&scanner, '}'))
            return false;
    }
    skip_blanks(&scanner);
    return scanner.at == scanner.end;
}

static const struct member *find(const struct member *members, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (is_same(members[i].name, bytes_of(name)))
            return &members[i];
    return NULL;
}

/* A text of base64 or hex, in which at most "/" is escaped; NULL for anything else. */
static const char *plain_text(struct arena *arena, const struct member *member)
{
    char *text;
    size_t n = 0;

    if (member == NULL || member->value.size < 2 || member->value.data[0] != '"')
        return NULL;
    text = arena_alloc(arena, member->value.size);
    for (size_t i = 1; i + 1 < member->value.size; i++) {
        char c = (char)member->value.data[i];

        if (c == '\\' && member->value.data[i + 1] == '/')
            continue;
        if (c == '\\' || c == '\0')
            return NULL;
        text[n++] = c;
    }
    return text;
}

/* "alipay.trade.query" answers in "alipay_trade_query_response". */
static const char *node_name(struct arena *arena, const char *method)
{
    char *name = arena_printf(arena, "%s_response", method);

    for (char *at = name; *at != '\0'; at++)
        if (*at == '.')
            *at = '_';
    return name;
}

static bool is_node(const struct member *member)
{
    static const char ending[] = "_response";
    size_t size = sizeof(ending) - 1;

    return member->name.size >= size &&
           memcmp(member->name.data + member->name.size - size, ending, size) == 0;
}

bool alipay_split(struct arena *arena, const char *method, struct bytes body,
                  struct alipay_envelope *envelope)
{
    struct member members[MEMBERS_MAX];
    const struct member *node, *error, *sign;
    size_t count, nodes = 0;

    *envelope = (struct alipay_envelope){.sign = NULL};
    if (!scan(body, members, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        nodes += is_node(&members[i]);
    node = find(members, count, node_name(arena, method));
    error = find(members, count, "error_response");
    sign = find(members, count, "sign");
    if (nodes != 1 || (node == NULL && error == NULL) || (error == NULL && sign == NULL))
        return false;
    envelope->is_error = error != NULL;
    envelope->node = error != NULL ? error->value : node->value;
    envelope->sign = plain_text(arena, sign);
    envelope->cert_sn = plain_text(arena, find(members, count, "alipay_cert_sn"));
    /* What is signed is an object, or an encrypted text. */
    return (sign == NULL || envelope->sign != NULL) &&
           (envelope->node.data[0] == '{' || envelope->node.data[0] == '"');
}

static bool is_serial(const char *text)
{
    return strlen(text) == SERIAL_SIZE && strspn(text, "0123456789abcdef") == SERIAL_SIZE;
}

const struct key *alipay_key_of(const struct alipay_app *app, const char *cert_sn)
{
    if (app->app_cert_sn == NULL)
        return app->gateway_key;
    for (size_t i = 0; cert_sn != NULL && i < app->signer_count; i++)
        if (strcmp(cert_sn, app->signers[i].serial) == 0)
            return app->signers[i].key;
    return NULL;
}

enum alipay_verdict alipay_verify(const struct alipay_app *app, const char *cert_sn,
                                  struct bytes message, const char *sign)
{
    const struct key *key = alipay_key_of(app, cert_sn);

    if (key != NULL)
        return verify_rsa_sha256(key, message, sign) ? ALIPAY_GENUINE : ALIPAY_REFUSED;
    if (cert_sn != NULL)
        return is_serial(cert_sn) ? ALIPAY_UNKNOWN_SERIAL : ALIPAY_REFUSED;
    for (size_t i = 0; i < app->signer_count; i++)
        if (verify_rsa_sha256(app->signers[i].key, message, sign))
            return ALIPAY_GENUINE;
    return ALIPAY_REFUSED;
}

enum alipay_verdict alipay_read_answer(struct arena *arena, const struct alipay_app *app,
                                       const char *method, struct bytes body,
                                       struct alipay_answer *answer)
{
    struct alipay_envelope envelope;
    enum alipay_verdict verdict;

    *answer = (struct alipay_answer){.cert_sn = NULL};
    if (!alipay_split(arena, method, body, &envelope))
        return ALIPAY_REFUSED;
    answer->is_error = envelope.is_error;
    answer->cert_sn = envelope.cert_sn;
    answer->node = envelope.node;
    if (envelope.sign == NULL)
        return ALIPAY_UNSIGNED_ERROR;
    verdict = alipay_verify(app, envelope.cert_sn, envelope.node, envelope.sign);
    if (verdict != ALIPAY_GENUINE)
        answer->node = (struct bytes){NULL, 0};
    return verdict;
}

struct bytes alipay_open_content(struct arena *arena, const struct alipay_app *app,
                                 const char *aes_key, struct bytes content, struct bytes *segment)
{
    static const unsigned char no_iv[16];
    const struct bytes nothing = {NULL, 0};
    struct bytes key = base64_decode(arena, aes_key);
    struct member members[MEMBERS_MAX];
    const struct member *response;
    const char *sign;
    size_t count;

    if (!scan(content, members, &count) || key.size != AES_KEY_SIZE)
        return nothing;
    response = find(members, count, "response");
    sign = plain_text(arena, find(members, count, "sign"));
    if (plain_text(arena, response) == NULL || sign == NULL)
        return nothing;
    if (segment != NULL)
        *segment = response->value;
    if (alipay_verify(app, NULL, response->value, sign) != ALIPAY_GENUINE)
        return nothing;
    return aes_cbc_open(arena, key, (struct bytes){no_iv, sizeof(no_iv)},
                        base64_decode(arena, plain_text(arena, response)));
}
