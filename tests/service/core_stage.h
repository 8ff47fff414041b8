/* Where the platform library is tried out on services of the tests' own, which borrow the tables
   and the rights of payment. */
#ifndef SERVICE_CORE_STAGE_H
#define SERVICE_CORE_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "support/asker.h"
#include "support/database.h"

#include <cmocka.h>

extern struct asker asker;

int open_core(void **state);
int close_core(void **state);

#endif
