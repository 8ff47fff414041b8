/* The one statement by which every module knows its callers. Core files only. */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include "core/db.h"

extern const struct statement session_sql[];

#endif
