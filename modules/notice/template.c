#include "notice/template.h"

#include <stdlib.h>

#include <jansson.h>

#include "casework/utf8.h"
#include "core/clock.h"
#include "core/json_read.h"

enum { THING_MAX = 20, STRING_MAX = 32, PHRASE_MAX = 5, AMOUNT_DIGITS = 10, TEXT_MAX = 2000 };

/* ---- filling in ---- */

/* "{name}" at the text; its value, and the length with the braces. */
static const char *value_at(struct arena *arena, const char *text, const json_t *values,
                            size_t *size)
{
    const char *end = strchr(text, '}');

    if (end == NULL)
        return NULL;
    *size = (size_t)(end - text) + 1;
    return json_string_value(json_object_get(values, arena_text_of(arena, text + 1, *size - 2)));
}

const char *fill_in(struct arena *arena, const char *text, const struct json_t *values)
{
    const char *filled = "";

    while (*text != '\0') {
        size_t size = strcspn(text, "{");

        filled = arena_printf(arena, "%s%.*s", filled, (int)size, text);
        text += size;
        if (*text == '{') {
            const char *value = value_at(arena, text, values, &size);

            if (value == NULL)
                return NULL;
            filled = arena_printf(arena, "%s%s", filled, value);
            text += size;
        }
    }
    return strlen(filled) <= TEXT_MAX ? filled : NULL;
}

/* ---- WeChat's types ---- */

static const char *fit_thing(struct arena *arena, const char *text)
{
    size_t count = utf8_count(text), bytes = 0;
    uint32_t code;

    if (count == SIZE_MAX || count == 0)
        return NULL;
    if (count <= THING_MAX)
        return text;
    for (size_t i = 0; i < THING_MAX - 1; i++)
        bytes += utf8_next(text + bytes, &code);
    return arena_printf(arena, "%.*s…", (int)bytes, text);
}

static bool is_visible(const char *text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++)
        if (text[i] < '!' || text[i] > '~')
            return false;
    return size > 0 && size <= STRING_MAX;
}

static bool is_made_of(const char *text, const char *letters)
{
    size_t size = strlen(text);

    return size > 0 && size <= STRING_MAX && text[strspn(text, letters)] == '\0';
}

static bool is_phrase(const char *text)
{
    size_t count = utf8_count(text);

    return count != SIZE_MAX && count > 0 && count <= PHRASE_MAX && strlen(text) == 3 * count;
}

/* "200.00元" */
static bool is_amount(const char *text)
{
    static const char digits[] = "0123456789";
    size_t whole = strspn(text, digits), fraction = 0;

    text += whole;
    if (*text == '.')
        fraction = strspn(++text, digits);
    text += fraction;
    return whole > 0 && whole <= AMOUNT_DIGITS && fraction <= 2 &&
           (*text == '\0' || strcmp(text, "元") == 0);
}

/* Digits before each of the marks, as in "2026年12月7日" or "15:01". */
static bool has_form(const char *text, const char *const *marks)
{
    for (; *marks != NULL; marks++) {
        size_t digits = strspn(text, "0123456789");

        if (digits == 0 || digits > 4 || strncmp(text + digits, *marks, strlen(*marks)) != 0)
            return false;
        text += digits + strlen(*marks);
    }
    return *text == '\0' || text[strspn(text, " 0123456789:")] == '\0';
}

static bool is_moment(const char *text)
{
    static const char *const date[] = {"年", "月", "日", NULL};
    static const char *const hour[] = {":", NULL};

    return has_form(text, date) || has_form(text, hour);
}

static bool is_number(const char *text)
{
    return is_made_of(text, "0123456789.");
}

static bool is_letters(const char *text)
{
    return is_made_of(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

const char *fit_keyword(struct arena *arena, const char *keyword, const char *text)
{
    static const struct {
        const char *type;
        bool (*fits)(const char *text);
    } types[] = {{"character_string", is_visible},
                 {"number", is_number},
                 {"letter", is_letters},
                 {"phrase", is_phrase},
                 {"amount", is_amount},
                 {"date", is_moment},
                 {"time", is_moment}};
    size_t size = strcspn(keyword, "0123456789");

    if (size == strlen("thing") && strncmp(keyword, "thing", size) == 0)
        return fit_thing(arena, text);
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (size == strlen(types[i].type) && strncmp(keyword, types[i].type, size) == 0)
            return types[i].fits(text) ? text : NULL;
    return NULL;
}

struct texts wechat_keywords(struct arena *arena, const char *data, const struct json_t *values)
{
    const json_t *keywords =
        read_json(arena, (struct bytes){(const unsigned char *)data, strlen(data)});
    struct texts texts = {arena_alloc(arena, (json_object_size(keywords) + 1) * sizeof(char *)), 0};
    const char *keyword;
    json_t *form;

    json_object_foreach((json_t *)(uintptr_t)keywords, keyword, form)
    {
        const char *text =
            json_is_string(form) ? fill_in(arena, json_string_value(form), values) : NULL;

        text = text == NULL ? NULL : fit_keyword(arena, keyword, text);
        if (text == NULL)
            return (struct texts){NULL, 0};
        texts.items[texts.count++] = arena_printf(arena, "%s=%s", keyword, text);
    }
    return texts.count > 0 ? texts : (struct texts){NULL, 0};
}

/* ---- when and how ---- */

struct instant quiet_until(struct instant now, int64_t from_minute, int64_t to_minute)
{
    struct instant midnight = day_start(civil_day(now));
    int64_t minute = (now.ms - midnight.ms) / MINUTE_MS;
    bool is_over_midnight = from_minute > to_minute;
    bool is_quiet = is_over_midnight ? minute >= from_minute || minute < to_minute
                                     : minute >= from_minute && minute < to_minute;

    if (!is_quiet)
        return (struct instant){NONE};
    if (is_over_midnight && minute >= from_minute)
        to_minute += 24 * 60;
    return instant_add(midnight, to_minute * MINUTE_MS);
}

static bool is_open(const char *state)
{
    return state == NULL || IS_ONE_OF(state, "planned", "sending");
}

const char *next_way(const struct ways *ways)
{
    bool may_wechat = ways->has_wechat && IS_ONE_OF(ways->choice, "wechat", "wechat_sms");
    bool may_sms = ways->has_sms && IS_ONE_OF(ways->choice, "sms", "wechat_sms");

    if (IS_ONE_OF(ways->wechat_state, "sent", "given_up"))
        return NULL;
    if (ways->wechat_state != NULL && strcmp(ways->wechat_state, "sending") == 0)
        return "wechat"; /* to find out, whatever was chosen since */
    if (may_wechat && is_open(ways->wechat_state))
        return "wechat";
    return may_sms && is_open(ways->sms_state) ? "sms" : NULL;
}
