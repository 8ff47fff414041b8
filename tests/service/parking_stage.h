/* Car parks that are opened, renewed and looked at by institutions, told in a few words. */
#ifndef SERVICE_PARKING_STAGE_H
#define SERVICE_PARKING_STAGE_H

#include "support/applications.h"

#define DRAWERS "drawers-1"     /* reviews drawings */
#define ACCEPTORS "acceptors-1" /* accepts sites */

extern const char *member; /* represents both institutions */

/* The organisation that it is. */
const char *institution(const char *code);
/* As begin_applications, with both institutions, which `member` represents by law. */
int begin_parking(void **state);

/* Signs in a company's legal representative, who acts for it. */
void manager(void);
void manager_again(const char *person_id, const char *company);

/* A car park that nobody had, in Futian; `more` follows it. */
const char *lot_form(const char *more);
/* In Futian too. */
const char *renewal(const char *permit_no);
void add_certificate(const char *id);
/* The manager of a new company files for a new car park. */
const char *file_open(void);
/* Opened by two pairs of eyes; the number of its permit. */
const char *opened(const char **id);

const char *filer_of(const char *id);
const char *due_of(const char *id, const char *clock);

/* Whoever is signed in has an institution do it, or reports what it found. */
int assign(const char *id, const char *kind, const char *institution);
int report(const char *id, const char *kind, const char *body);

#endif
