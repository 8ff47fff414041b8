/*
 * Strangers' JSON into a struct, by the same params table whether it came from a client or from a
 * gateway. All bad fields are collected as reasons at once.
 */
#ifndef CORE_INPUT_H
#define CORE_INPUT_H

#include "core/service.h"

enum strictness {
    STRICT,  /* unknown members are refused: what clients and agencies write */
    LENIENT, /* unknown members are skipped: gateways add members without notice */
};

/* Reads `json` (exact bytes) into *input by `params` (all of source BODY). Duplicate members, wrong
   types and out-of-range values become reasons and E_REFUSED. Depth at most 16. */
MUST_CHECK enum error input_from_json(struct request *r, struct bytes json,
                                      const struct param *params, enum strictness strictness,
                                      void *input);
/* An array of objects, the only member of the text when STRICT: each like above, at most `max` of
   them. After E_REFUSED inputs->count is the index of the one with the faults. */
MUST_CHECK enum error inputs_from_json(struct request *r, struct bytes json, const char *member,
                                       size_t max, const struct param *params, size_t size,
                                       enum strictness strictness, struct records *inputs);
/* The same for "a=b&c=d"; decoded once. Texts only; numbers are read digit by digit. */
MUST_CHECK enum error input_from_form(struct request *r, struct bytes form,
                                      const struct param *params, enum strictness strictness,
                                      void *input);
/* Decodes %XX and + of `size` bytes; NULL when malformed or when it holds a zero byte. */
const char *form_decode(struct arena *arena, const char *text, size_t size);

#endif
