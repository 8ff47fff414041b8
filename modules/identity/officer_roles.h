/* Roles of officers by name, and which of them nobody may have together. */
#ifndef IDENTITY_OFFICER_ROLES_H
#define IDENTITY_OFFICER_ROLES_H

#include "core/service.h"

/* "intake,reviewer" as a mask with OFFICER; 0 when one of them is none, or none is there. */
int64_t roles_of(const char *list);
const char *roles_text(struct arena *arena, int64_t mask);
/* "finance, intake, ..." */
const char *roles_known(struct arena *arena);
struct texts roles_list(struct arena *arena, int64_t mask);
/* Collects every pair that excludes each other. */
void check_roles(struct request *r, int64_t mask);
/* Whether a brigade is needed: of those who work on applications. */
bool roles_need_brigade(int64_t mask);

#endif
