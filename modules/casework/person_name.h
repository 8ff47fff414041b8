/* The real name of a natural person, for a paper that the law wants it on. Persons belong to exchange,
   which is asked for each one and writes down who asked; nothing here keeps names. */
#ifndef CASEWORK_PERSON_NAME_H
#define CASEWORK_PERSON_NAME_H

#include "core/service.h"

/* Outside of a transaction. E_AGAIN or E_UPSTREAM when exchange does not answer. */
MUST_CHECK enum error person_name(struct request *r, const char *person_id, const char **name);

#endif
