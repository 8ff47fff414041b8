/*
 * The administrator's view of the private database that scripts/with-database started for this
 * program: rows that another module would have written, and what stands in tables afterwards.
 * Everything fails the test that calls it when the database refuses.
 */
#ifndef SUPPORT_DATABASE_H
#define SUPPORT_DATABASE_H

#include <stddef.h>
#include <stdint.h>

/* Connects as who we are; the statements below need it. */
void database_open(void);
void database_close(void);

/* One statement without a result. */
void database_run(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The only value of the only row, a number; NULL counts as 0. */
int64_t database_number(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The only value of the only row as text in `buffer`; "" when there is no row or it is NULL. */
const char *database_text(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Rows that statements read since the database began; what they did themselves between two calls. */
int64_t database_rows_read(void);
/* Pages of tables and indexes that were looked into since then, each time counted. */
int64_t database_pages_read(void);
/* 0 when `user` (a module, with its own password) may run the statement, else the error number. */
unsigned database_refuses(const char *user, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
