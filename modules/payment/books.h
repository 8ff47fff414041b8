/*
 * The books of a day (日结): what each account of the ledger took in and gave out, and what came and
 * went through each merchant account. A day that is over is closed a few minutes after midnight in
 * China and never changes; the report of a day that is not closed yet is what is booked so far.
 */
#ifndef PAYMENT_BOOKS_H
#define PAYMENT_BOOKS_H

#include "core/db.h"

struct book_line {
    const char *account;
    const char *title; /* Chinese */
    int64_t entries;
    struct fen debit_fen, credit_fen;
    struct fen balance_fen; /* debits less credits of all days until then */
};

struct taking {
    const char *gateway, *merchant, *direction;
    int64_t count;
    struct fen amount_fen;
};

struct report_input {
    const char *day; /* "2026-11-22", UTC+8 */
};

extern const struct field report_view_fields[];
extern const struct statement books_sql[];

/* books_store.c */
/* The last day that is closed; NONE when there is none. */
MUST_CHECK enum error find_last_closed(struct request *r, struct day *day);
/* When the ledger begins; NONE while it is empty. */
MUST_CHECK enum error find_first_booking(struct request *r, struct instant *at);
/* Of a closed day; none of one that is not. */
MUST_CHECK enum error list_closed(struct request *r, struct day day, struct records *lines);
/* Of the bookings of that day alone: the balance is that day's. */
MUST_CHECK enum error list_booked(struct request *r, struct day day, struct records *lines);
MUST_CHECK enum error list_takings(struct request *r, struct day day, struct records *takings);
MUST_CHECK enum error insert_closing(struct request *r, struct day day,
                                     const struct book_line *line);

/* books.c */
enum error close_days(struct request *r, const struct task *task);
enum error show_report(struct request *r);
enum error show_report_csv(struct request *r);
enum error show_report_page(struct request *r);

#endif
