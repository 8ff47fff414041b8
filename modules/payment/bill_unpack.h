/*
 * Unpacking what a gateway sends as a bill: gzip, zip or plain, by its first bytes. Everything is
 * bounded, because a packed file may lie about what it holds: packed and unpacked size, the ratio of
 * the two, the number of files, their names. The only file that knows zlib, libarchive and iconv.
 */
#ifndef PAYMENT_BILL_UNPACK_H
#define PAYMENT_BILL_UNPACK_H

#include "payment/bill.h"

#define UNPACK_FILES_MAX 8
#define UNPACK_NAME_MAX 200
/* Bills pack to a tenth; what packs to less than this share was made to explode. The first megabyte
   is free, since a short file of equal lines packs well. */
#define UNPACK_RATIO_MAX 100

/* Where the unpacked bytes go. Either function returns false to stop. */
struct unpack_sink {
    bool (*file)(void *context, const char *name); /* "" for what has no name */
    bool (*bytes)(void *context, struct bytes piece);
    void *context;
};

/* False: a fault stands in the reading, or the sink stopped it. */
bool unpack(struct bill_reading *reading, const struct unpack_sink *sink);

/* base64 of zlib's form around it, as UnionPay hands its zip over; data NULL when it is none or too
   large. */
struct bytes unpack_zlib(struct arena *arena, struct bytes packed, size_t max);

/* A charset into UTF-8 as the bytes come; a character may be cut between two pieces. */
struct recoding;
struct recoding *recoding_open(struct arena *arena, const char *charset);
/* Hands the text on; false when it is malformed, or the sink says so. */
bool recoding_bytes(struct recoding *recoding, struct bytes piece,
                    bool (*text)(void *context, struct bytes text), void *context);
/* False when a character is left unfinished. Begins anew. */
bool recoding_end(struct recoding *recoding);

#endif
