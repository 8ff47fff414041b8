/*
 * Lines with commas as the gateways write them. WeChat Pay puts a back-quote before each value, so
 * that only a comma with a back-quote behind it parts two of them; headings have none. Alipay ends
 * values with a tab, and remarks begin with '#'. Nothing is quoted in any other way.
 */
#ifndef PAYMENT_BILL_CSV_H
#define PAYMENT_BILL_CSV_H

#include "payment/bill.h"

#define CSV_CELLS_MAX 64

struct csv_row {
    int64_t number;
    bool is_quoted;  /* values with back-quotes */
    bool is_comment; /* one cell, from '#' on */
    size_t count;
    const char *cells[CSV_CELLS_MAX];
};

typedef bool csv_take(void *context, const struct csv_row *row);

struct csv {
    struct bill_reading *reading;
    csv_take *take;
    void *context;
    int64_t number; /* of the last whole line */
    size_t size;
    char line[BILL_LINE_MAX + 1];
};

void csv_begin(struct csv *csv);
bool csv_text(struct csv *csv, struct bytes text);
/* The last line, if nothing ended it. */
bool csv_end(struct csv *csv);

/* A column that is looked for in a heading, by any of its names. */
struct csv_column {
    const char *names[4]; /* NULL-ended */
    bool is_optional;
};

/* Where each stands; -1 for an optional one that is missing. False, with the fault, when one is
   missing or any name stands there twice. */
bool csv_layout(struct bill_reading *reading, const struct csv_row *heading,
                const struct csv_column *columns, size_t count, int *places);

#endif
