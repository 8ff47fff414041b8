/*
 * What an applicant fills in, by the fields of the definition. A form is read like any input of a
 * route, all faults at once; identifiers are kept in their canonical form. A draft may lack what is
 * required; what is submitted may not.
 */
#ifndef CASEWORK_FORM_H
#define CASEWORK_FORM_H

#include "casework/definition.h"

struct form; /* the values, in an arena */

bool is_form_kind(const char *text);
/* Makes form_params and form_fields. */
void form_describe(struct arena *arena, struct definition *definition);

MUST_CHECK enum error form_read(struct request *r, const struct definition *definition,
                                struct bytes json, const struct form **form);
/* What is required and not there becomes reasons. */
void form_check_complete(struct request *r, const struct definition *definition,
                         const struct form *form);

/* By the code of a field that the definition has, of that kind; NULL or NONE when it is absent. */
const char *form_text(const struct definition *definition, const struct form *form,
                      const char *code);
struct day form_day(const struct definition *definition, const struct form *form,
                    const char *code);
bool form_flag(const struct definition *definition, const struct form *form, const char *code);
int64_t form_number(const struct definition *definition, const struct form *form,
                    const char *code);

/* The index-th field as it is shown to people; NULL when it is absent. */
const char *form_shown(struct arena *arena, const struct definition *definition,
                       const struct form *form, size_t index);
/* As it is sealed. */
const char *form_json(struct arena *arena, const struct definition *definition,
                      const struct form *form);

#endif
