/*
 * Text by code point. Chinese characters are three bytes, so nothing that counts, compares or hides
 * characters may go by bytes. Strict: overlong forms, surrogates and values above U+10FFFF are
 * malformed.
 */
#ifndef CASEWORK_UTF8_H
#define CASEWORK_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes the first character has, and which it is; 0 when malformed, and at the end. */
size_t utf8_next(const char *text, uint32_t *code);
/* Characters of the text; SIZE_MAX when malformed. */
size_t utf8_count(const char *text);
/* Bytes of as many whole characters as fit into so many bytes. */
size_t utf8_fit(const char *text, size_t bytes);

#endif
