/*
 * One module asks another, where an event will not do. The call goes over nginx's socket for
 * modules; the callee's route lists who may call (.access = MODULE, .callers = "identity"). nginx
 * stands between the two, so the peer's uid cannot name the caller; a key can, on any host.
 *
 *   Tongban-Module: NAME MILLISECONDS MAC
 *   MAC = hex HMAC-SHA256(NAME's key, method LF path LF MILLISECONDS LF hex SHA-256(body))
 *
 * Keys are the bytes of a file: MODULE_KEY_FILE has the module's own, MODULE_KEYS is the folder in
 * which a callee finds NAME.key of each module that may call it. A header is good for a minute
 * either way; within it a repetition is harmless, because every write is.
 */
#ifndef CORE_MODULE_CALL_H
#define CORE_MODULE_CALL_H

#include "core/http.h"

/* `path` as nginx sees it: "/api/exchange/persons", without a query and with nothing to decode;
   `json` is the body of a POST. Errors and answer are http_call's; each module called has its own
   breaker. */
MUST_CHECK enum error module_call(struct request *r, const char *path, const char *json,
                                  struct http_answer *answer);
/* Used by dispatch, after r->body was read: the calling module's name if the header proves it, else
   NULL. Whether that module may call this route is dispatch's to say. */
const char *module_caller(struct request *r, const char *method, const char *path);

/* The keys of a MODULE_KEYS folder, read once into memory that the process keeps. NULL, and a line
   on stderr, when the folder or a key in it is no good. */
struct module_keys;
struct module_keys *module_keys_open(const char *folder);
void module_keys_close(struct module_keys *keys);

#endif
