/* The one shape of every error answer. Core files only; modules reply by service.h. */
#ifndef CORE_REPLY_H
#define CORE_REPLY_H

#include "core/service.h"

/* {"error":{"code","message","reasons":[...],"request_id"}} with the collected reasons. */
void reply_reasons(struct request *r, struct reason headline);

#endif
