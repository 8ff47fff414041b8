#include <errno.h>
#include <inttypes.h>
#include <jansson.h>

#include "core/clock.h"
#include "core/codec.h"
#include "core/crypto.h"

void text_add(struct text *text, const char *data, size_t size)
{
    if (text->room - text->size < size + 1) {
        size_t room = (text->room + size + 1) * 2;
        char *larger = arena_alloc(text->arena, room < 512 ? 512 : room);

        if (text->size > 0)
            memcpy(larger, text->data, text->size);
        text->data = larger;
        text->room = room < 512 ? 512 : room;
    }
    if (size > 0) /* of nothing there may be no place */
        memcpy(text->data + text->size, data, size);
    text->size += size;
}

void text_put(struct text *text, const char *zero_ended)
{
    text_add(text, zero_ended, strlen(zero_ended));
}

void text_number(struct text *text, int64_t number)
{
    char digits[24];
    int size = snprintf(digits, sizeof(digits), "%" PRId64, number);

    text_add(text, digits, (size_t)size);
}

const char *text_end(struct text *text)
{
    text_add(text, "", 1);
    text->size--;
    return text->data;
}

/* How many bytes the UTF-8 sequence at `s` has; 0 when it is malformed. */
static size_t utf8_size(const unsigned char *s)
{
    size_t size = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;

    if (s[0] > 0xF4)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
        (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return size;
}

bool is_utf8(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;

    for (size_t size; *s != 0; s += size) {
        size = utf8_size(s);
        if (size == 0)
            return false;
    }
    return true;
}

static void escape(struct text *text, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char unicode[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

    if (c == '"' || c == '\\') {
        char pair[2] = {'\\', (char)c};
        text_add(text, pair, 2);
    } else if (c == '\n') {
        text_add(text, "\\n", 2);
    } else {
        text_add(text, unicode, 6);
    }
}

void text_json(struct text *text, const char *zero_ended)
{
    const unsigned char *s = (const unsigned char *)zero_ended;
    size_t plain = 0;

    if (zero_ended == NULL) {
        text_put(text, "null");
        return;
    }
    text_add(text, "\"", 1);
    while (s[plain] != 0) {
        size_t size = utf8_size(s + plain);

        if (size > 0 && s[plain] >= 0x20 && s[plain] != '"' && s[plain] != '\\') {
            plain += size;
            continue;
        }
        text_add(text, (const char *)s, plain);
        if (size == 0)
            text_put(text, "\xEF\xBF\xBD");
        else
            escape(text, s[plain]);
        s += plain + 1;
        plain = 0;
    }
    text_add(text, (const char *)s, plain);
    text_add(text, "\"", 1);
}

static void write_list(struct text *text, bool nullable, const struct texts *texts,
                       const struct numbers *numbers)
{
    size_t count = texts != NULL ? texts->count : numbers->count;
    bool is_absent = texts != NULL ? texts->items == NULL : numbers->items == NULL;

    if (nullable && is_absent) {
        text_put(text, "null");
        return;
    }
    text_add(text, "[", 1);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_add(text, ",", 1);
        if (texts != NULL)
            text_json(text, texts->items[i]);
        else
            text_number(text, numbers->items[i]);
    }
    text_add(text, "]", 1);
}

static void write_number(struct text *text, enum kind kind, int64_t number)
{
    if (number == NONE)
        text_put(text, "null");
    else if (kind == KIND_INSTANT)
        text_json(text, instant_to_text(text->arena, (struct instant){number}));
    else if (kind == KIND_DAY)
        text_json(text, day_to_text(text->arena, (struct day){number}));
    else
        text_number(text, number);
}

static void write_member(struct text *text, const struct field *field, const void *record)
{
    const char *at = (const char *)record + field->offset;

    switch (field->kind) {
    case KIND_BOOL:
        text_put(text, *(const bool *)at ? "true" : "false");
        break;
    case KIND_NUMBER:
    case KIND_INSTANT:
    case KIND_DAY:
    case KIND_FEN:
        write_number(text, field->kind, *(const int64_t *)(const void *)at);
        break;
    case KIND_TEXT:
    case KIND_PHONE:
    case KIND_ID_NO:
        text_json(text, *(const char *const *)(const void *)at);
        break;
    case KIND_BYTES:
        text_json(text, ((const struct bytes *)(const void *)at)->data == NULL
                            ? NULL
                            : base64_encode(text->arena, *(const struct bytes *)(const void *)at));
        break;
    case KIND_TEXTS:
        write_list(text, field->nullable, (const struct texts *)(const void *)at, NULL);
        break;
    case KIND_NUMBERS:
        write_list(text, field->nullable, NULL, (const struct numbers *)(const void *)at);
        break;
    case KIND_RECORDS:
        write_records(text, field->of, field->size, *(const struct records *)(const void *)at);
        break;
    }
}

void write_record(struct text *text, const struct field *fields, const void *record)
{
    text_add(text, "{", 1);
    for (size_t i = 0; fields[i].name != NULL; i++) {
        if (i > 0)
            text_add(text, ",", 1);
        text_add(text, "\"", 1);
        text_put(text, fields[i].name);
        text_add(text, "\":", 2);
        write_member(text, &fields[i], record);
    }
    text_add(text, "}", 1);
}

void write_records(struct text *text, const struct field *fields, size_t size,
                   struct records records)
{
    text_add(text, "[", 1);
    for (size_t i = 0; i < records.count; i++) {
        if (i > 0)
            text_add(text, ",", 1);
        write_record(text, fields, (const char *)records.items + i * size);
    }
    text_add(text, "]", 1);
}

void write_value(struct text *text, struct value value)
{
    switch (value.kind) {
    case KIND_BOOL:
        text_put(text, value.boolean ? "true" : "false");
        break;
    case KIND_BYTES:
        text_json(text, value.bytes.data == NULL ? NULL : base64_encode(text->arena, value.bytes));
        break;
    case KIND_NUMBER:
    case KIND_INSTANT:
    case KIND_DAY:
    case KIND_FEN:
        write_number(text, value.kind, value.number);
        break;
    default:
        text_json(text, value.text);
    }
}

bool read_number(const char *text, int64_t *number)
{
    char *end;
    long long n;

    if (text[0] == '\0' ||
        strspn(text + (text[0] == '-'), "0123456789") != strlen(text + (text[0] == '-')))
        return false;
    errno = 0;
    n = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text || n == NONE)
        return false;
    *number = n;
    return true;
}

static bool read_list(struct arena *arena, enum kind kind, const json_t *json, void *at)
{
    size_t count = json_array_size(json);
    struct texts *texts = at;
    struct numbers *numbers = at;
    void *items = arena_alloc(arena, (count + 1) * sizeof(int64_t));

    if (!json_is_array(json))
        return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(json, i);

        if (kind == KIND_TEXTS && json_is_string(item))
            ((const char **)items)[i] = arena_text(arena, json_string_value(item));
        else if (kind == KIND_NUMBERS && json_is_integer(item))
            ((int64_t *)items)[i] = json_integer_value(item);
        else
            return false;
    }
    if (kind == KIND_TEXTS)
        *texts = (struct texts){items, count};
    else
        *numbers = (struct numbers){items, count};
    return true;
}

bool read_member(struct arena *arena, const struct field *field, const json_t *json, void *record)
{
    void *at = (char *)record + field->offset;

    switch (field->kind) {
    case KIND_BOOL:
        *(bool *)at = json_is_true(json);
        return json_is_boolean(json);
    case KIND_NUMBER:
    case KIND_FEN:
        *(int64_t *)at = json_integer_value(json);
        return json_is_integer(json) && json_integer_value(json) != NONE;
    case KIND_TEXTS:
    case KIND_NUMBERS:
        return read_list(arena, field->kind, json, at);
    case KIND_RECORDS:
        return false;
    default:
        return json_is_string(json) &&
               read_member_text(arena, field, json_string_value(json), record);
    }
}

bool read_member_text(struct arena *arena, const struct field *field, const char *text,
                      void *record)
{
    void *at = (char *)record + field->offset;

    switch (field->kind) {
    case KIND_BOOL:
        *(bool *)at = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
        return *(bool *)at || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
    case KIND_NUMBER:
    case KIND_FEN:
        return read_number(text, at);
    case KIND_INSTANT:
        return instant_from_text(text, at);
    case KIND_DAY:
        return day_from_text(text, at);
    case KIND_BYTES:
        *(struct bytes *)at = base64_decode(arena, text);
        return ((struct bytes *)at)->data != NULL;
    case KIND_TEXT:
    case KIND_PHONE:
    case KIND_ID_NO:
        *(const char **)at = arena_text(arena, text);
        return true;
    default:
        return false;
    }
}

void clear_member(const struct field *field, void *record)
{
    void *at = (char *)record + field->offset;

    switch (field->kind) {
    case KIND_BOOL:
        *(bool *)at = false;
        break;
    case KIND_NUMBER:
    case KIND_FEN:
    case KIND_INSTANT:
    case KIND_DAY:
        *(int64_t *)at = NONE;
        break;
    case KIND_TEXT:
    case KIND_PHONE:
    case KIND_ID_NO:
        *(const char **)at = NULL;
        break;
    default: /* bytes, texts, numbers, records: a pointer and a size */
        *(struct bytes *)at = (struct bytes){NULL, 0};
    }
}

const char *kind_schema(enum kind kind)
{
    static const char *const schemas[] = {
        [KIND_BOOL] = "\"type\":\"boolean\"",
        [KIND_NUMBER] = "\"type\":\"integer\",\"format\":\"int64\"",
        [KIND_TEXT] = "\"type\":\"string\"",
        [KIND_INSTANT] = "\"type\":\"string\",\"format\":\"date-time\"",
        [KIND_DAY] = "\"type\":\"string\",\"format\":\"date\"",
        [KIND_FEN] = "\"type\":\"integer\",\"format\":\"int64\",\"description\":\"fen\"",
        [KIND_BYTES] = "\"type\":\"string\",\"contentEncoding\":\"base64\"",
        [KIND_TEXTS] = "\"type\":\"array\",\"items\":{\"type\":\"string\"},\"uniqueItems\":true",
        [KIND_NUMBERS] = "\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"uniqueItems\":true",
        [KIND_PHONE] = "\"type\":\"string\",\"format\":\"phone\"",
        [KIND_ID_NO] = "\"type\":\"string\",\"format\":\"identity-number\"",
        [KIND_RECORDS] = "\"type\":\"array\"",
    };

    return schemas[kind];
}
