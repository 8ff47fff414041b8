/*
 * Room for a signature in a PDF (PAdES, ETSI EN 319 142-1), by an incremental update: what was there
 * stays byte for byte, and new objects, a table of them and a trailer follow. Takes the plain files
 * that the workshop draws (one classic table of objects, no signature, no form) and refuses others;
 * knows nothing of cryptography.
 */
#ifndef CASEWORK_PAPER_PDF_H
#define CASEWORK_PAPER_PDF_H

#include "core/arena.h"
#include "core/value.h"

enum { PDF_SIZE_MAX = 1024 * 1024, PDF_SIGNATURE_MAX = 8192 };

struct pdf_signing {
    const char *name;   /* who signs */
    const char *reason; /* why */
    struct instant at;  /* when, as it is shown; the business clock */
};

struct pdf_signable {
    unsigned char *data; /* the whole file */
    size_t size;
    size_t hole, hole_end; /* "<000...>": all else is signed */
};

/* False when it is no such file. */
bool pdf_make_room(struct arena *arena, struct bytes pdf, const struct pdf_signing *signing,
                   struct pdf_signable *signable);
/* What the signature is over. */
static inline struct bytes pdf_head(const struct pdf_signable *file)
{
    return (struct bytes){file->data, file->hole};
}
static inline struct bytes pdf_tail(const struct pdf_signable *file)
{
    return (struct bytes){file->data + file->hole_end, file->size - file->hole_end};
}
/* False when it is larger than the room. */
bool pdf_put_signature(struct pdf_signable *file, struct bytes signature);

#endif
