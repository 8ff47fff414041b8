/*
 * The kinds of value that travel between C, JSON and SQL. KIND_OF and VALUE choose by type, so an
 * amount can not be passed for an instant, nor a double for anything. A new kind is a line in each
 * of the two lists here, a row in codec.c (JSON) and a case in sql.c (column).
 *
 *   member                       JSON                          column          absent
 *   bool, int64_t, const char *  boolean, integer, text        TINYINT, ...    never, NONE, NULL
 *   struct instant               "2026-11-22T12:53:00.000Z"    DATETIME(3) UTC NONE
 *   struct day                   "2026-11-22"                  DATE (UTC+8)    NONE
 *   struct fen                   integer                       BIGINT          NONE
 *   struct bytes                 base64                        VARBINARY       NULL data
 *   struct texts, numbers        array, a set                  a table apart   NULL items
 *   struct phone, struct id_no   text; masked in logs          VARCHAR         NULL text
 *   struct records               array of objects, out only    a table apart   empty
 */
#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The absent number, instant, day or amount. */
#define NONE INT64_MIN

struct instant {
    int64_t ms; /* UTC milliseconds since 1970 */
};
struct day {
    int64_t number; /* civil days since 1970-01-01, UTC+8 where an instant is turned into one */
};
struct fen {
    int64_t fen; /* 1 yuan = 100 fen; only money.h computes with it */
};
struct bytes {
    const unsigned char *data;
    size_t size;
};
struct texts {
    const char **items;
    size_t count;
};
struct arena;
bool texts_have(const struct texts *texts, const char *text);
/* The parts of a text between separators, none of an empty one or of NULL; and back into one. */
struct texts texts_split(struct arena *arena, const char *text, char separator);
const char *texts_joined(struct arena *arena, struct texts texts, const char *separator);
struct numbers {
    int64_t *items;
    size_t count;
};
struct phone {
    const char *text;
};
struct id_no {
    const char *text;
};
/* Whether it is one of the words; no text is none of them. */
static inline bool is_one_of(const char *text, const char *const *words)
{
    for (; text != NULL && *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}
#define IS_ONE_OF(text, ...) is_one_of(text, (const char *const[]){__VA_ARGS__, NULL})

/* Rows of one struct, described by the field table that FIELD_LIST names. */
struct records {
    const void *items;
    size_t count;
};

enum kind {
    KIND_BOOL,
    KIND_NUMBER,
    KIND_TEXT,
    KIND_INSTANT,
    KIND_DAY,
    KIND_FEN,
    KIND_BYTES,
    KIND_TEXTS,
    KIND_NUMBERS,
    KIND_PHONE,
    KIND_ID_NO,
    KIND_RECORDS,
};

struct value {
    enum kind kind;
    union {
        bool boolean;
        int64_t number; /* also instant, day and fen */
        const char *text;
        struct bytes bytes;
    };
};

struct values {
    const struct value *items;
    size_t count;
};

#define KIND_OF(x)                                                                                 \
    _Generic((x), bool: KIND_BOOL, int64_t: KIND_NUMBER, const char *: KIND_TEXT,                  \
             struct instant: KIND_INSTANT, struct day: KIND_DAY, struct fen: KIND_FEN,             \
             struct bytes: KIND_BYTES, struct texts: KIND_TEXTS, struct numbers: KIND_NUMBERS,     \
             struct phone: KIND_PHONE, struct id_no: KIND_ID_NO, struct records: KIND_RECORDS)

static inline struct value value_bool(bool x)
{
    return (struct value){.kind = KIND_BOOL, .boolean = x};
}
static inline struct value value_number(int64_t x)
{
    return (struct value){.kind = KIND_NUMBER, .number = x};
}
static inline struct value value_text(const char *x)
{
    return (struct value){.kind = KIND_TEXT, .text = x};
}
static inline struct value value_instant(struct instant x)
{
    return (struct value){.kind = KIND_INSTANT, .number = x.ms};
}
static inline struct value value_day(struct day x)
{
    return (struct value){.kind = KIND_DAY, .number = x.number};
}
static inline struct value value_fen(struct fen x)
{
    return (struct value){.kind = KIND_FEN, .number = x.fen};
}
static inline struct value value_bytes(struct bytes x)
{
    return (struct value){.kind = KIND_BYTES, .bytes = x};
}
static inline struct value value_phone(struct phone x)
{
    return (struct value){.kind = KIND_PHONE, .text = x.text};
}
static inline struct value value_id_no(struct id_no x)
{
    return (struct value){.kind = KIND_ID_NO, .text = x.text};
}

#define VALUE(x)                                                                                   \
    _Generic((x), bool: value_bool, int: value_number, int64_t: value_number,                      \
             char *: value_text, const char *: value_text, struct instant: value_instant,          \
             struct day: value_day, struct fen: value_fen, struct bytes: value_bytes,              \
             struct phone: value_phone, struct id_no: value_id_no)(x)

/* VALUES(a, b, ...): up to 32 values, typed; NO_VALUES where there are none. */
#define NO_VALUES ((struct values){NULL, 0})
#define VALUES(...)                                                                                \
    ((struct values){(const struct value[]){VALUES_EACH_(__VA_ARGS__)},                            \
                     sizeof((const struct value[]){VALUES_EACH_(__VA_ARGS__)}) /                   \
                         sizeof(struct value)})

#define VALUES_EACH_(...) VALUES_PICK_(VALUES_COUNT_(__VA_ARGS__), __VA_ARGS__)
#define VALUES_PICK_(n, ...) VALUES_PASTE_(n, __VA_ARGS__)
#define VALUES_PASTE_(n, ...) VALUES_##n##_(__VA_ARGS__)
#define VALUES_COUNT_(...)                                                                         \
    VALUES_NTH_(__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,   \
                15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define VALUES_NTH_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17,    \
                    a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, n,  \
                    ...)                                                                           \
    n
#define VALUES_1_(x) VALUE(x)
#define VALUES_2_(x, ...) VALUE(x), VALUES_1_(__VA_ARGS__)
#define VALUES_3_(x, ...) VALUE(x), VALUES_2_(__VA_ARGS__)
#define VALUES_4_(x, ...) VALUE(x), VALUES_3_(__VA_ARGS__)
#define VALUES_5_(x, ...) VALUE(x), VALUES_4_(__VA_ARGS__)
#define VALUES_6_(x, ...) VALUE(x), VALUES_5_(__VA_ARGS__)
#define VALUES_7_(x, ...) VALUE(x), VALUES_6_(__VA_ARGS__)
#define VALUES_8_(x, ...) VALUE(x), VALUES_7_(__VA_ARGS__)
#define VALUES_9_(x, ...) VALUE(x), VALUES_8_(__VA_ARGS__)
#define VALUES_10_(x, ...) VALUE(x), VALUES_9_(__VA_ARGS__)
#define VALUES_11_(x, ...) VALUE(x), VALUES_10_(__VA_ARGS__)
#define VALUES_12_(x, ...) VALUE(x), VALUES_11_(__VA_ARGS__)
#define VALUES_13_(x, ...) VALUE(x), VALUES_12_(__VA_ARGS__)
#define VALUES_14_(x, ...) VALUE(x), VALUES_13_(__VA_ARGS__)
#define VALUES_15_(x, ...) VALUE(x), VALUES_14_(__VA_ARGS__)
#define VALUES_16_(x, ...) VALUE(x), VALUES_15_(__VA_ARGS__)
#define VALUES_17_(x, ...) VALUE(x), VALUES_16_(__VA_ARGS__)
#define VALUES_18_(x, ...) VALUE(x), VALUES_17_(__VA_ARGS__)
#define VALUES_19_(x, ...) VALUE(x), VALUES_18_(__VA_ARGS__)
#define VALUES_20_(x, ...) VALUE(x), VALUES_19_(__VA_ARGS__)
#define VALUES_21_(x, ...) VALUE(x), VALUES_20_(__VA_ARGS__)
#define VALUES_22_(x, ...) VALUE(x), VALUES_21_(__VA_ARGS__)
#define VALUES_23_(x, ...) VALUE(x), VALUES_22_(__VA_ARGS__)
#define VALUES_24_(x, ...) VALUE(x), VALUES_23_(__VA_ARGS__)
#define VALUES_25_(x, ...) VALUE(x), VALUES_24_(__VA_ARGS__)
#define VALUES_26_(x, ...) VALUE(x), VALUES_25_(__VA_ARGS__)
#define VALUES_27_(x, ...) VALUE(x), VALUES_26_(__VA_ARGS__)
#define VALUES_28_(x, ...) VALUE(x), VALUES_27_(__VA_ARGS__)
#define VALUES_29_(x, ...) VALUE(x), VALUES_28_(__VA_ARGS__)
#define VALUES_30_(x, ...) VALUE(x), VALUES_29_(__VA_ARGS__)
#define VALUES_31_(x, ...) VALUE(x), VALUES_30_(__VA_ARGS__)
#define VALUES_32_(x, ...) VALUE(x), VALUES_31_(__VA_ARGS__)

#endif
