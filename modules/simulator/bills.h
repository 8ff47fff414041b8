/*
 * Bills, made from the simulator's own list of movements when a merchant asks for one, with the
 * fault that is on it; downloaded once more from where they were put.
 */
#ifndef SIMULATOR_BILLS_H
#define SIMULATOR_BILLS_H

#include "simulator/faults.h"

#define BILL_ROWS_MAX 4000

struct bill_row {
    const char *direction, *gw_id, *our_no, *out_trade_no, *payment_id;
    const char *txn_type; /* UnionPay's; "" where nobody gave one */
    struct fen amount_fen;
    struct instant happened_at;
};

struct bill_rows {
    struct bill_row *items;
    size_t count;
};

extern const struct statement bill_sql[];

/* ---- bill_store.c ---- */

/* What moved for a merchant at the gateway on that day of its own in China, as the fault wants it
   told. UnionPay's begins at 23:00 of the day before. */
MUST_CHECK enum error list_day(struct request *r, const char *gateway, const char *merchant,
                               struct day day, const struct sim_fault *fault, struct bill_rows *rows);
/* Keeps it until `ms` from now; the token to download it with. */
MUST_CHECK enum error put_bill(struct request *r, const char *gateway, struct bytes content,
                               int64_t ms, const char **token);
/* E_NOT_FOUND: no such token, or its time is over. */
MUST_CHECK enum error get_bill(struct request *r, const char *gateway, struct bytes *content);
/* Half of it, when the fault says so. */
struct bytes cut_bill(struct bytes content, const struct sim_fault *fault);

/* ---- wire_pack.c ---- */

struct bill_file {
    const char *name;
    const char *text;
};

/* Text that grows by one line after the other. */
struct page;
struct page *page_open(struct arena *arena);
void page_add(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *page_text(const struct page *page);

struct bytes wire_gzip(struct arena *arena, struct bytes plain);
struct bytes wire_zlib(struct arena *arena, struct bytes plain);
/* Names and texts in GBK. */
struct bytes wire_zip_gbk(struct arena *arena, const struct bill_file *files, size_t count);
const char *wire_yuan(struct arena *arena, int64_t fen);

enum error alipay_download(struct request *r);

#endif
