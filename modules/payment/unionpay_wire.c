#include "payment/unionpay_wire.h"

#include "core/clock.h"
#include "core/http.h"

const char *unionpay_value(struct unionpay_fields fields, const char *name)
{
    for (size_t i = 0; i < fields.count; i++)
        if (strcmp(fields.items[i].name, name) == 0)
            return fields.items[i].value;
    return NULL;
}

bool unionpay_has(struct unionpay_fields fields, const char *name, const char *value)
{
    const char *found = unionpay_value(fields, name);

    return found != NULL && strcmp(found, value) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct unionpay_field *)a)->name,
                  ((const struct unionpay_field *)b)->name);
}

static struct unionpay_fields sorted(struct arena *arena, struct unionpay_fields fields)
{
    struct unionpay_field *copy = arena_alloc(arena, (fields.count + 1) * sizeof(*copy));

    if (fields.count > 0)
        memcpy(copy, fields.items, fields.count * sizeof(*copy));
    qsort(copy, fields.count, sizeof(*copy), by_name);
    return (struct unionpay_fields){copy, fields.count};
}

static const char *as_it_is(struct arena *arena, const char *value)
{
    (void)arena;
    return value;
}

static const char *joined(struct arena *arena, struct unionpay_fields fields,
                          const char *(*value_of)(struct arena *, const char *))
{
    size_t size = 1, growth = value_of == as_it_is ? 1 : 3; /* a file is too large for three */
    char *text, *at;

    for (size_t i = 0; i < fields.count; i++)
        size += strlen(fields.items[i].name) + growth * strlen(fields.items[i].value) + 2;
    text = at = arena_alloc(arena, size);
    for (size_t i = 0; i < fields.count; i++) {
        int written = snprintf(at, size - (size_t)(at - text), "%s%s=%s", i > 0 ? "&" : "",
                               fields.items[i].name, value_of(arena, fields.items[i].value));

        at += written > 0 ? written : 0;
    }
    return text;
}

const char *unionpay_joined(struct arena *arena, struct unionpay_fields fields)
{
    return joined(arena, sorted(arena, fields), as_it_is);
}

static const char *trimmed(struct arena *arena, const char *text)
{
    static const char blanks[] = " \t\r\n";
    size_t size;

    text += strspn(text, blanks);
    size = strlen(text);
    while (size > 0 && strchr(blanks, text[size - 1]) != NULL)
        size--;
    return arena_text_of(arena, text, size);
}

/* Trimmed, without what is blank and without the signature; room for one more. */
static struct unionpay_field *kept(struct arena *arena, struct unionpay_fields fields,
                                   size_t *count)
{
    struct unionpay_field *items = arena_alloc(arena, (fields.count + 1) * sizeof(*items));

    *count = 0;
    for (size_t i = 0; i < fields.count; i++) {
        const char *value =
            fields.items[i].value != NULL ? trimmed(arena, fields.items[i].value) : "";

        if (value[0] != '\0' && strcmp(fields.items[i].name, "signature") != 0)
            items[(*count)++] = (struct unionpay_field){fields.items[i].name, value};
    }
    return items;
}

const char *unionpay_string(struct arena *arena, struct unionpay_fields fields)
{
    size_t count;
    struct unionpay_field *items = kept(arena, fields, &count);

    return unionpay_joined(arena, (struct unionpay_fields){items, count});
}

struct bytes unionpay_digest(struct arena *arena, const char *string)
{
    return bytes_of(sha256_hex(arena, bytes_of(string)));
}

struct unionpay_fields unionpay_signed(struct arena *arena,
                                       const struct unionpay_merchant *merchant,
                                       struct unionpay_fields fields)
{
    size_t count;
    struct unionpay_field *items = kept(arena, fields, &count);
    const char *string = unionpay_joined(arena, (struct unionpay_fields){items, count});
    const char *signature =
        sign_rsa_sha256(arena, merchant->private_key, unionpay_digest(arena, string));

    if (signature == NULL)
        return (struct unionpay_fields){NULL, 0};
    items[count++] = (struct unionpay_field){"signature", signature};
    return sorted(arena, (struct unionpay_fields){items, count});
}

const char *unionpay_body(struct arena *arena, struct unionpay_fields signed_fields)
{
    return signed_fields.items != NULL ? joined(arena, signed_fields, url_encode) : NULL;
}

const char *unionpay_time(struct arena *arena, struct instant at)
{
    struct day day = civil_day(at);
    int64_t second = (at.ms - day_start(day).ms) / SECOND_MS, year, month, date;

    day_parts(day, &year, &month, &date);
    return arena_printf(arena, "%04d%02d%02d%02d%02d%02d", (int)year, (int)month, (int)date,
                        (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

static int64_t two_digits(const char *at)
{
    return (at[0] - '0') * 10 + (at[1] - '0');
}

bool unionpay_time_read(const char *text, struct instant *at)
{
    char date[11];
    struct day day;
    int64_t hour, minute, second;

    if (strlen(text) != 14 || text[strspn(text, "0123456789")] != '\0')
        return false;
    snprintf(date, sizeof(date), "%.4s-%.2s-%.2s", text, text + 4, text + 6);
    hour = two_digits(text + 8);
    minute = two_digits(text + 10);
    second = two_digits(text + 12);
    if (hour > 23 || minute > 59 || second > 59 || !day_from_text(date, &day))
        return false;
    *at = instant_add(day_start(day), hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS);
    return true;
}
