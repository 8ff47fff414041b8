/*
 * Identifiers of people and vehicles: one normaliser and one checker each. The canonical form is
 * stored and indexed: trimmed, full-width to half-width, ASCII upper case, without blanks, '-',
 * U+00B7 and U+30FB. Chinese characters are counted as code points.
 */
#ifndef CASEWORK_IDENTIFIER_H
#define CASEWORK_IDENTIFIER_H

#include "core/arena.h"
#include "core/value.h"

/* The canonical form in the arena; NULL for malformed UTF-8 or more than 64 bytes. */
const char *canonical(struct arena *arena, const char *text);

/* All take the canonical form. */
bool is_id_no(const char *text);          /* resident identity number, GB 11643-1999, 18 characters */
bool is_id_no_on(const char *text, struct day today); /* the same, and born by then, age <= 150 */
/* Full years of whom it belongs to (周岁): one more from the day after each birthday. */
int64_t id_no_age(const char *id_no, struct day on);
bool is_credit_code(const char *text);    /* unified social credit code, GB 32100-2015 */
bool is_organisation_code(const char *text); /* GB 11714, the 9 characters inside a credit code */
bool is_vin(const char *text);            /* GB 16735: 17 characters; check digit for those from L */
bool has_vin_check_digit(const char *text); /* for imported vehicles: its lack is a warning */
bool is_plate(const char *text);          /* any plate pattern of GA 36 */
bool is_plate_type(const char *text);     /* GA 24.7: "02" small car, "52" small new energy */
bool is_mobile(const char *text);         /* mainland mobile number */
bool is_file_no(const char *text);        /* driver file number, 12 digits */
bool is_licence_class(const char *text);  /* A1 ... P, C6 */
bool is_bank_account(const char *text);   /* 8 to 30 digits; a card of 62 with its check digit */
bool is_person_name(const char *text);    /* 2 to 32 code points, letters, Han, middle dot */
bool is_local_plate(const char *text);    /* Shenzhen (粤B), HK/Macau, embassy, consulate */

/* Decision and licence numbers: 16 digits, the last by ISO 7064 MOD 11,10; application numbers: 17,
   beginning with the day. */
bool is_decision_no(const char *text);
bool is_application_no(const char *text);
char check_digit(const char *digits, size_t count);

/* For people's eyes: "440***********8014", "138****1234", "*华", "粤B1**45", last six of a VIN. */
const char *mask_id_no(struct arena *arena, const char *text);
const char *mask_mobile(struct arena *arena, const char *text);
const char *mask_name(struct arena *arena, const char *text);
const char *mask_plate(struct arena *arena, const char *text);
const char *mask_vin(struct arena *arena, const char *text);

#endif
