/* Taking apart and verifying what is said to come from UnionPay. */

#include "core/input.h"
#include "payment/unionpay_answer.h"

static const char company[] = "中国银联股份有限公司";

static bool is_name(const char *text)
{
    return text[0] != '\0' &&
           text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")] ==
               '\0';
}

/* The next "&" outside of braces and brackets, or the end; *depth: how many are open there. */
static const char *find_end(const char *at, const char *end, int64_t *depth)
{
    for (; at < end; at++) {
        if (*at == '{' || *at == '[')
            ++*depth;
        else if ((*at == '}' || *at == ']') && *depth > 0)
            --*depth;
        else if (*at == '&' && *depth == 0)
            break;
    }
    return at;
}

static const char *end_of_field(const char *at, const char *end)
{
    int64_t depth = 0;

    return find_end(at, end, &depth);
}

static const char *end_of_pair(const char *at, const char *end)
{
    const char *stop = memchr(at, '&', (size_t)(end - at));

    return stop != NULL ? stop : end;
}

static const char *raw_text(struct arena *arena, const char *text, size_t size)
{
    return memchr(text, '\0', size) == NULL ? arena_text_of(arena, text, size) : NULL;
}

/* Neither parted nor, by what is still open, joined with what follows, in the text that is signed.
 */
static bool is_one_field(const char *value)
{
    int64_t depth = 0;

    return find_end(value, value + strlen(value), &depth)[0] == '\0' && depth == 0;
}

struct form_kind {
    const char *(*end)(const char *at, const char *end);
    const char *(*decode)(struct arena *arena, const char *text, size_t size);
};

static bool split(struct arena *arena, struct form_kind kind, struct bytes body,
                  struct unionpay_fields *fields)
{
    struct unionpay_field *items = arena_alloc(arena, UNIONPAY_FIELDS_MAX * sizeof(*items));
    const char *at = (const char *)body.data, *end = at + body.size;

    *fields = (struct unionpay_fields){items, 0};
    if (body.size == 0)
        return false;
    while (at <= end) {
        const char *stop = kind.end(at, end);
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        struct unionpay_field *item = &items[fields->count];

        if (equals == NULL || fields->count == UNIONPAY_FIELDS_MAX)
            return false;
        item->name = kind.decode(arena, at, (size_t)(equals - at));
        item->value = kind.decode(arena, equals + 1, (size_t)(stop - equals - 1));
        if (item->name == NULL || item->value == NULL || !is_name(item->name) ||
            !is_one_field(item->value) || unionpay_value(*fields, item->name) != NULL)
            return false;
        fields->count++;
        at = stop + 1;
    }
    return true;
}

bool unionpay_split_answer(struct arena *arena, struct bytes body, struct unionpay_fields *fields)
{
    return split(arena, (struct form_kind){end_of_field, raw_text}, body, fields);
}

bool unionpay_split_notice(struct arena *arena, struct bytes body, struct unionpay_fields *fields)
{
    return split(arena, (struct form_kind){end_of_pair, form_decode}, body, fields);
}

/* "041@8310000000083040@中国银联股份有限公司@00016495": the third part counts. */
static bool is_unionpay(const char *common_name, bool is_test)
{
    const char *third = common_name;

    if (is_test && strcmp(common_name, "00040000:SIGN") == 0)
        return true;
    for (int part = 1; part < 3; part++) {
        third = strchr(third, '@');
        if (third == NULL)
            return false;
        third++;
    }
    return strcspn(third, "@") == strlen(company) && strncmp(third, company, strlen(company)) == 0;
}

struct key *unionpay_signer(struct arena *arena, const struct unionpay_gateway *gateway,
                            const char *pem, struct instant now, struct instant *ends_at)
{
    struct certificate *certificate = certificate_read(pem);
    struct key *key = NULL;
    const char *name;

    if (certificate == NULL)
        return NULL;
    name = certificate_common_name(arena, certificate);
    *ends_at = certificate_ends_at(certificate);
    if (name != NULL && is_unionpay(name, gateway->is_test) &&
        certificate_valid_at(certificate, now) && trust_covers(gateway->trust, certificate, now))
        key = certificate_key(certificate);
    certificate_close(certificate);
    return key;
}

/* As received: nothing is trimmed, the certificate's line ends take part. */
static const char *string_of(struct arena *arena, struct unionpay_fields fields, bool with_empty)
{
    struct unionpay_field *kept = arena_alloc(arena, (fields.count + 1) * sizeof(*kept));
    size_t count = 0;

    for (size_t i = 0; i < fields.count; i++)
        if (strcmp(fields.items[i].name, "signature") != 0 &&
            (with_empty || fields.items[i].value[0] != '\0'))
            kept[count++] = fields.items[i];
    return unionpay_joined(arena, (struct unionpay_fields){kept, count});
}

const char *unionpay_signed_string(struct arena *arena, struct unionpay_fields fields,
                                   const struct key *signer)
{
    const char *signature = unionpay_value(fields, "signature");

    if (signature == NULL || !unionpay_has(fields, "version", "5.1.0") ||
        !unionpay_has(fields, "signMethod", "01"))
        return NULL;
    for (int with_empty = 0; with_empty < 2; with_empty++) {
        const char *string = string_of(arena, fields, with_empty != 0);

        if (verify_rsa_sha256(signer, unionpay_digest(arena, string), signature))
            return string;
    }
    return NULL;
}

bool unionpay_verify(struct arena *arena, const struct unionpay_gateway *gateway,
                     struct unionpay_fields fields, struct instant now)
{
    const char *pem = unionpay_value(fields, "signPubKeyCert");
    struct instant ends_at;
    struct key *signer = pem != NULL ? unionpay_signer(arena, gateway, pem, now, &ends_at) : NULL;
    bool is_genuine = signer != NULL && unionpay_signed_string(arena, fields, signer) != NULL;

    key_close(signer);
    return is_genuine;
}
