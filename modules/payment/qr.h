/*
 * Codes to scan (二维码): a text as a picture, with the quiet zone that scanners need. The only
 * file that knows libqrencode and libpng.
 */
#ifndef PAYMENT_QR_H
#define PAYMENT_QR_H

#include "core/arena.h"
#include "core/value.h"

/* NULL, or NULL data, when the text is too long for a code (some 2,300 bytes). */
const char *qr_svg(struct arena *arena, const char *text);
/* Each module of the code so many pixels wide, as far as the picture stays below 1,024 pixels. */
struct bytes qr_png(struct arena *arena, const char *text, int64_t scale);

#endif
