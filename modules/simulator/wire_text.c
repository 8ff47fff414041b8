#include <limits.h>

#include "core/http.h"
#include "core/input.h"
#include "simulator/wire_crypto.h"
#include "simulator/wire_text.h"

#define PAIRS_MAX 64

struct moment {
    int64_t year, month, day, hour, minute, second;
};

static struct moment moment_of(struct instant at)
{
    struct moment moment;
    struct day day = civil_day(at);
    int64_t ms = at.ms - day_start(day).ms;

    day_parts(day, &moment.year, &moment.month, &moment.day);
    moment.hour = ms / HOUR_MS;
    moment.minute = ms / MINUTE_MS % 60;
    moment.second = ms / SECOND_MS % 60;
    return moment;
}

static const char *print_moment(struct arena *arena, struct instant at, char between,
                                const char *offset)
{
    struct moment m = moment_of(at);

    return arena_printf(arena, "%04d-%02d-%02d%c%02d:%02d:%02d%s", (int)m.year, (int)m.month,
                        (int)m.day, between, (int)m.hour, (int)m.minute, (int)m.second, offset);
}

const char *wire_rfc3339(struct arena *arena, struct instant at)
{
    return print_moment(arena, at, 'T', "+08:00");
}

const char *wire_local(struct arena *arena, struct instant at)
{
    return print_moment(arena, at, ' ', "");
}

/* Reads by a picture: 0 stands for a digit, all else for itself. */
static bool looks_like(const char *text, const char *picture)
{
    for (; *picture != '\0'; picture++, text++)
        if (*picture == '0' ? (*text < '0' || *text > '9') : *text != *picture)
            return false;
    return true;
}

static int64_t digits(const char *text, size_t count)
{
    int64_t number = 0;

    for (size_t i = 0; i < count; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

static bool read_moment(const char *text, struct instant *at)
{
    int64_t hour = digits(text + 11, 2), minute = digits(text + 14, 2);
    int64_t second = digits(text + 17, 2);
    char date[11] = {0};
    struct day day;

    memcpy(date, text, sizeof(date) - 1);
    if (hour > 23 || minute > 59 || second > 59 || !day_from_text(date, &day))
        return false;
    *at = instant_add(day_start(day), hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS);
    return true;
}

bool wire_local_read(const char *text, struct instant *at)
{
    return strlen(text) == 19 && looks_like(text, "0000-00-00 00:00:00") && read_moment(text, at);
}

bool wire_rfc3339_read(const char *text, struct instant *at)
{
    int64_t offset_ms;
    const char *rest;

    if (!looks_like(text, "0000-00-00T00:00:00") || !read_moment(text, at))
        return false;
    rest = text + 19;
    if (looks_like(rest, ".000"))
        rest += 4;
    if (strcmp(rest, "Z") == 0) {
        offset_ms = 0;
    } else {
        if (strlen(rest) != 6 || (*rest != '+' && *rest != '-') || !looks_like(rest + 1, "00:00"))
            return false;
        offset_ms = digits(rest + 1, 2) * HOUR_MS + digits(rest + 4, 2) * MINUTE_MS;
        offset_ms = *rest == '-' ? -offset_ms : offset_ms;
    }
    /* read_moment took the text for UTC+8. */
    *at = instant_add(*at, 8 * HOUR_MS - offset_ms);
    return true;
}

bool is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

const char *form_value(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->items[i].name, name) == 0)
            return form->items[i].value;
    return NULL;
}

void form_set(struct arena *arena, struct form *form, const char *name, const char *value)
{
    if (form->items == NULL)
        form->items = arena_alloc(arena, PAIRS_MAX * sizeof(*form->items));
    if (value == NULL || form->count == PAIRS_MAX)
        return;
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->items[i].name, name) == 0) {
            form->items[i].value = value;
            return;
        }
    form->items[form->count++] = (struct pair){name, value};
}

bool form_read(struct arena *arena, const char *text, size_t size, struct form *form)
{
    const char *end = text + size;

    *form = (struct form){arena_alloc(arena, PAIRS_MAX * sizeof(*form->items)), 0};
    while (text < end) {
        const char *stop = memchr(text, '&', (size_t)(end - text));
        const char *equals, *name, *value;

        stop = stop == NULL ? end : stop;
        equals = memchr(text, '=', (size_t)(stop - text));
        if (equals == NULL)
            return false;
        name = form_decode(arena, text, (size_t)(equals - text));
        value = form_decode(arena, equals + 1, (size_t)(stop - equals - 1));
        if (name == NULL || value == NULL || form->count == PAIRS_MAX ||
            form_value(form, name) != NULL)
            return false;
        form->items[form->count++] = (struct pair){name, value};
        text = stop + 1;
    }
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct pair *)a)->name, ((const struct pair *)b)->name);
}

const char *form_signed_text(struct arena *arena, const struct form *form, bool with_sign_type)
{
    struct pair sorted[PAIRS_MAX];
    char *text, *at;
    size_t count = 0, size = 1;

    for (size_t i = 0; i < form->count; i++) {
        const struct pair *one = &form->items[i];

        if (strcmp(one->name, "sign") == 0 || one->value[0] == '\0' ||
            (!with_sign_type && strcmp(one->name, "sign_type") == 0))
            continue;
        sorted[count++] = *one;
        size += strlen(one->name) + strlen(one->value) + strlen("&=");
    }
    qsort(sorted, count, sizeof(sorted[0]), compare_names);
    text = at = arena_alloc(arena, size);
    for (size_t i = 0; i < count; i++)
        at += snprintf(at, size - (size_t)(at - text), "%s%s=%s", i == 0 ? "" : "&", sorted[i].name,
                       sorted[i].value);
    return text;
}

const char *form_encoded(struct arena *arena, const struct form *form)
{
    const char *text = "";

    for (size_t i = 0; i < form->count; i++)
        text = arena_printf(arena, "%s%s%s=%s", text, i == 0 ? "" : "&",
                            url_encode(arena, form->items[i].name),
                            url_encode(arena, form->items[i].value));
    return text;
}
