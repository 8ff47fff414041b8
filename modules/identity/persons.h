/* Persons belong to exchange; identity asks it for one by name and identity number. */
#ifndef IDENTITY_PERSONS_H
#define IDENTITY_PERSONS_H

#include "identity/face_check.h"

/* Finds the person or has it made. Refused when the number is known under another name. */
MUST_CHECK enum error find_person(struct request *r, const struct claim *claim,
                                  const char **person_id);

#endif
