/* Bills: their bytes, their cells and what the readers make of them. */

#include "vectors.h"

#include <strings.h>

#include "payment/bill_csv.h"
#include "payment/bill_unionpay.h"
#include "payment/bill_unpack.h"

/* A packed file in one piece. */
static struct bytes next_piece(void *context)
{
    struct bytes *left = context, piece = *left;

    *left = (struct bytes){NULL, 0};
    return piece;
}

/* What a pass over the cells collects. */
struct cells {
    json_t *rows, *columns, *heads, *summary;
    struct bill_reading *reading;
    struct csv csv;
};

static json_t *list_of(const struct csv_row *row)
{
    json_t *list = json_array();

    for (size_t i = 0; i < row->count; i++)
        json_array_append_new(list, json_of_text(row->cells[i]));
    return list;
}

static bool take_row(void *context, const struct csv_row *row)
{
    struct cells *cells = context;

    if (!row->is_quoted && cells->columns == NULL) {
        cells->columns = list_of(row);
    } else if (!row->is_quoted) {
        cells->heads = list_of(row);
    } else if (cells->heads == NULL) {
        json_array_append_new(cells->rows, list_of(row));
    } else {
        for (size_t i = 0; i < row->count; i++)
            json_object_set_new(cells->summary, json_string_value(json_array_get(cells->heads, i)),
                                json_of_text(row->cells[i]));
    }
    return true;
}

static bool begin_file(void *context, const char *name)
{
    (void)context;
    (void)name;
    return true;
}

static bool take_bytes(void *context, struct bytes piece)
{
    return csv_text(&((struct cells *)context)->csv, piece);
}

static struct bill_reading reading_of(struct bytes *packed, const struct bill_format *format)
{
    return (struct bill_reading){
        .format = format, .wanted = {.day = day_of(2026, 1, 1)}, .source = {next_piece, packed}};
}

static json_t *wechatpay(const struct vector *vector)
{
    struct bytes body = base64_decode(vector->arena, in_text(vector, "body_b64")), left = body;
    struct bill_reading reading = reading_of(&left, &bill_wechatpay);
    struct cells cells = {.rows = json_array(), .summary = json_object(), .reading = &reading};
    struct unpack_sink sink = {begin_file, take_bytes, &cells};
    bool hash_ok = bill_read(vector->arena, &reading) &&
                   strcasecmp(reading.sha1, in_text(vector, "hash_value")) == 0;
    json_t *made;

    cells.csv.reading = &reading;
    cells.csv.take = take_row;
    cells.csv.context = &cells;
    csv_begin(&cells.csv);
    left = body;
    if (unpack(&reading, &sink) && csv_end(&cells.csv))
        hash_ok = hash_ok && reading.sums.lines == 1 && reading.sums.in_fen.fen == 20000;
    made = json_pack("{s:b, s:o, s:o, s:o}", "hash_ok", hash_ok, "rows", cells.rows, "columns",
                     cells.columns != NULL ? cells.columns : json_null(), "summary", cells.summary);
    json_decref(cells.heads);
    return made;
}

/* The zip's one file, and the columns of its lines by their names. */
struct unionpay {
    const struct vector *vector;
    const char *name;
    bool is_statement; /* and not the report beside it */
    char text[4096];
    size_t size;
};

static bool begin_statement(void *context, const char *name)
{
    struct unionpay *file = context;

    file->is_statement = strncmp(name, "INN", 3) == 0;
    if (file->is_statement)
        file->name = arena_text(file->vector->arena, name);
    return true;
}

static bool take_statement(void *context, struct bytes piece)
{
    struct unionpay *file = context;

    if (!file->is_statement)
        return true;
    if (file->size + piece.size >= sizeof(file->text))
        return false;
    memcpy(file->text + file->size, piece.data, piece.size);
    file->size += piece.size;
    return true;
}

static json_t *columns_of(const struct unionpay *file, char *line)
{
    const json_t *names = json_object_get(file->vector->suite, "columns");
    const char *columns[UP_COLUMNS];
    json_t *row = json_object();

    if (!unionpay_split(line, strlen(line), columns))
        return row;
    for (size_t i = 0; i < UP_COLUMNS; i++)
        json_object_set_new(row, text_or_null(json_array_get(names, i), "name"),
                            json_of_text(columns[i]));
    return row;
}

static json_t *rows_of(struct unionpay *file)
{
    json_t *rows = json_array();
    char *at = file->text, *end;

    while ((end = strstr(at, "\r\n")) != NULL) {
        *end = '\0';
        json_array_append_new(rows, columns_of(file, at));
        at = end + 2;
    }
    return rows;
}

static json_t *unionpay(const struct vector *vector)
{
    struct bytes zip = unionpay_file(vector->arena, in_text(vector, "fileContent")), left = zip;
    struct bill_reading reading = reading_of(&left, &bill_unionpay);
    struct unionpay file = {.vector = vector};
    struct unpack_sink sink = {begin_statement, take_statement, &file};

    reading.wanted.day = day_of(2026, 1, 2);
    if (strcmp(in_text(vector, "respCode"), "00") != 0 || zip.data == NULL ||
        !bill_read(vector->arena, &reading))
        return json_pack("{s:b}", "ok", false);
    left = zip;
    if (reading.sums.in_fen.fen != 20000 || !unpack(&reading, &sink))
        return json_object();
    return json_pack("{s:b, s:s, s:o}", "ok", true, "entry", file.name, "rows", rows_of(&file));
}

const struct vector_suite bill_suites[] = {
    {"wechatpay-bill", wechatpay, NULL},
    {"unionpay-file", unionpay, NULL},
    {NULL, NULL, NULL},
};
