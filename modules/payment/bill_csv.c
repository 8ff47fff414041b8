#include "payment/bill_csv.h"

#include "casework/utf8.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

void csv_begin(struct csv *csv)
{
    csv->number = 0;
    csv->size = 0;
}

/* Also finds a zero byte, which would end the text early. */
static bool is_text(const char *line, size_t size)
{
    return strlen(line) == size && utf8_count(line) != SIZE_MAX;
}

static bool add_cell(struct csv *csv, struct csv_row *row, const char *cell)
{
    if (row->count == CSV_CELLS_MAX)
        return bill_refuse(csv->reading, row->number, "more than %d columns", CSV_CELLS_MAX);
    row->cells[row->count++] = cell;
    return true;
}

/* The values, cut out of the line where they stand. */
static bool split(struct csv *csv, struct csv_row *row, char *line)
{
    const char *between = row->is_quoted ? ",`" : ",";
    char *at = line + row->is_quoted, *end;

    while ((end = strstr(at, between)) != NULL) {
        *end = '\0';
        if (!add_cell(csv, row, at))
            return false;
        at = end + strlen(between);
    }
    return add_cell(csv, row, at);
}

static void trim(struct csv_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        /* The cells are the line's own. */
        char *cell = (char *)(uintptr_t)row->cells[i], *end = cell + strlen(cell);

        while (end > cell && (end[-1] == '\t' || end[-1] == ' '))
            *--end = '\0';
    }
}

static bool take_line(struct csv *csv)
{
    struct csv_row row = {.number = ++csv->number};
    char *line = csv->line;
    size_t size = csv->size;

    csv->size = 0;
    line[size] = '\0';
    if (!is_text(line, size))
        return bill_refuse(csv->reading, row.number, "the line is no text in UTF-8");
    if (row.number == 1 && strncmp(line, byte_order_mark, strlen(byte_order_mark)) == 0) {
        line += strlen(byte_order_mark);
        size -= strlen(byte_order_mark);
    }
    if (size > 0 && line[size - 1] == '\r')
        line[--size] = '\0';
    if (size == 0)
        return bill_refuse(csv->reading, row.number, "the line is empty");
    row.is_quoted = line[0] == '`';
    row.is_comment = line[0] == '#';
    if (row.is_comment ? !add_cell(csv, &row, line) : !split(csv, &row, line))
        return false;
    if (!row.is_quoted)
        trim(&row);
    return csv->take(csv->context, &row);
}

bool csv_text(struct csv *csv, struct bytes text)
{
    while (text.size > 0) {
        const unsigned char *end = memchr(text.data, '\n', text.size);
        size_t piece = end == NULL ? text.size : (size_t)(end - text.data);

        if (csv->size + piece > BILL_LINE_MAX)
            return bill_refuse(csv->reading, csv->number + 1, "the line is longer than %d bytes",
                               BILL_LINE_MAX);
        memcpy(csv->line + csv->size, text.data, piece);
        csv->size += piece;
        if (end == NULL)
            return true;
        if (!take_line(csv))
            return false;
        text = (struct bytes){end + 1, text.size - piece - 1};
    }
    return true;
}

bool csv_end(struct csv *csv)
{
    return csv->size == 0 || take_line(csv);
}

/* By the first of its names that is there, so that the list says which is meant. */
static int place_of(const struct csv_row *heading, const struct csv_column *column)
{
    for (size_t n = 0; n < 4 && column->names[n] != NULL; n++)
        for (size_t i = 0; i < heading->count; i++)
            if (strcmp(heading->cells[i], column->names[n]) == 0)
                return (int)i;
    return -1;
}

bool csv_layout(struct bill_reading *reading, const struct csv_row *heading,
                const struct csv_column *columns, size_t count, int *places)
{
    for (size_t i = 0; i < heading->count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(heading->cells[i], heading->cells[k]) == 0)
                return bill_refuse(reading, heading->number, "the heading %.60s stands twice",
                                   heading->cells[i]);
    for (size_t i = 0; i < count; i++) {
        places[i] = place_of(heading, &columns[i]);
        if (places[i] < 0 && !columns[i].is_optional)
            return bill_refuse(reading, heading->number, "no column %.60s", columns[i].names[0]);
    }
    return true;
}
