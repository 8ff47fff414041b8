/*
 * One module asks another, where an event will not do. The call goes over nginx's socket for
 * modules and carries the caller's name, the time and an HMAC-SHA256 made with the caller's own key
 * file; the callee's route lists who may call (.access = MODULE, .callers = "identity"). nginx
 * stands between the two, so the peer's uid cannot name the caller; a key can, on any host.
 */
#ifndef CORE_MODULE_CALL_H
#define CORE_MODULE_CALL_H

#include "core/http.h"

/* `path` as nginx sees it: "/api/exchange/persons"; `json` is the body. */
MUST_CHECK enum error module_call(struct request *r, const char *path, const char *json,
                                  struct http_answer *answer);
/* Used by dispatch: the calling module's name if the header proves it, else NULL. */
const char *module_caller(struct request *r, const char *method, const char *path);

#endif
