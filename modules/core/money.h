/*
 * Arithmetic of money. Amounts are whole fen in 64 bits; every function here stops the process on
 * overflow, because a wrong sum of money is worse than none. Nothing else looks inside struct fen
 * except to compare.
 */
#ifndef CORE_MONEY_H
#define CORE_MONEY_H

#include "core/arena.h"
#include "core/value.h"

struct fen fen_add(struct fen a, struct fen b);
struct fen fen_subtract(struct fen a, struct fen b);
/* Truncated to the fen, so that rounding never goes against the citizen. */
struct fen fen_percent(struct fen amount, int64_t percent);

/* Yuan with exactly two decimals ("150.05"), the form that Alipay and people read. */
const char *fen_to_yuan(struct arena *arena, struct fen amount);
/* Reads digits with at most two decimals and nothing else: no sign, exponent, blank, leading zero
   or full-width digit. False, and *amount untouched, for all other text and from 10^13 yuan up. */
bool fen_from_yuan(const char *text, struct fen *amount);

#endif
