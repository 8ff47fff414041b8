/*
 * A gateway's bill (对账单) as bytes: what a line of it says in our words, and how a packed file
 * becomes lines. Nothing here calls, stores or asks for the time. Memory is the same whatever the
 * size: a piece goes in, lines come out.
 *
 * A reader finds the columns by the names in the heading line, never by their places, and checks
 * the totals that the bill itself announces. It is strict: one odd line refuses the whole bill,
 * because a bill that is understood in part proves nothing. So believe no line before bill_read()
 * has returned true; what is taken out of a first pass is taken again in a second.
 */
#ifndef PAYMENT_BILL_H
#define PAYMENT_BILL_H

#include "core/clock.h"
#include "core/crypto.h"

#define BILL_LINES_MAX 1000000
#define BILL_PACKED_MAX ((int64_t)64 * 1024 * 1024)
/* A line of a real bill has some 300 bytes. */
#define BILL_UNPACKED_MAX ((int64_t)512 * 1024 * 1024)
#define BILL_LINE_MAX 8192 /* bytes */
#define BILL_NO_MAX 64     /* bytes of a number, theirs or ours */
/* Of one line, and of one movement that a gateway tells: ten thousand million yuan, so that no sum
   leaves 64 bits. */
#define BILL_FEN_MAX INT64_C(1000000000000)

enum bill_kind {
    BILL_TRADE, /* what payers paid and got back (交易账单) */
    BILL_FUND,  /* what moved on the merchant's account, fees included (资金账单) */
};

/* What became of a line's money. */
enum bill_state {
    BILL_DONE,    /* it moved */
    BILL_PENDING, /* a refund that has not reached the payer yet */
    BILL_FAILED,  /* a refund that will not */
    BILL_OTHER,   /* a fee, a withdrawal: no payment and no refund */
};

struct bill_line {
    int64_t number;         /* in its file, from 1 */
    const char *direction;  /* "in" or "out" */
    const char *gateway_no; /* as callbacks and queries name the movement */
    const char *our_no;
    const char *paid_no;   /* of a refund: their number of the payment; NULL: not told */
    struct fen amount_fen; /* always positive */
    struct instant happened_at;
    enum bill_state state;
};

/* Which bill it has to be. */
struct bill_wanted {
    const char *merchant; /* as the bill names it; NULL: not checked */
    struct day day;
    enum bill_kind kind;
};

/* Why a bill is refused: for people and for the log. `line` is 0 where no line is to blame. */
struct bill_fault {
    int64_t line;
    char reason[160];
};

/* Counted over the lines that moved money. */
struct bill_sums {
    int64_t lines; /* all of them, whatever their state */
    struct fen in_fen, out_fen;
};

/* Gets each line in turn; it lives until the function returns. False stops the reading. */
typedef bool bill_take(void *context, const struct bill_line *line);

/* A packed bill, piece by piece. */
struct bill_source {
    struct bytes (*next)(void *context); /* data NULL: that was all */
    void *context;
};

struct bill_reading;

/* How one gateway writes its bills. */
struct bill_format {
    const char *charset; /* NULL: UTF-8; else what iconv calls it */
    /* Makes what the other two work with, in the arena; begins a further file of the archive. */
    void *(*open)(struct arena *arena, struct bill_reading *reading);
    bool (*file)(void *reader, const char *name);
    bool (*text)(void *reader, struct bytes text);
    bool (*end)(void *reader); /* of all files: whether the bill is complete and adds up */
};

extern const struct bill_format bill_wechatpay, bill_alipay, bill_unionpay;

/* One reading of one bill: fill in the first five, then read. */
struct bill_reading {
    const struct bill_format *format;
    struct bill_wanted wanted;
    struct bill_source source;
    bill_take *take;
    void *context;
    /* what is found */
    struct bill_sums sums;
    struct bill_fault fault;
    const char *sha1;   /* lower-case hex, over the unpacked bytes as they came */
    const char *sha256; /* the same */
};

/* True when the bill was read to its end and is in order; then sums and digests are filled. False
   otherwise, with the fault, which is empty when the taker stopped it. Plain text, gzip and zip are
   told apart by their first bytes. */
bool bill_read(struct arena *arena, struct bill_reading *reading);

/* --- for the readers ------------------------------------------------------------------------ */

/* Notes the fault, if it is the first, and returns false. */
bool bill_refuse(struct bill_reading *reading, int64_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Checks number and amount, counts the line and hands it on. */
bool bill_hand_on(struct bill_reading *reading, const struct bill_line *line);
/* "2026-11-21 10:00:00", in China. */
bool bill_time(const char *text, struct instant *at);
/* Digits only, no more than a million million. */
bool bill_count(const char *text, int64_t *count);
/* Yuan as core/money.h reads it, up to BILL_FEN_MAX. */
bool bill_amount(const char *text, struct fen *amount);

#endif
